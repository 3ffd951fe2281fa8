"""What the marketplace does when others' events arrive. Payloads are read by name and may hold more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from moneyed import Money

from chowk_core.events import Published
from chowk_core.publishing import publish
from chowk_core.targets import Target, root_model
from chowk_marketplace.events import PaymentRefused
from chowk_marketplace.models import get_listing_model, get_order_group_model, get_order_model
from chowk_marketplace.services import (
    await_payment,
    cancel_defaulted_order,
    cancel_late_order,
    complete_order,
    give_up_payment,
    mark_order_paid,
    merge_carts,
    place_order_for_auction,
    record_refund,
)

CART_SESSION_KEY = "chowk_marketplace.cart"
"""Where a guest's session keeps the token of their cart."""

AUCTION = "auctions.auction"
"""The source type of an order that came from a won auction, whatever model the site keeps auctions in."""


def order_won_auction(event: Published) -> None:
    """``auctions.sold``: the winner's order, to be paid until ``settle_by``. Others' targets are ignored."""
    payload = event.payload
    if not _is_link_to(payload, get_listing_model()):
        return
    place_order_for_auction(
        listing_id=payload["target_id"],
        buyer_id=payload["buyer_id"],
        price=Money(payload["price"], payload["currency"]),
        pay_by=datetime.fromisoformat(payload["settle_by"]),
        source=Target(type=AUCTION, id=payload["auction_id"]),
        source_round=payload.get("sale_number", 1),
    )


def cancel_defaulted(event: Published) -> None:
    """``auctions.payment_defaulted``: the winner's order is cancelled if it is still unpaid."""
    payload = event.payload
    for order in _orders_of_sale(payload["auction_id"], payload.get("sale_number", 1)):
        cancel_defaulted_order(order=order)


def cancel_paid_too_late(event: Published) -> None:
    """``auctions.payment_too_late``: the order is cancelled, so that what was paid for it goes back."""
    for order in _orders_of_sale(event.payload["auction_id"], event.payload["sale_number"]):
        cancel_late_order(order=order)


def take_payment(event: Published) -> None:
    """``payments.captured`` for an order, or a part for each order of a checkout: each is paid, or its part
    of the payment refused so that it is refunded."""
    payload = event.payload
    whole = {
        "target_type": payload["target_type"],
        "target_id": payload["target_id"],
        "amount": payload["amount"],
    }
    parts = [part for part in payload.get("parts") or [whole] if _is_link_to(part, get_order_model())]
    for part in sorted(parts, key=lambda part: part["target_id"]):
        if (order := _order(part["target_id"])) is None:
            publish(
                PaymentRefused(
                    order_id=part["target_id"], payment_id=payload["payment_id"], reason="unknown_order"
                )
            )
            continue
        mark_order_paid(
            order=order,
            payment_id=payload["payment_id"],
            amount=Money(part["amount"], payload["currency"]),
            payer_id=payload["payer_id"],
        )


def merge_cart_at_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Django's ``user_logged_in``: what the guest put into a cart is the user's now."""
    session = getattr(request, "session", None)
    if session is not None and (token := session.pop(CART_SESSION_KEY, "")):
        merge_carts(token=token, user=user)


def complete_released(event: Published) -> None:
    """``payments.released`` for an order: the seller has the money, the order is completed."""
    if not _is_link_to(event.payload, get_order_model()):
        return
    order = _order(event.payload["target_id"])
    if order is not None and order.status == order.Status.DELIVERED:
        complete_order(order=order)


def take_refund(event: Published) -> None:
    """``payments.refunded`` for an order: it is cancelled (refunded once it was sent) when nothing remains,
    else a note is made. Its own refund after a cancellation is no news."""
    payload = event.payload
    if not _is_link_to(payload, get_order_model()):
        return
    order = _order(payload["target_id"])
    if order is not None:
        record_refund(
            order=order,
            payment_id=payload["payment_id"],
            amount=Money(payload["amount"], payload["currency"]),
            remaining=Money(payload["remaining"], payload["currency"]),
        )


def expect_payment(event: Published) -> None:
    """``payments.changed`` for an order or a checkout: where it waits, so does the deadline."""
    payload = event.payload
    if (until := payload.get("waits_until")) and (owed := _owed(payload)) is not None:
        await_payment(
            owed=owed, payment_id=payload["payment_id"], until=datetime.fromisoformat(until), now=event.at
        )


def stop_expecting(event: Published) -> None:
    """``payments.failed`` for an order or a checkout: nothing waits for it any longer."""
    if (owed := _owed(event.payload)) is not None:
        give_up_payment(owed=owed, payment_id=event.payload["payment_id"], now=event.at)


PAYMENT_STEPS = {
    "payments.changed": expect_payment,
    "payments.failed": stop_expecting,
    "payments.captured": take_payment,
    "payments.refunded": take_refund,
}


def follow_payment(event: Published) -> None:
    """What happened to a payment, in that order: all of it comes on its stream, which one handler gets in
    order. Several would not: an order could be marked paid by what has gone back already, or wait for what
    was given up."""
    PAYMENT_STEPS[event.name](event)


def _orders_of_sale(auction_id: str, sale_number: int) -> Any:
    orders = get_order_model()._default_manager
    return orders.filter(source_type=AUCTION, source_id=auction_id, source_round=sale_number)


def _is_link_to(payload: dict[str, Any], model: type[Any]) -> bool:
    return payload["target_type"] == root_model(model)._meta.label_lower


def _owed(payload: dict[str, Any]) -> Any | None:
    """The order or the checkout that the payment of a payload is for, if it is for one."""
    for model in (get_order_model(), get_order_group_model()):
        if _is_link_to(payload, model):
            return _row(model, payload["target_id"])
    return None


def _order(pk: str) -> Any | None:
    return _row(get_order_model(), pk)


def _row(model: Any, pk: str) -> Any | None:
    try:
        return model._default_manager.filter(pk=pk).first()
    except (ValidationError, ValueError):
        return None
