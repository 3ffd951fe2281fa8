"""Pieces of one package's page on another's: an auction's clock on a listing, a pay button on an order.

A page has named places and the objects it shows there. A package declares what it puts where:

    PANELS = Panels({"marketplace.order": "chowk_payments.pages.panels.order_payment"}, "…")

Each is called once per page with the request and all objects of the place, and answers HTML by primary key
(as text) for those it has something to say about. Templates ask with ``{% panels %}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from chowk_core.package_settings import PolicyMap, registry


class DrawPanels(Protocol):
    """HTML by the primary key of the objects, as text. ``""`` is a place without an object."""

    def __call__(self, request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]: ...


class Panels(PolicyMap[tuple[DrawPanels, ...]]):
    """Places to one or several dotted paths of ``DrawPanels``. A site's mapping is laid over the default."""

    kind = "panels"

    def __init__(self, default: Mapping[str, str | Sequence[str]], doc: str) -> None:
        super().__init__(default, doc)  # type: ignore[arg-type]

    def resolve(self, raw: Any) -> Mapping[str, tuple[DrawPanels, ...]]:
        return {
            place: tuple(import_string(path) if isinstance(path, str) else path for path in _several(drawn))
            for place, drawn in self.merged(raw).items()
        }

    def paths(self, raw: Any) -> Iterator[str]:
        return (
            path for drawn in self.merged(raw).values() for path in _several(drawn) if isinstance(path, str)
        )


def _several(drawn: Any) -> Sequence[Any]:
    return drawn if isinstance(drawn, (list, tuple)) else (drawn,)


def panels_of(place: str, request: HttpRequest, objects: Sequence[Any]) -> dict[str, SafeString]:
    """What the installed packages put at ``place``, by the key of the object, packages in order of import."""
    found: dict[str, SafeString] = {}
    for package in registry.values():
        if isinstance(package.declared().get("PANELS"), Panels):
            for draw in package.PANELS.get(place, ()):  # type: ignore[attr-defined]
                for key, html in draw(request, objects).items():
                    found[key] = format_html("{}{}", found.get(key, ""), html)
    return found
