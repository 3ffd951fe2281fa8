"""An order's way from payment to completion, or to cancellation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed
from moneyed import Money

from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_marketplace import events
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import CarrierRequired, NotParty, WrongTransition
from chowk_marketplace.models import (
    get_order_group_model,
    get_order_model,
    get_order_transition_model,
)
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.batches import each_of
from chowk_marketplace.services.groups import locked_with_group, settle_group
from chowk_marketplace.services.listing_steps import step
from chowk_marketplace.services.locking import locked, locked_order
from chowk_marketplace.services.orders import cause_of, tell_order
from chowk_marketplace.services.stock import CANCEL, SHIP, Move, locked_listings, move_listings, move_stock

BATCH = 500
"""How many overdue orders one run of a periodic service looks at."""


@transaction.atomic
def mark_order_paid(
    *,
    order: Any,
    payment_id: str,
    amount: Money,
    payer_id: str = "",
    actor: Any = None,
    now: datetime | None = None,
) -> bool:
    """The payment ``payment_id`` of ``amount`` came in for an order; the answer says whether it was taken.

    An order that cannot take it (cancelled, paid by another payment, another amount, or from somebody who is
    not its buyer) stays as it is and ``marketplace.payment_refused`` is published: the money goes back.
    The same payment told twice changes nothing. The last unpaid order of a checkout makes its group paid.
    Locks the group, then the order. Raises NotFound.
    """
    order, group = locked_with_group(order.pk)
    if order.paid_at and order.payment_id == payment_id:
        return True
    if reason := _refusal_of_payment(order, amount, payer_id):
        publish(
            events.PaymentRefused(order_id=str(order.pk), payment_id=payment_id, reason=reason),
            stream=f"marketplace.order:{order.pk}",
        )
        return False
    now = now or timezone.now()
    order.payment_id = payment_id
    order.paid_at = now
    advance(order, "pay", actor, now=now, changed=("payment_id", "paid_at"))
    tell_step(order, events.OrderPaid, actor, payment_id=payment_id)
    _pay_free(settle_group(group, payment_id), payment_id, now)
    return True


@transaction.atomic
def pay_free_group(*, group: Any, now: datetime | None = None) -> None:
    """A checkout that costs nothing is paid as it is placed. Locks the group, then its orders."""
    group = locked(get_order_group_model()._default_manager.all(), group.pk)
    _pay_free(settle_group(group, f"free-{group.pk}"), f"free-{group.pk}", now or timezone.now())


@transaction.atomic
def pay_free_order(*, order: Any, now: datetime | None = None) -> None:
    """An order of no checkout that costs nothing is paid as it is placed. Locks it."""
    _pay_free([order], f"free-{order.pk}", now or timezone.now())


def _pay_free(orders: list[Any], payment_id: str, now: datetime) -> None:
    for seen in orders:
        order = locked_order(seen.pk)
        order.payment_id, order.paid_at = payment_id[:64], now
        advance(order, "pay", None, now=now, changed=("payment_id", "paid_at"))
        tell_step(order, events.OrderPaid, None, payment_id=order.payment_id)


@transaction.atomic
def confirm_order(*, order: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """The seller takes a paid order on. Locks the order. Raises NotParty, WrongTransition, NotFound."""
    order = locked_order(order.pk)
    require_side(order, actor, "seller")
    advance(order, "confirm", actor, note=note, now=now)
    tell_step(order, events.OrderConfirmed, actor, note)
    return order


@transaction.atomic
def ship_order(
    *,
    order: Any,
    actor: Any,
    carrier: str = "",
    tracking_number: str = "",
    note: str = "",
    now: datetime | None = None,
) -> Any:
    """The seller has sent a paid or confirmed order: it leaves the stock. Locks the order, stocks, listings.

    Raises NotParty, WrongTransition, CarrierRequired (a tracking number without its carrier), NotFound.
    """
    if tracking_number and not carrier:
        raise CarrierRequired
    order = locked_order(order.pk)
    require_side(order, actor, "seller")
    now = now or timezone.now()
    order.carrier, order.tracking_number, order.shipped_at = carrier, tracking_number, now
    advance(order, "ship", actor, note=note, now=now, changed=("carrier", "tracking_number", "shipped_at"))
    _move_lines(order, SHIP, actor, now)
    tell_step(order, events.OrderShipped, actor, note, carrier=carrier, tracking_number=tracking_number)
    return order


@transaction.atomic
def deliver_order(*, order: Any, actor: Any, note: str = "", now: datetime | None = None) -> Any:
    """The buyer (or staff, or with ``actor=None`` the site) says that a shipped order has arrived.

    What is held for the order may then go to the seller, who therefore cannot say so. Locks the order.
    Raises NotParty, WrongTransition, NotFound.
    """
    order = locked_order(order.pk)
    require_side(order, actor, "buyer")
    now = now or timezone.now()
    order.delivered_at = now
    advance(order, "deliver", actor, note=note, now=now, changed=("delivered_at",))
    tell_step(order, events.OrderDelivered, actor, note)
    return order


@transaction.atomic
def complete_order(*, order: Any, actor: Any = None, note: str = "", now: datetime | None = None) -> Any:
    """The seller has the money of a delivered order. A completed one stays as it is. Locks the order.

    Raises NotParty (only staff or the site itself), WrongTransition, NotFound.
    """
    order = locked_order(order.pk)
    if actor is not None and not is_staff(actor):
        raise NotParty(role=_("staff"))
    if order.status == order.Status.COMPLETED:
        return order
    advance(order, "complete", actor, note=note, now=now)
    tell_step(order, events.OrderCompleted, actor, note)
    return order


@transaction.atomic
def cancel_order(
    *, order: Any, actor: Any, note: str = "", reason: str = "", now: datetime | None = None
) -> Any:
    """Cancel an order that has not been shipped: its stock comes back and its listings are active again.

    ``reason`` follows from the actor; ``actor=None`` (the site) must give it. Listings that were archived
    meanwhile stay archived. Locks the order's group, the order, then its stocks and their listings, each by
    primary key. Raises Refused by MAY_CANCEL, WrongTransition, NotFound.
    """
    order, group = locked_with_group(order.pk)
    if not can_proceed(order.cancel):
        raise WrongTransition(status=order.get_status_display())
    if actor is not None:
        ask(marketplace_settings.MAY_CANCEL, actor=actor, order=order)
        reason = reason_of(order, actor)
    order.cancel_reason = order.CancelReason(reason)
    if not order.paid_at:
        order.payment_id = ""  # what was announced, should it still come, is not for this order
    advance(order, "cancel", actor, note=note, now=now, changed=("cancel_reason", "payment_id"))
    _move_lines(order, CANCEL, actor, now)
    tell_step(order, events.OrderCancelled, actor, note, reason=reason)
    _pay_free(settle_group(group), "", now or timezone.now())
    return order


@transaction.atomic
def cancel_defaulted_order(*, order: Any, now: datetime | None = None) -> bool:
    """Cancel an order as unpaid because its source says so; paid and cancelled ones stay. Locks the order."""
    order, _group = locked_with_group(order.pk)
    if order.status != order.Status.PENDING_PAYMENT:
        return False
    cancel_order(order=order, actor=None, reason=order.CancelReason.UNPAID, now=now)
    return True


@transaction.atomic
def cancel_late_order(*, order: Any, now: datetime | None = None) -> bool:
    """Cancel an order, paid or not, because its source says that it was paid too late.

    What was paid goes back, as after any cancellation. A cancelled one stays. Locks the order. Raises
    WrongTransition for one that has been sent, NotFound.
    """
    order, _group = locked_with_group(order.pk)
    if order.status == order.Status.CANCELLED:
        return False
    cancel_order(order=order, actor=None, reason=order.CancelReason.UNPAID, now=now)
    return True


def cancel_overdue_orders(*, now: datetime | None = None) -> int:
    """Cancel every order whose payment deadline has passed, and say how many; each in its own transaction.

    Safe to run in several places at once: each order is decided under its lock. What failed is raised, as an
    ExceptionGroup, when all have had their turn.
    """
    moment = now or timezone.now()
    overdue = get_order_model()._default_manager.unpaid_since(moment)  # type: ignore[attr-defined]
    keys = overdue.order_by("pay_by").values_list("pk", flat=True)[:BATCH]
    return each_of("order", keys, lambda key: _cancel_if_overdue(key, now))


def deliver_overdue_orders(*, now: datetime | None = None) -> int:
    """Count as delivered what was shipped AUTO_DELIVER_AFTER ago, and say how many; never if that is None.

    Raises as ``cancel_overdue_orders``.
    """
    after = marketplace_settings.AUTO_DELIVER_AFTER
    if after is None:
        return 0
    moment = now or timezone.now()
    under_way = get_order_model()._default_manager.under_way_since(moment - after)  # type: ignore[attr-defined]
    keys = under_way.order_by("shipped_at").values_list("pk", flat=True)[:BATCH]
    return each_of("order", keys, lambda key: _deliver_if_overdue(key, after, now))


@transaction.atomic
def _cancel_if_overdue(key: Any, now: datetime | None) -> bool:
    order, _group = locked_with_group(key)
    if order.status != order.Status.PENDING_PAYMENT or order.pay_by > (now or timezone.now()):
        return False
    cancel_order(order=order, actor=None, reason=order.CancelReason.UNPAID, now=now)
    return True


@transaction.atomic
def _deliver_if_overdue(key: Any, after: Any, now: datetime | None) -> bool:
    order = locked_order(key)
    if order.status != order.Status.SHIPPED or order.shipped_at > (now or timezone.now()) - after:
        return False
    deliver_order(order=order, actor=None, note=_("No word from the buyer in time."), now=now)
    return True


def reason_of(order: Any, actor: Any) -> str:
    """The cancel reason that ``actor``'s part in the order gives."""
    if actor.pk == order.buyer_id:
        return "buyer"
    return "seller" if actor.pk == order.seller_id else "staff"


