"""The services reference, from each package's ``services`` module or package."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from docutils import nodes

from chowk_reference.building import PackageDirective, code, entries, entry, prose, signature_block
from chowk_reference.discovery import functions_of


def services_of(package: str) -> dict[str, Callable[..., object]]:
    """Public services by name, in the order of the source."""
    path = f"{package}.services"
    return functions_of(import_module(path)) if find_spec(path) else {}


class ServicesDirective(PackageDirective):
    """``{chowk-services} chowk_auctions``."""

    what = "services"

    def content_nodes(self) -> list[nodes.Node]:
        """Each service: its signature and its contract."""
        found = services_of(self.package)
        return [entries([self.service(name, function) for name, function in found.items()])] if found else []

    def service(self, name: str, function: Callable[..., object]) -> nodes.Node:
        """One service."""
        identifier = f"service-{self.package}-{name}".replace("_", "-")
        return entry(identifier, [code(name)], [signature_block(name, function), *prose(function.__doc__)])
