"""The bid history as sentences: who bid, who leads after it, and what it set off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from chowk_auctions.shapes import BidLine


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the story. ``price`` is decimal text, empty where none belongs to it."""

    icon: str
    text: str
    at: datetime
    price: str = ""
    mine: bool = False
    leads: bool = False


def story_of(lines: Sequence[BidLine], *, has_reserve: bool) -> list[Entry]:
    """The history, newest first as ``lines`` are, with what each bid set off right above it."""
    older: Sequence[BidLine | None] = [*lines[1:], None]
    return [
        entry
        for line, before in zip(lines, older, strict=False)
        for entry in _entries(line, before, has_reserve)
    ]


def _entries(line: BidLine, before: BidLine | None, has_reserve: bool) -> Iterator[Entry]:
    if line.kind == "retraction":
        yield Entry(icon="alert", text=sentence(line, leads=False), at=line.placed_at, price=line.price)
        return
    if line.extended_to:
        yield Entry(
            icon="clock", text=_("A late bid: the end moved, so that others can answer"), at=line.placed_at
        )
    unmet = not before.reserve_met if before else line.sequence == 1
    if has_reserve and line.reserve_met and unmet:
        yield Entry(icon="shield", text=_("The reserve is met: it will be sold"), at=line.placed_at)
    leads = line.bidder == line.leader
    text = sentence(line, leads=leads)
    yield Entry(
        icon="arrow-up" if leads else "gavel",
        text=_("%(what)s (taken back since)") % {"what": text} if line.retracted else text,
        at=line.placed_at,
        price=line.price,
        mine=line.is_you,
        leads=leads and not line.retracted,
    )


def sentence(line: BidLine, *, leads: bool) -> str:
    """What happened, in the reader's words."""
    names = {"bidder": line.bidder, "leader": _("you") if line.you_lead else line.leader}
    if line.kind == "retraction":
        return _retraction(line, names)
    if line.kind == "buy_now":
        return _("You bought it now") if line.is_you else _("%(bidder)s bought it now") % names
    if line.kind == "raise":
        return _("You raised your maximum") if line.is_you else _("%(bidder)s raised their maximum") % names
    if leads:
        return _("You took the lead") if line.is_you else _("%(bidder)s took the lead") % names
    if line.is_you:
        return _("You bid, and %(leader)s stayed ahead") % names
    return _("%(bidder)s bid, and %(leader)s stayed ahead") % names


def _retraction(line: BidLine, names: dict[str, str | None]) -> str:
    """Whose bids went, and who leads now."""
    if line.leader is None:
        return (
            _("You took your bid back, and none is left")
            if line.is_you
            else _("%(bidder)s took their bid back, and none is left") % names
        )
    if line.is_you:
        return _("You took your bid back; %(leader)s leads") % names
    return _("%(bidder)s took their bid back; %(leader)s leads") % names


def revealed(lines: Sequence[BidLine]) -> list[Entry]:
    """Sealed bids after the reveal: who bid how much, the highest first."""
    ranked = sorted(lines, key=lambda line: (-Decimal(line.maximum or 0), line.sequence))
    return [
        Entry(
            icon="arrow-up" if number == 0 else "gavel",
            text=_("You bid") if line.is_you else _("%(bidder)s bid") % {"bidder": line.bidder},
            at=line.placed_at,
            price=line.maximum or "",
            mine=line.is_you,
            leads=number == 0,
        )
        for number, line in enumerate(ranked)
    ]