def _refusal_of_payment(order: Any, amount: Money, payer_id: str) -> str:
    if order.status == order.Status.CANCELLED:
        return "cancelled"
    if order.status != order.Status.PENDING_PAYMENT:
        return "already_paid"
    if payer_id and payer_id != str(order.buyer_id):
        return "wrong_payer"
    if order.delivery_due:
        return "delivery_required"
    return "" if amount == order.total else "wrong_amount"


def _move_lines(order: Any, move: Move, actor: Any, now: datetime | None) -> None:
    """Move the stock of all lines of a locked order. Locks stocks, then listings, each by primary key."""
    demand: dict[Any, int] = {}
    for key, quantity in order.lines.values_list("variant_id", "quantity"):
        demand[key] = demand.get(key, 0) + quantity
    variants = move_stock(demand, move)
    listings = locked_listings(row.listing_id for row in variants)
    move_listings(variants, demand, move, listings, cause_of(order, getattr(actor, "pk", None), now))


def require_side(order: Any, actor: Any, role: str) -> None:
    """Raises NotParty unless ``actor`` has that role, is staff, or is None (the site itself)."""
    if actor is None or is_staff(actor) or actor.pk == getattr(order, f"{role}_id"):
        return
    raise NotParty(role=_("seller") if role == "seller" else _("buyer"))


def advance(
    order: Any,
    verb: str,
    actor: Any,
    *,
    note: str = "",
    now: datetime | None = None,
    changed: tuple[str, ...] = (),
) -> None:
    """Take the step ``verb`` of a locked order, save it and write its history. Raises WrongTransition."""
    before = order.status
    step(order, verb)
    order.save(update_fields=["status", "updated_at", *changed])
    get_order_transition_model()._default_manager.create(
        order=order,
        from_status=before,
        to_status=order.status,
        actor=actor,
        note=note,
        at=now or timezone.now(),
    )


def tell_step(order: Any, event: type[Any], actor: Any, note: str = "", **more: str) -> None:
    """Publish a step of an order."""
    tell_order(order, event, actor_id="" if actor is None else str(actor.pk), note=note, **more)
