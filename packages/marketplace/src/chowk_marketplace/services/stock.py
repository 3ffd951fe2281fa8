"""Moving stock: the one place that changes a stock row, its history and its listing's aggregate.

A demand maps variants' primary keys to quantities above zero, several wishes for one variant summed. Stocks
are locked by primary key, then their listings by primary key. What decides is a conditional UPDATE, nothing
read before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from chowk_core.exceptions import NotFound
from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import ListingActivated, ListingSold, StockLow
from chowk_marketplace.exceptions import InvalidStock, InvalidStockReason, NotForSale, OutOfStock
from chowk_marketplace.models import (
    get_listing_model,
    get_stock_change_model,
    get_stock_model,
    get_variant_model,
)
from chowk_marketplace.services.listing_steps import most_of, step, tell
from chowk_marketplace.services.locking import locked, require_owner

Demand = Mapping[Any, int]


@dataclass(frozen=True)
class Move:
    """What happens to one unit: by how much each column of its stock changes."""

    reason: str
    on_hand: int = 0
    held: int = 0
    allocated: int = 0

    @property
    def available(self) -> int:
        """By how much what can still be promised changes."""
        return self.on_hand - self.held - self.allocated


HOLD = Move("held", held=1)
RELEASE = Move("released", held=-1)
EXPIRE = Move("expired", held=-1)
ORDER = Move("ordered", allocated=1)
ORDER_HELD = Move("ordered", held=-1, allocated=1)
CANCEL = Move("cancelled", allocated=-1)
SHIP = Move("shipped", on_hand=-1, allocated=-1)
RETURN = Move("returned", on_hand=1)

SELLERS_REASONS = ("counted", "received", "damaged")
"""Why a seller changes a stock; the other reasons are what happens to it."""
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Cause:
    """Whose doing a move is and what for; ``reference`` is text such as ``order:42``, ``note`` is theirs."""

    reference: str = ""
    actor_id: Any = None
    now: datetime | None = None
    note: str = ""

    def change(self, stock: Any, reason: str, **deltas: int) -> Any:
        """A row of the stock's history, not saved."""
        at = self.now or timezone.now()
        return get_stock_change_model()(
            stock=stock,
            reason=reason,
            reference=self.reference,
            actor_id=self.actor_id,
            note=self.note,
            at=at,
            **deltas,
        )


def move_stock(demand: Demand, move: Move) -> list[Any]:
    """Move every quantity of ``demand`` and return the variants, each with its ``stock`` as it now is.

    Leaves the stocks locked, in order of primary key. The caller's next steps are to lock the listings and to
    call ``move_listings``, which writes the history too.
    Raises OutOfStock where less is available than asked for (the caller's transaction is to be rolled back),
    NotForSale for a variant that is switched off, NotFound.
    """
    stocks: Any = get_stock_model()._default_manager
    seen = stocks.filter(variant__in=demand).order_by("pk")
    if len(demand) > 1:  # a single one is locked by its UPDATE
        seen = seen.select_for_update(of=("self",))
    by_quantity: dict[int, list[Any]] = {}
    for stock in seen:
        by_quantity.setdefault(demand[stock.variant_id], []).append(stock)
    if sum(map(len, by_quantity.values())) < len(demand):
        raise NotFound
    for quantity, rows in by_quantity.items():
        _move_rows(rows, quantity, move)
    variants: Any = get_variant_model()._default_manager
    moved = list(variants.filter(pk__in=demand).select_related("stock").order_by("stock__pk"))
    if move.available < 0 and not all(row.active for row in moved):
        raise NotForSale
    return moved


def _move_rows(rows: list[Any], quantity: int, move: Move) -> None:
    """Move ``quantity`` of each of the stocks ``rows``, in one conditional UPDATE."""
    wanted = -move.available * quantity
    enough = Q(on_hand__gte=F("held") + F("allocated") + wanted) if wanted > 0 else Q()
    for column in ("held", "allocated"):
        if getattr(move, column) < 0:
            enough &= Q(**{f"{column}__gte": quantity})
    moved = get_stock_model()._default_manager.filter(enough, pk__in=[row.pk for row in rows])
    if moved.update(
        on_hand=F("on_hand") + move.on_hand * quantity,
        held=F("held") + move.held * quantity,
        allocated=F("allocated") + move.allocated * quantity,
        updated_at=timezone.now(),
    ) < len(rows):
        short = next((row for row in rows if row.available < wanted), rows[0])
        short.refresh_from_db()
        raise OutOfStock(left=max(0, short.available))


def locked_listings(keys: Iterable[Any]) -> dict[Any, Any]:
    """The listings by primary key as rows of the root model with their sellers and categories, locked in
    order of it."""
    rows: Any = get_listing_model().objects.non_polymorphic().filter(pk__in=set(keys))  # type: ignore[attr-defined]
    rows = rows.select_related("seller", "category").order_by("pk").select_for_update(of=("self",))
    return {row.pk: row for row in rows}


def move_listings(
    variants: Iterable[Any], demand: Demand, move: Move, listings: Mapping[Any, Any], cause: Cause
) -> None:
    """Carry a move of stocks over to the locked ``listings``: their aggregate and status, history, what is
    told.

    A listing of which nothing is left, neither available nor held, is sold; one that has some again is
    active. What comes back beyond what a listing may have (its seller counted anew meanwhile) is written off.
    """
    variants = list(variants)
    _write_history(variants, demand, move, cause)
    for key in sorted({row.listing_id for row in variants}):
        listing = listings[key]
        own = [row for row in variants if row.listing_id == key]
        if move.available > 0:
            _write_off_surplus(listing, own, demand, cause)
        delta = sum(move.available * demand[row.pk] for row in own if row.active)
        surplus = sum(getattr(row, "written_off", 0) for row in own if row.active)
        settle_listing(listing, listing.stock + delta - surplus)
    if move.available < 0:
        for row in variants:
            tell_if_low(row, row.stock.available + demand[row.pk], row.stock.available)


