"""Orders whose payment was announced and is still to come: a bank transfer, cash, a challenge to answer.

An unpaid order's ``payment_id`` is such a payment, and its deadline is then as late as that one waits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import OrderDeadlineMoved
from chowk_marketplace.models import get_order_group_model
from chowk_marketplace.services.fulfilment import tell_step
from chowk_marketplace.services.groups import locked_with_group
from chowk_marketplace.services.locking import locked, locked_order
from chowk_marketplace.services.refunds import add_note


@transaction.atomic
def await_payment(*, owed: Any, payment_id: str, until: datetime, now: datetime | None = None) -> int:
    """The payment ``payment_id`` for an order, or for the group ``owed``, waits ``until`` then: unpaid orders
    that would be cancelled earlier are not. Answers how many those were.

    Locks the group, then its orders by primary key. Raises NotFound.
    """

    def wait(order: Any) -> bool:
        if order.pay_by >= until:
            return False
        order.pay_by, order.payment_id = until, payment_id
        return True

    return _move(owed, wait, _("A payment was announced; its money is still to come."), now)


@transaction.atomic
def give_up_payment(*, owed: Any, payment_id: str, now: datetime | None = None) -> int:
    """The payment ``payment_id`` will not come: who waited for it has PAYMENT_WINDOW to pay otherwise, but no
    longer than it would have waited; the winner of an auction so long. Answers for how many orders.

    Locks as ``await_payment``. Raises NotFound.
    """
    latest = (now or timezone.now()) + marketplace_settings.PAYMENT_WINDOW

    def give_up(order: Any) -> bool:
        if order.payment_id != payment_id:
            return False
        order.payment_id = ""
        if not order.source_type:  # what its source agreed may be later than that
            order.pay_by = min(order.pay_by, latest)
        return True

    return _move(owed, give_up, _("The payment that was announced did not come."), now)


def _move(owed: Any, move: Callable[[Any], bool], note: str, now: datetime | None) -> int:
    """``move`` every unpaid order of ``owed``; save, note and tell those that were moved, and their group."""
    if isinstance(owed, get_order_group_model()):
        group = locked(get_order_group_model()._default_manager.all(), owed.pk)
        orders = [locked_order(row.pk) for row in group.orders.order_by("pk")]
    else:
        order, group = locked_with_group(owed.pk)
        orders = [order]
    unpaid = [order for order in orders if order.status == order.Status.PENDING_PAYMENT]
    moved = [order for order in unpaid if move(order)]
    for order in moved:
        order.save(update_fields=["pay_by", "payment_id", "updated_at"])
        add_note(order, None, note, now=now)
        tell_step(order, OrderDeadlineMoved, None, note, pay_by=order.pay_by.isoformat())
    if group is not None and moved:
        group.pay_by = max(order.pay_by for order in unpaid)
        group.save(update_fields=["pay_by", "updated_at"])
    return len(moved)
