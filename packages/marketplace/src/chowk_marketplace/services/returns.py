"""Goods that come back: asked for by the buyer, answered and received by the seller.

A return is locked after its order; its stocks and listings after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed
from moneyed import Money

from chowk_core.money import amount_text, from_minor, money_to_minor, split
from chowk_core.publishing import publish
from chowk_marketplace import events
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import (
    InvalidReason,
    MoreThanBought,
    NothingToReturn,
    ReturnClosed,
    UnknownLine,
)
from chowk_marketplace.models import get_order_line_model, get_return_line_model, get_return_model
from chowk_marketplace.services.fulfilment import advance, require_side, tell_step
from chowk_marketplace.services.listing_steps import step
from chowk_marketplace.services.locking import locked, locked_order
from chowk_marketplace.services.orders import check_quantity
from chowk_marketplace.services.refunds import add_note, claim_refund, left_of
from chowk_marketplace.services.stock import RETURN, Cause, locked_listings, move_listings, move_stock


@transaction.atomic
def request_return(
    *,
    order: Any,
    actor: Any,
    reason: str,
    lines: Mapping[Any, int] | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """The buyer would like to send back ``lines`` (quantities by primary key; None: all that is left).

    After sending, and until RETURN_WINDOW after delivery. Returns that were neither refused nor cancelled
    never hold more than was bought. Locks the order. Raises NotParty, ReturnClosed, InvalidReason,
    NothingToReturn, UnknownLine, InvalidQuantity, MoreThanBought, NotFound.
    """
    reasons = get_return_model().Reason
    if reason not in reasons.values:
        raise InvalidReason(known=", ".join(reasons.values))
    order = locked_order(order.pk)
    require_side(order, actor, "buyer")
    now = now or timezone.now()
    if not is_returnable(order, now):
        raise ReturnClosed
    chosen = _chosen(list(order.lines.order_by("pk")), lines)
    row = get_return_model()._default_manager.create(order=order, reason=reason, note=note, created_at=now)
    for line, quantity in chosen:
        _take(line, quantity)
        get_return_line_model()._default_manager.create(goods_return=row, order_line=line, quantity=quantity)
    add_note(order, actor, _("Return requested."), note, now=now)
    _tell(order, row, events.ReturnRequested, actor, note)
    return row


@transaction.atomic
def approve_return(*, goods_return: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """The seller agrees. Locks order and return. Raises NotParty, WrongTransition, NotFound."""
    order, row = _locked(goods_return, actor, "seller")
    now = now or timezone.now()
    row.answer, row.decided_at = note, now
    _advance(row, "approve", "answer", "decided_at")
    add_note(order, actor, _("Return approved."), note, now=now)
    _tell(order, row, events.ReturnApproved, actor, note)
    return row


@transaction.atomic
def refuse_return(*, goods_return: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """The seller does not agree; the goods may be asked for again. Otherwise as ``approve_return``."""
    order, row = _locked(goods_return, actor, "seller")
    now = now or timezone.now()
    row.answer, row.decided_at, row.closed_at = note, now, now
    _advance(row, "refuse", "answer", "decided_at", "closed_at")
    _give_up(row)
    add_note(order, actor, _("Return refused."), note, now=now)
    _tell(order, row, events.ReturnRefused, actor, note)
    return row


@transaction.atomic
def cancel_return(*, goods_return: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """The buyer keeps the goods. Locks order and return. Raises NotParty, WrongTransition, NotFound."""
    order, row = _locked(goods_return, actor, "buyer")
    now = now or timezone.now()
    row.closed_at = now
    _advance(row, "cancel", "closed_at")
    _give_up(row)
    add_note(order, actor, _("Return cancelled."), note, now=now)
    _tell(order, row, events.ReturnCancelled, actor, note)
    return row


@transaction.atomic
def receive_return(
    *,
    goods_return: Any,
    actor: Any,
    restock: bool | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """The seller has the goods: ``marketplace.return_received`` tells what the buyer gets for them.

    The order's total is shared out over its units by largest remainder, and these get theirs, so that all
    returns of an order come to its total; never more than a resolved complaint has left of it. With
    ``restock`` (RETURNS_RESTOCK if None) they are for sale again. An order all of which came back is
    returned. Locks order, return, stocks, listings. Raises NotParty, WrongTransition, NotFound.
    """
    order, row = _locked(goods_return, actor, "seller")
    now = now or timezone.now()
    restock = marketplace_settings.RETURNS_RESTOCK if restock is None else restock
    lines = list(row.lines.select_related("order_line").order_by("pk"))
    minor = _share_of(order, lines)
    row.amount, row.restocked, row.closed_at = claim_refund(order, minor), restock, now
    _advance(row, "receive", "amount", "amount_currency", "restocked", "closed_at")
    if restock:
        _restock(lines, Cause(reference=f"return:{row.pk}", actor_id=getattr(actor, "pk", None), now=now))
    if _is_all_back(order) and can_proceed(order.send_back):
        advance(order, "send_back", actor, note=note, now=now)
        tell_step(order, events.OrderReturned, actor, note)
    else:
        add_note(order, actor, _("Return received."), note, now=now)
    _tell(order, row, events.ReturnReceived, actor, note, **_texts(row.amount))
    return row


def expected_refund(*, goods_return: Any) -> Money:
    """What the buyer would get if the seller received the goods now. Locks nothing."""
    order = goods_return.order
    lines = list(goods_return.lines.select_related("order_line").order_by("pk"))
    return from_minor(min(_share_of(order, lines), left_of(order)), order.total.currency.code)


def is_returnable(order: Any, now: datetime) -> bool:
    """Whether goods of ``order`` may be asked to be taken back at ``now``."""
    window = marketplace_settings.RETURN_WINDOW
    if not window or order.status not in {
        order.Status.SHIPPED,
        order.Status.DELIVERED,
        order.Status.COMPLETED,
    }:
        return False
    return order.delivered_at is None or now <= order.delivered_at + window


def _chosen(rows: list[Any], wanted: Mapping[Any, int] | None) -> list[tuple[Any, int]]:
    """The order lines that go back, with how many of each."""
    if wanted is None:
        chosen = [(row, row.quantity - row.in_returns) for row in rows if row.quantity > row.in_returns]
    else:
        by_key = {str(row.pk): row for row in rows}
        if unknown := {str(key) for key in wanted} - by_key.keys():
            raise UnknownLine(keys=", ".join(sorted(unknown)))
        chosen = [(by_key[str(key)], quantity) for key, quantity in wanted.items()]
    for _row, quantity in chosen:
        check_quantity(quantity)
    if not chosen:
        raise NothingToReturn
    return chosen


def _take(line: Any, quantity: int) -> None:
    rows = get_order_line_model()._default_manager.filter(pk=line.pk)
    if not rows.filter(quantity__gte=F("in_returns") + quantity).update(
        in_returns=F("in_returns") + quantity
    ):
        raise MoreThanBought(title=line.title, left=line.quantity - line.in_returns)


def _give_up(row: Any) -> None:
    """The units of a return that does not take place can be returned again."""
    for key, quantity in row.lines.values_list("order_line_id", "quantity"):
        lines = get_order_line_model()._default_manager.filter(pk=key)
        lines.update(in_returns=F("in_returns") - quantity)


def _share_of(order: Any, lines: list[Any]) -> int:
    """What of a locked order's total falls to ``lines``, after the units that came back before them."""
    rows = list(order.lines.order_by("pk"))
    shares = split(money_to_minor(order.total), [money_to_minor(row.total) for row in rows])
    before = _units_back(order)
    minor = 0
    share_by_key = {row.pk: share for row, share in zip(rows, shares, strict=True)}
    for line in lines:
        bought, share = line.order_line.quantity, share_by_key[line.order_line_id]
        first = before.get(line.order_line_id, 0)
        minor += _first_units(share, bought, first + line.quantity) - _first_units(share, bought, first)
    return minor


