"""How an object looks to packages that only hold a link to it: its title, address and pictures.

A package declares in its settings who draws its types (``CARDS``: target type to a callable that gets the
ids and the viewer, and answers the cards of those that the viewer may see, in a constant number of queries):

    CARDS = PolicyMap({"chowk_marketplace.listing": "chowk_marketplace.pages.cards.listing_cards"}, "…")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chowk_core.package_settings import PolicyMap, registry
from chowk_core.targets import Target


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image with its box: ``srcset`` as in HTML, width and height in pixels of the original."""

    src: str
    alt: str
    width: int
    height: int
    srcset: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What others may show of an object. The first picture is the primary one."""

    title: str
    url: str = ""
    pictures: tuple[Picture, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    specification: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    description: str = ""
    trail: tuple[tuple[str, str], ...] = field(default=())

    @property
    def picture(self) -> Picture | None:
        return self.pictures[0] if self.pictures else None


class DrawCards(Protocol):
    """The cards of those of ``ids`` that ``viewer`` may see, by id."""

    def __call__(self, ids: Sequence[str], viewer: Any) -> Mapping[str, Card]: ...


def drawers() -> dict[str, DrawCards]:
    """Who draws which target type: every package's declarations and the site's changes to them."""
    found: dict[str, DrawCards] = {}
    for package in registry.values():
        if isinstance(package.declared().get("CARDS"), PolicyMap):
            found.update(package.CARDS)  # type: ignore[attr-defined]
    return found


def cards_of(targets: Iterable[Target], viewer: Any) -> dict[Target, Card]:
    """The cards of ``targets``. Those nobody draws and those the viewer may not see are left out."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for target in dict.fromkeys(targets):
        wanted[target.type].append(target.id)
    known = drawers()
    return {
        Target(type=kind, id=key): card
        for kind, ids in wanted.items()
        if kind in known
        for key, card in known[kind](ids, viewer).items()
    }
