"""What of an order's money goes back: what is claimed of it, and what payments say has gone back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed
from moneyed import Money

from chowk_core.money import amount_text, from_minor, money_to_minor
from chowk_marketplace.events import OrderRefunded
from chowk_marketplace.models import get_order_transition_model
from chowk_marketplace.services.fulfilment import advance, cancel_order, tell_step
from chowk_marketplace.services.groups import locked_with_group

NOTE_LENGTH = 500


def left_of(order: Any) -> int:
    """What of a locked order's total nothing claims yet nor has gone back, in minor units.

    What was claimed and has gone back counts once; a claim still under way beside another refund may so leave
    more than there is, which payments cap.
    """
    gone = Money(max(order.refund_claimed, order.refunded), order.total.currency)
    return money_to_minor(order.total) - money_to_minor(gone)


def claim_refund(order: Any, minor: int) -> Money:
    """Claim ``minor`` units of a locked order's total, at most what is left, and return what was claimed."""
    claimed = from_minor(min(minor, left_of(order)), order.total.currency.code)
    order.refund_claimed += claimed.amount
    order.save(update_fields=["refund_claimed", "updated_at"])
    return claimed


def add_note(order: Any, actor: Any, *texts: str, now: datetime | None = None) -> None:
    """Write into a locked order's history without a step: from its status to the same."""
    get_order_transition_model()._default_manager.create(
        order=order,
        from_status=order.status,
        to_status=order.status,
        actor=actor,
        note=" ".join(text for text in texts if text)[:NOTE_LENGTH],
        at=now or timezone.now(),
    )


@transaction.atomic
def record_refund(
    *, order: Any, payment_id: str, amount: Money, remaining: Money, now: datetime | None = None
) -> bool:
    """``amount`` of the payment ``payment_id`` went back to the buyer; say whether that was news.

    Where nothing remains an order that was not sent is cancelled, so that nobody sends what is not paid for
    any more, and another one is refunded. Otherwise it is noted in the history. A cancelled order, and one
    that was paid by another payment, stay. Locks as ``cancel_order``. Raises NotFound.
    """
    order, _group = locked_with_group(order.pk)
    if order.payment_id != payment_id:
        return False
    order.refunded = max(order.refunded, order.total.amount - remaining.amount)
    order.save(update_fields=["refunded", "updated_at"])
    if not remaining.amount and can_proceed(order.cancel):
        cancel_order(order=order, actor=None, reason=order.CancelReason.STAFF, note=_("Refunded."), now=now)
    elif not remaining.amount and can_proceed(order.refund):
        note = _("Refunded.")
        advance(order, "refund", None, note=note, now=now)
        tell_step(order, OrderRefunded, None, note)
    elif order.status in {order.Status.CANCELLED, order.Status.REFUNDED}:
        return False
    else:
        code = amount.currency.code
        text = f"{amount_text(money_to_minor(amount), code)} {code}"
        add_note(order, None, _("Refunded: %(amount)s.") % {"amount": text}, now=now)
    return True
