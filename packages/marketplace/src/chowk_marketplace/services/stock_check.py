"""Recomputing what is kept as running figures, and saying where they drifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from chowk_marketplace.models import (
    get_listing_model,
    get_order_line_model,
    get_stock_change_model,
    get_stock_hold_model,
    get_stock_model,
)
from chowk_marketplace.services.stock import Cause, locked_listings, locked_stocks
from chowk_marketplace.services.variants import create_default_variant

OPEN = ("pending_payment", "paid", "confirmed")
"""Statuses of orders whose goods are allocated: placed and neither sent nor cancelled."""
COLUMNS = ("on_hand", "held", "allocated")


@dataclass(frozen=True)
class Drift:
    """One figure that is not what its parts come to. ``what`` is "listing", "stock.held" and the like."""

    what: str
    pk: str
    expected: int
    found: int

    def __str__(self) -> str:
        return f"{self.what} {self.pk}: {self.found} instead of {self.expected}"


def check_stock(*, fix: bool = False) -> list[Drift]:
    """Compare allocations with open orders, holds with checkouts, stocks with their history and listings
    with their stocks.

    With ``fix`` each is set right in a transaction of its own, under its locks: allocations and aggregates
    follow from their parts, and a history is completed. A listing without variants gets one, with its stock.
    """
    found = [*_without_variants(fix), *_of_allocations(fix), *_of_history(fix), *_of_listings(fix)]
    return found


def _total(rows: Any, key: str, value: Any) -> Any:
    """The sum of ``value`` over ``rows`` of the outer row, as a subquery; 0 where there are none."""
    summed = rows.order_by().values(key).annotate(total=Sum(value)).values("total")
    return Coalesce(Subquery(summed[:1], output_field=IntegerField()), 0)


def _without_variants(fix: bool) -> Iterator[Drift]:
    for listing in get_listing_model().objects.non_polymorphic().filter(variants=None):  # type: ignore[attr-defined]
        yield Drift("listing without variants", str(listing.pk), 1, 0)
        if fix:
            with transaction.atomic():
                row = locked_listings([listing.pk])[listing.pk]
                if not row.variants.exists():
                    create_default_variant(row, row.stock)


def _of_allocations(fix: bool) -> Iterator[Drift]:
    lines = get_order_line_model()._default_manager.filter(
        variant=OuterRef("variant"), order__status__in=OPEN
    )
    holds = get_stock_hold_model()._default_manager.filter(variant=OuterRef("variant"))
    rows = get_stock_model()._default_manager.annotate(
        ordered=_total(lines, "variant", "quantity"), promised=_total(holds, "variant", "quantity")
    )
    for stock in rows.exclude(allocated=F("ordered"), held=F("promised")):
        for name, expected in (("allocated", stock.ordered), ("held", stock.promised)):
            if getattr(stock, name) != expected:
                yield Drift(f"stock.{name}", str(stock.pk), expected, getattr(stock, name))
        if fix:
            _fix_allocation(rows, stock)


@transaction.atomic
def _fix_allocation(rows: Any, seen: Any) -> None:
    locked_stocks(seen.variant.listing_id)
    stock = rows.get(pk=seen.pk)
    missing = max(0, stock.promised + stock.ordered - stock.on_hand)
    deltas = {"allocated": stock.ordered - stock.allocated, "held": stock.promised - stock.held}
    stock.allocated, stock.held, stock.on_hand = stock.ordered, stock.promised, stock.on_hand + missing
    stock.save(update_fields=["allocated", "held", "on_hand", "updated_at"])
    Cause().change(stock, "corrected", on_hand=missing, **deltas).save()


def _of_history(fix: bool) -> Iterator[Drift]:
    changes = get_stock_change_model()._default_manager.filter(stock=OuterRef("pk"))
    rows = get_stock_model()._default_manager.annotate(
        **{f"sum_{name}": _total(changes, "stock", name) for name in COLUMNS}
    )
    drifted = Q()
    for name in COLUMNS:
        drifted |= ~Q(**{name: F(f"sum_{name}")})
    for stock in rows.filter(drifted):
        for name, (expected, found) in _history_of(stock).items():
            yield Drift(f"history of stock.{name}", str(stock.pk), expected, found)
        if fix:
            _fix_history(rows, stock)


def _history_of(stock: Any) -> dict[str, tuple[int, int]]:
    """The columns that an annotated stock's history does not come to: what they are, and what it comes to."""
    pairs = {name: (getattr(stock, name), getattr(stock, f"sum_{name}")) for name in COLUMNS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@transaction.atomic
def _fix_history(rows: Any, seen: Any) -> None:
    locked_stocks(seen.variant.listing_id)
    stock = rows.get(pk=seen.pk)
    if deltas := {name: now - told for name, (now, told) in _history_of(stock).items()}:
        Cause().change(stock, "corrected", **deltas).save()


def _of_listings(fix: bool) -> Iterator[Drift]:
    stocks = get_stock_model()._default_manager.filter(variant__listing=OuterRef("pk"), variant__active=True)
    available = F("on_hand") - F("held") - F("allocated")
    rows: Any = (
        get_listing_model()
        .objects.non_polymorphic()  # type: ignore[attr-defined]
        .annotate(available=_total(stocks, "variant__listing", available))
    )
    for listing in rows.exclude(stock=F("available")):
        yield Drift("listing.stock", str(listing.pk), listing.available, listing.stock)
        if fix:
            _fix_listing(listing.pk)


@transaction.atomic
def _fix_listing(pk: Any) -> None:
    active = [stock for stock in locked_stocks(pk) if stock.variant.active]
    listing = locked_listings([pk])[pk]
    listing.stock = sum(stock.available for stock in active)
    if listing.status == listing.Status.SOLD and listing.stock:
        listing.reopen()
    listing.save(update_fields=["stock", "status", "updated_at"])
