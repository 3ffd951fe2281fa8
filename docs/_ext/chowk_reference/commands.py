"""The commands reference, from each package's ``management/commands``."""

from __future__ import annotations

from importlib import import_module

from django.core.management import find_commands
from django.core.management.base import BaseCommand
from docutils import nodes

from chowk_reference.building import PackageDirective, code, entries, entry, inline, prose, table, text_cell

INHERITED = {action.dest for action in BaseCommand().create_parser("manage.py", "x")._actions}
"""Options that every Django command has."""


def commands_of(package: str) -> dict[str, BaseCommand]:
    """The package's commands by name."""
    root = import_module(package)
    names = find_commands(f"{root.__path__[0]}/management")
    return {name: import_module(f"{package}.management.commands.{name}").Command() for name in sorted(names)}


class CommandsDirective(PackageDirective):
    """``{chowk-commands} chowk_core``."""

    what = "management commands"

    def content_nodes(self) -> list[nodes.Node]:
        """Each command: what it does and its own options."""
        found = commands_of(self.package)
        return [entries([self.command(name, one) for name, one in found.items()])] if found else []

    def command(self, name: str, command: BaseCommand) -> nodes.Node:
        """One command."""
        parser = command.create_parser("manage.py", name)
        options = [action for action in parser._actions if action.dest not in INHERITED]
        rows = [
            [
                text_cell(code(", ".join(action.option_strings) or action.dest)),
                text_cell(*inline(str(action.help or "") % {"default": action.default})),
            ]
            for action in options
        ]
        body = prose(str(command.help))
        if rows:
            body.append(table(["option", ""], rows, "chowk-options"))
        return entry(f"command-{name}".replace("_", "-"), [code(f"manage.py {name}")], body)