def _first_units(share: int, bought: int, count: int) -> int:
    """What the first ``count`` of ``bought`` units get when ``share`` is split over them evenly."""
    each, over = divmod(share, bought)
    return each * count + min(count, over)


def _units_back(order: Any) -> dict[Any, int]:
    rows = get_return_line_model()._default_manager.filter(
        goods_return__order=order, goods_return__status="received"
    )
    return dict(rows.order_by().values_list("order_line_id").annotate(total=Sum("quantity")))


def _is_all_back(order: Any) -> bool:
    back = _units_back(order)
    return all(back.get(key) == bought for key, bought in order.lines.values_list("pk", "quantity"))


def _restock(lines: list[Any], cause: Cause) -> None:
    demand: dict[Any, int] = {}
    for line in lines:
        key = line.order_line.variant_id
        demand[key] = demand.get(key, 0) + line.quantity
    variants = move_stock(demand, RETURN)
    listings = locked_listings(row.listing_id for row in variants)
    move_listings(variants, demand, RETURN, listings, cause)


def _locked(goods_return: Any, actor: Any, role: str) -> tuple[Any, Any]:
    """The return's order and the return, locked in this order, for an actor of that side."""
    order = locked_order(goods_return.order_id)
    row = locked(get_return_model()._default_manager.all(), goods_return.pk)
    require_side(order, actor, role)
    row.order = order
    return order, row


def _advance(row: Any, verb: str, *changed: str) -> None:
    step(row, verb)
    row.save(update_fields=["status", *changed])


def _texts(amount: Money) -> dict[str, str]:
    code = amount.currency.code
    return {"amount": amount_text(money_to_minor(amount), code), "currency": code}


def _tell(order: Any, row: Any, event: type[Any], actor: Any, note: str, **more: str) -> None:
    publish(
        event(
            order_id=str(order.pk),
            return_id=str(row.pk),
            buyer_id=str(order.buyer_id),
            seller_id=str(order.seller_id),
            reason=row.reason,
            actor_id="" if actor is None else str(actor.pk),
            note=note,
            **more,
        ),
        stream=f"marketplace.order:{order.pk}",
    )
