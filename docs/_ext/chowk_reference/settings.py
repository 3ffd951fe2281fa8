"""The settings reference, from each package's ``PackageSettings``."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any, get_args, get_type_hints

from docutils import nodes

from chowk_core.package_settings import PackageSettings, Setting, registry
from chowk_reference.building import (
    PackageDirective,
    code,
    entries,
    entry,
    labelled,
    paragraph,
    prose,
    signature_block,
)
from chowk_reference.discovery import package_of

UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def settings_of(package: str) -> PackageSettings | None:
    """The settings that ``package`` defines."""
    return next((found for found in registry.values() if package_of(type(found)) == package), None)


def default_text(value: Any) -> str:
    """A default as it would be written in a settings module."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        for unit, size in UNITS:
            if seconds % size == 0:
                return f"timedelta({unit}={int(seconds // size)})"
        return f"timedelta(seconds={seconds})"
    return repr(value)


def contract(owner: type[PackageSettings], setting: Setting[Any]) -> type | None:
    """The Protocol (or class) that the paths of a policy setting must satisfy, where one is declared.

    It is declared by ``MAY_BID: Policies[MayBid] = Policies(…)`` or by ``MAY_BID = Policies[MayBid](…)``.
    """
    written = get_type_hints(owner).get(setting.name) or getattr(setting, "__orig_class__", None)
    for argument in get_args(written):
        if isinstance(argument, type) and argument.__module__.startswith("chowk_"):
            return argument
    return None


def type_text(setting: Setting[Any]) -> str:
    """What kind of value a site writes."""
    if setting.kind != "value":
        return setting.kind
    types = setting.type if isinstance(setting.type, tuple) else (setting.type,)
    return " or ".join(found.__name__ for found in types if found) or "any"


def calls(protocol: type) -> list[nodes.Node]:
    """The methods of a Protocol with their signatures and documentation."""
    found: list[nodes.Node] = []
    for name, method in vars(protocol).items():
        if inspect.isfunction(method) and (name == "__call__" or not name.startswith("_")):
            found += [
                signature_block(protocol.__name__ if name == "__call__" else name, method),
                *prose(method.__doc__),
            ]
    return found


class SettingsDirective(PackageDirective):
    """``{chowk-settings} chowk_auctions``."""

    what = "settings"

    def content_nodes(self) -> list[nodes.Node]:
        """The class's docstring, then each setting."""
        found = settings_of(self.package)
        if found is None:
            return []
        listed = [self.setting(type(found), name, one) for name, one in type(found).declared().items()]
        return [*prose(type(found).__doc__), entries(listed)]

    def setting(self, owner: type[PackageSettings], name: str, setting: Setting[Any]) -> nodes.Node:
        """One setting."""
        identifier = f"{owner.prefix}-{name}".lower().replace("_", "-")
        heading: list[nodes.Node] = [code(name), nodes.inline("", type_text(setting), classes=["chowk-kind"])]
        body: list[nodes.Node] = [paragraph(setting.doc), *self.default(setting)]
        if protocol := contract(owner, setting):
            body += [
                labelled("Contract", code(protocol.__name__)),
                *prose(protocol.__doc__),
                *calls(protocol),
            ]
        return entry(identifier, heading, body)

    def default(self, setting: Setting[Any]) -> list[nodes.Node]:
        """The default: on its line, or for a mapping as a block."""
        if isinstance(setting.default, dict) and setting.default:
            lines = "\n".join(f"    {key!r}: {value!r}," for key, value in setting.default.items())
            text = f"{{\n{lines}\n}}"
            return [labelled("Default"), nodes.literal_block(text, text, language="python")]
        return [labelled("Default", code(default_text(setting.default)))]