def _write_history(variants: list[Any], demand: Demand, move: Move, cause: Cause) -> None:
    get_stock_change_model()._default_manager.bulk_create(
        cause.change(
            row.stock,
            move.reason,
            on_hand=move.on_hand * demand[row.pk],
            held=move.held * demand[row.pk],
            allocated=move.allocated * demand[row.pk],
        )
        for row in variants
    )


def settle_listing(listing: Any, stock: int, *, sells: bool = True) -> None:
    """Write a locked listing's aggregate and the status that follows from it.

    With ``sells=False`` nothing left does not mean that it was sold: the seller counted none.
    """
    listing.stock = stock
    event: type[Any] | None = None
    if listing.status == listing.Status.SOLD and stock > 0:
        step(listing, "reopen")
        event = ListingActivated
    elif sells and listing.status == listing.Status.ACTIVE and stock == 0 and not _some_held(listing):
        step(listing, "sell_out")
        event = ListingSold
    listing.save(update_fields=["status", "stock", "updated_at"])
    if event:
        tell(listing, event)


def _some_held(listing: Any) -> bool:
    held = get_stock_model()._default_manager.filter(variant__listing=listing.pk, variant__active=True)
    return bool(held.aggregate(total=Sum("held"))["total"])


def _write_off_surplus(listing: Any, variants: list[Any], demand: Demand, cause: Cause) -> None:
    room = max(0, most_of(listing) - listing.stock)
    for row in variants:
        row.written_off = max(0, demand[row.pk] - room)
        room = max(0, room - demand[row.pk])
        if row.written_off:
            row.stock.on_hand -= row.written_off
            row.stock.save(update_fields=["on_hand", "updated_at"])
            cause.change(row.stock, "corrected", on_hand=-row.written_off).save()


def tell_if_low(variant: Any, before: int, after: int) -> None:
    """Publish ``marketplace.stock_low`` if what is available has just come down to the threshold or below."""
    threshold = variant.low_stock_at
    threshold = marketplace_settings.LOW_STOCK_AT if threshold is None else threshold
    if threshold is None or not before > threshold >= after:
        return
    publish(
        StockLow(
            listing_id=str(variant.listing_id),
            variant_id=str(variant.pk),
            seller_id=str(variant.seller_id),
            sku=variant.sku,
            available=after,
            threshold=threshold,
        ),
        stream=f"marketplace.listing:{variant.listing_id}",
    )


def locked_stocks(listing_id: Any) -> list[Any]:
    """The stocks of a listing's variants with their variants, locked in order of primary key."""
    rows: Any = get_stock_model()._default_manager.filter(variant__listing=listing_id)
    return list(rows.select_related("variant").order_by("pk").select_for_update(of=("self",)))


@transaction.atomic
def set_stock(
    *,
    variant: Any,
    on_hand: int,
    actor: Any = None,
    reason: str = "counted",
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """There are ``on_hand`` of a variant, its seller says, and why. Locks the stock, then the listing.

    ``reason`` is one of SELLERS_REASONS. Returns the stock. Raises InvalidStock (less than what is promised,
    or too much), InvalidStockReason, NotOwner, Refused by MAY_UPDATE, NotFound.
    """
    cause = _sellers_cause(actor, reason, note, now)
    stock = locked(get_stock_model()._default_manager.filter(variant=variant.pk), variant.stock.pk)
    listing = _listing_of(variant, actor)
    count(stock, listing, on_hand, cause, reason)
    return stock


@transaction.atomic
def adjust_stock(
    *,
    variant: Any,
    delta: int,
    actor: Any = None,
    reason: str = "counted",
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """``delta`` more (or fewer) of a variant are on hand than were. Otherwise as ``set_stock``."""
    cause = _sellers_cause(actor, reason, note, now)
    stock = locked(get_stock_model()._default_manager.filter(variant=variant.pk), variant.stock.pk)
    listing = _listing_of(variant, actor)
    count(stock, listing, stock.on_hand + delta, cause, reason)
    return stock


def _sellers_cause(actor: Any, reason: str, note: str, now: datetime | None) -> Cause:
    if reason not in SELLERS_REASONS or len(note) > LONGEST_NOTE:
        raise InvalidStockReason(names=", ".join(SELLERS_REASONS))
    return Cause(actor_id=getattr(actor, "pk", None), now=now, note=note)


def _listing_of(variant: Any, actor: Any) -> Any:
    listing = locked_listings([variant.listing_id])[variant.listing_id]
    require_owner(listing, actor)
    ask(marketplace_settings.MAY_UPDATE, actor=actor, listing=listing)
    return listing


def count(stock: Any, listing: Any, on_hand: int, cause: Cause, reason: str = "counted") -> None:
    """Write the count of a locked stock of a locked listing. Raises InvalidStock."""
    promised = stock.held + stock.allocated
    most = most_of(listing)
    variant = stock.variant
    others = listing.stock - stock.available if variant.active else listing.stock
    if isinstance(on_hand, bool) or not promised <= on_hand <= promised + most - others:
        raise InvalidStock(least=promised, most=promised + most - others)
    before, delta = stock.available, on_hand - stock.on_hand
    if not delta:
        return
    stock.on_hand = on_hand
    stock.save(update_fields=["on_hand", "updated_at"])
    cause.change(stock, reason, on_hand=delta).save()
    if variant.active:
        settle_listing(listing, listing.stock + delta, sells=False)
    tell_if_low(variant, before, stock.available)
