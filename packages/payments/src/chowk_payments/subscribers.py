"""What payments do when others' events arrive. Names only: the publishers need not be installed."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from chowk_core.events import Published
from chowk_core.money import to_minor
from chowk_core.swapping import model_label
from chowk_core.targets import Target
from chowk_payments.models import get_payment_model, get_payment_part_model, get_refund_model
from chowk_payments.services import (
    freeze_escrow,
    issue_credit_note,
    issue_invoice,
    redeem_discount,
    refund_escrow,
    refund_part,
    refund_payment,
    release_discount,
    release_later,
    unfreeze_escrow,
)
from chowk_payments.services.parts import held_parts, parts_of


def _order(event: Published) -> Target:
    """The order an event speaks of, whatever model the site keeps orders in."""
    label = model_label("chowk_marketplace.Order").lower()
    return Target(type=label, id=event.payload["order_id"]).canonical()


def release_delivered_order(event: Published) -> None:
    """``marketplace.order_delivered``: the seller gets what is in escrow for it, after RELEASE_AFTER."""
    release_later(target=_order(event), at=event.at)


def refund_cancelled_order(event: Published) -> None:
    """``marketplace.order_cancelled``: the buyer gets back what is in escrow for the order."""
    refund_escrow(target=_order(event), reason=event.payload.get("reason", ""))


def refund_returned_goods(event: Published) -> None:
    """``marketplace.return_received``: the buyer gets what was agreed for what came back."""
    payload = event.payload
    _refund(
        event, payload["amount"], payload["currency"], payload["reason"], f"return:{payload['return_id']}"
    )


def freeze_disputed_order(event: Published) -> None:
    """``marketplace.complaint_opened``: the order's money stays where it is."""
    freeze_escrow(target=_order(event), dispute=f"complaint:{event.payload['complaint_id']}")


def settle_disputed_order(event: Published) -> None:
    """``marketplace.complaint_resolved``: the buyer gets what was decided, and the rest is free again:
    released if the order was delivered meanwhile."""
    payload = event.payload
    dispute = f"complaint:{payload['complaint_id']}"
    if payload["resolution"] in {"refund", "partial_refund"} and payload["refund_amount"]:
        _refund(event, payload["refund_amount"], payload["currency"], "complaint", dispute)
    unfreeze_escrow(target=_order(event), dispute=dispute)


def _refund(event: Published, amount: str, currency: str, reason: str, reference: str) -> None:
    """Refund ``amount`` of the order's part, or what no other refund has claimed of it."""
    minor = to_minor(amount, currency)
    for part in held_parts(_order(event)):
        if minor and part.target == _order(event):
            refund_part(part=part, amount=minor, capped=True, reason=reason, reference=reference)


def redeem_order_discount(event: Published) -> None:
    """``marketplace.order_paid``: the discount of an order of no checkout is used up."""
    redeem_discount(key=event.payload["order_id"])


def release_order_discount(event: Published) -> None:
    """``marketplace.order_cancelled``: the discount of an order of no checkout can be used again."""
    release_discount(key=event.payload["order_id"])


def redeem_group_discount(event: Published) -> None:
    """``marketplace.group_paid``: the discount of its orders is used up."""
    redeem_discount(key=event.payload["group_id"])


def release_group_discount(event: Published) -> None:
    """``marketplace.group_cancelled``: the discount of its orders can be used again."""
    release_discount(key=event.payload["group_id"])


def refund_refused_payment(event: Published) -> None:
    """``marketplace.payment_refused``: that payment's money goes back, of an order among several the order's
    share. Others' payments are ignored."""
    payments = get_payment_model()._default_manager
    try:
        payment = payments.filter(pk=event.payload["payment_id"]).first()
    except (ValidationError, ValueError):
        return
    if payment is None:
        return
    order, reason = _order(event), event.payload.get("reason", "")
    part = next((part for part in parts_of(payment) if part.target == order), None)
    if part is None:
        refund_payment(payment=payment, reason=reason)
    elif part.left:
        refund_part(part=part, reason=reason)


def issue_invoices(event: Published) -> None:
    """``payments.captured``: each part gets its invoice, where INVOICES has a policy for its target."""
    parts = get_payment_part_model()._default_manager.filter(payment=event.payload["payment_id"])
    for part in parts.select_related("payment").order_by("position"):
        issue_invoice(part=part)


def issue_refund_notes(event: Published) -> None:
    """``payments.refunded``: the refund gets its credit note, where its part has an invoice."""
    refunds = get_refund_model()._default_manager.filter(pk=event.payload["refund_id"])
    for refund in refunds.select_related("part", "part__payment"):
        issue_credit_note(refund=refund)
