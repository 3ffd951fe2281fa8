"""The errors reference, from every subclass of DomainError."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes

from chowk_core.exceptions import DomainError
from chowk_core.policies import Refused
from chowk_reference.building import PackageDirective, code, inline, table, text_cell
from chowk_reference.discovery import package_of


def domain_errors(base: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """``base`` and everything below it, each once."""
    seen = {base: None}
    todo = [base]
    while todo:
        for child in todo.pop().__subclasses__():
            if child not in seen:
                seen[child] = None
                todo.append(child)
    yield from seen


def code_of(error: type[DomainError]) -> nodes.Node:
    """The stable code; a policy's refusal brings its own."""
    return nodes.emphasis("", "the policy's") if error is Refused else code(str(error.code))


def message_of(error: type[DomainError]) -> str:
    """The sentence, with its places marked: ``{currency} is not a currency.``"""
    if error is Refused:
        return "The policy's sentence."
    return re.sub(r"%\((\w+)\)s", r"{\1}", str(error.message)).replace("%%", "%")


def sentence(error: type[DomainError]) -> str:
    """When it is raised: the docstring as one paragraph."""
    return " ".join((error.__doc__ or "").split())


class ErrorsDirective(PackageDirective):
    """``{chowk-errors} chowk_auctions``."""

    what = "errors"

    def content_nodes(self) -> list[nodes.Node]:
        """A table of the package's errors by code."""
        mine = sorted(
            (error for error in domain_errors() if package_of(error) == self.package),
            key=lambda error: (str(error.code), error.__name__),
        )
        if not mine:
            return []
        rows = [
            [
                text_cell(code_of(error)),
                text_cell(nodes.Text(str(error.status))),
                text_cell(nodes.Text(message_of(error))),
                text_cell(*inline(sentence(error))),
            ]
            for error in mine
        ]
        return [table(["code", "status", "what the person reads", "when"], rows, "chowk-errors")]
