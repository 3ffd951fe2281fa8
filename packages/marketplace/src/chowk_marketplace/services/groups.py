"""What becomes of a checkout's group as its orders are paid or cancelled. Not public."""

from __future__ import annotations

from typing import Any

from chowk_core.money import amount_text, money_to_minor
from chowk_core.publishing import publish
from chowk_marketplace import events
from chowk_marketplace.models import get_order_group_model, get_order_model
from chowk_marketplace.services.locking import locked, locked_order


def locked_with_group(pk: Any) -> tuple[Any, Any | None]:
    """The order ``pk`` and its group, the group locked first. Raises NotFound."""
    seen = get_order_model()._default_manager.filter(pk=pk).values_list("group_id", flat=True).first()
    group = None if seen is None else locked(get_order_group_model()._default_manager.all(), seen)
    return locked_order(pk), group


def settle_group(group: Any | None, payment_id: str = "") -> list[Any]:
    """Write the status of a locked group that follows from its orders' and tell it.

    Answers the orders that cost nothing and are therefore paid with the others: the caller's to advance.
    """
    if group is None or group.status != group.Status.PENDING_PAYMENT:
        return []
    orders = list(group.orders.order_by("pk"))
    pending = [order for order in orders if order.status == order.Status.PENDING_PAYMENT]
    if any(order.total.amount for order in pending):
        return []
    event: type[Any] = events.GroupPaid
    payment_id = payment_id or next((order.payment_id for order in orders if order.payment_id), "")
    more = {"payment_id": payment_id}
    group.status = group.Status.PAID
    if all(order.status == order.Status.CANCELLED for order in orders):
        event, more = events.GroupCancelled, {}
        group.status = group.Status.CANCELLED
    group.payment_id = payment_id
    group.save(update_fields=["status", "payment_id", "updated_at"])
    publish(
        event(
            group_id=str(group.pk),
            buyer_id=str(group.buyer_id),
            total=amount_text(money_to_minor(group.total), group.total.currency.code),
            currency=group.total.currency.code,
            **more,
        ),
        stream=f"marketplace.group:{group.pk}",
    )
    return pending
