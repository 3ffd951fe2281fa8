"""What is told to PayPal of an order, and what an order says, in our words.

An order's ``custom_id`` is our key. Whoever gives an order up writes why behind it, after a slash: PayPal can
cancel no order, but nobody takes money for one that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from chowk_payments.gateways.base import Intent, Outcome, Redirect, Status
from chowk_payments.gateways.paypal_client import field, rows, to_paypal

try:
    from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
    from paypalserversdk.models.capture_request import CaptureRequest
    from paypalserversdk.models.money import Money
    from paypalserversdk.models.order_request import OrderRequest
    from paypalserversdk.models.patch import Patch
    from paypalserversdk.models.payment_source import PaymentSource
    from paypalserversdk.models.paypal_wallet import PaypalWallet
    from paypalserversdk.models.paypal_wallet_experience_context import PaypalWalletExperienceContext
    from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
    from paypalserversdk.models.refund_request import RefundRequest
except ImportError:  # the extra is optional; PayPalClient tells before any of these is needed
    pass

GIVEN_UP = "cancelled"
"""Why an order is given up where it was not declined."""

CAPTURES = {
    "COMPLETED": Status.SUCCEEDED,
    "PARTIALLY_REFUNDED": Status.SUCCEEDED,
    "REFUNDED": Status.SUCCEEDED,
    "PENDING": Status.PROCESSING,
    "DECLINED": Status.DECLINED,
    "FAILED": Status.DECLINED,
}

AUTHORIZATIONS = {
    "CREATED": Status.AUTHORISED,
    "PENDING": Status.PROCESSING,
    "DENIED": Status.DECLINED,
    "EXPIRED": Status.CANCELLED,
    "VOIDED": Status.CANCELLED,
}

ORDERS = {
    "CREATED": Status.REQUIRES_ACTION,
    "PAYER_ACTION_REQUIRED": Status.REQUIRES_ACTION,
    "VOIDED": Status.CANCELLED,
}

REFUNDS = {"COMPLETED": Status.SUCCEEDED, "FAILED": Status.DECLINED, "CANCELLED": Status.DECLINED}

RETURNABLE = frozenset({"COMPLETED", "PARTIALLY_REFUNDED"})


@dataclass(frozen=True)
class Order:
    """An order as it is now, with the payments that were made on it. ``why`` it was given up, "" if not."""

    id: str
    status: str
    intent: str = ""
    why: str = ""
    url: str = ""
    capture: Any = None
    authorization: Any = None
    refunds: tuple[Any, ...] = ()

    @classmethod
    def read(cls, body: Any) -> Order:
        """From what the client answers."""
        unit = next(iter(rows(body, "purchase_units")), None)
        payments = getattr(unit, "payments", None)
        links = {field(link, "rel"): field(link, "href") for link in rows(body, "links")}
        return cls(
            id=field(body, "id"),
            status=field(body, "status"),
            intent=field(body, "intent"),
            why=field(unit, "custom_id").partition("/")[2],
            url=links.get("payer-action") or links.get("approve", ""),
            capture=next(reversed(rows(payments, "captures")), None),
            authorization=next(reversed(rows(payments, "authorizations")), None),
            refunds=tuple(rows(payments, "refunds")),
        )

    @property
    def captured(self) -> bool:
        """Money was taken, whatever became of it."""
        return self.capture is not None and CAPTURES.get(field(self.capture, "status")) == Status.SUCCEEDED

    @property
    def reserved(self) -> bool:
        """Money waits to be captured."""
        status = field(self.authorization, "status")
        return self.capture is None and AUTHORIZATIONS.get(status) == Status.AUTHORISED

    @property
    def returnable(self) -> bool:
        """Money was taken although the order had been given up, and has not gone back."""
        return bool(self.why) and field(self.capture, "status") in RETURNABLE

    @property
    def open(self) -> bool:
        """No money has been taken or reserved, and nobody gave it up."""
        return not self.why and self.capture is None and self.authorization is None

    def outcome(self) -> Outcome:
        """What is the case."""
        outcome = Outcome(status=Status.PROCESSING, reference=self.id)
        if self.why and not self.returnable and not self.reserved:
            if self.why == GIVEN_UP:
                return replace(outcome, status=Status.CANCELLED)
            return declined(self.why, reference=self.id)
        for payment, statuses in ((self.capture, CAPTURES), (self.authorization, AUTHORIZATIONS)):
            if payment is not None:
                status = statuses.get(field(payment, "status"), Status.PROCESSING)
                reason = field(getattr(payment, "status_details", None), "reason").lower()
                if status == Status.DECLINED:
                    return declined(reason or "declined", reference=self.id)
                return replace(outcome, status=status, brand="paypal")
        status = ORDERS.get(self.status, Status.PROCESSING)
        action = {"type": "redirect", "url": self.url} if status == Status.REQUIRES_ACTION else {}
        return replace(outcome, status=status, action=action)


def declined(code: str, *, reference: str = "") -> Outcome:
    """PayPal, or we for it, will not do it: ``code`` is its name for why, in lower case."""
    messages = {
        "currency_not_taken": _("PayPal does not take this currency. Choose another way to pay."),
        "amount_not_taken": _("PayPal takes no fractions of this currency. Choose another way to pay."),
    }
    other = _("PayPal did not take the money. Try again, or choose another way to pay.")
    message = messages.get(code, other)
    return Outcome(status=Status.DECLINED, reference=reference, code=code, message=message)


def order_request(intent: Intent, source: Redirect | None, *, capture: bool = True) -> Any:
    """The order of ``intent``, to be approved on PayPal's page; without ``source`` one given up already."""
    unit = PurchaseUnitRequest(
        amount=AmountWithBreakdown(**to_paypal(intent.amount, intent.currency)),
        custom_id=intent.key if source else f"{intent.key}/{GIVEN_UP}",
        description=(intent.description or intent.key)[:127],
    )
    purpose = "CAPTURE" if capture else "AUTHORIZE"
    if source is None:
        return OrderRequest(intent=purpose, purchase_units=[unit])
    context = PaypalWalletExperienceContext(
        return_url=source.return_url,
        cancel_url=source.cancel_url or source.return_url,
        shipping_preference="NO_SHIPPING",
        user_action="PAY_NOW",
    )
    paid_by = PaymentSource(paypal=PaypalWallet(experience_context=context))
    return OrderRequest(intent=purpose, purchase_units=[unit], payment_source=paid_by)


def giving_up(intent: Intent, why: str) -> list[Any]:
    """The change that says why an order is given up."""
    path = "/purchase_units/@reference_id=='default'/custom_id"
    return [Patch(op="replace", path=path, value=f"{intent.key}/{why}")]


def capture_request(amount: int, currency: str) -> Any:
    """To take this much of what is reserved, and give the rest up."""
    return CaptureRequest(amount=Money(**to_paypal(amount, currency)), final_capture=True)


def refund_request(key: str, amount: dict[str, str] | None = None) -> Any:
    """To give that much back, or all that is left, under our key."""
    return RefundRequest(custom_id=key, **({"amount": Money(**amount)} if amount else {}))


def refund_outcome(row: Any) -> Outcome:
    """What became of a refund."""
    status = REFUNDS.get(field(row, "status"), Status.PROCESSING)
    reason = field(getattr(row, "status_details", None), "reason").lower()
    code = (reason or "refund_failed") if status == Status.DECLINED else ""
    return Outcome(status=status, reference=field(row, "id"), code=code)
