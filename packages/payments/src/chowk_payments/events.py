"""What payments tell. Ids travel as text, money as decimal text and its currency.

Payments tell on the stream ``payments.payment:<id>``, wallets on ``payments.wallet:<user id>``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class PaymentChanged(Event, name="payments.changed"):
    """A payment came into a state that decides nothing yet: it is processing, or waits for its payer or for
    money that is to come, at most until ``waits_until`` (ISO 8601; else "")."""

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    state: str
    waits_until: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event, name="payments.captured"):
    """The money is here: in escrow for the target, or in the payer's wallet for a top-up.

    ``parts`` says what of it is for which target: ``target_type``, ``target_id``, ``payee_id``, ``amount``.
    One of the target itself for a single purchase, none for a top-up.
    """

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    amount: str
    currency: str
    method: str
    parts: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event, name="payments.failed"):
    """An attempt was declined, or given up (code "cancelled"). The payer may try again."""

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class PaymentReleased(Event, name="payments.released"):
    """A part's escrow went out: ``net`` to the payee's wallet, ``fee`` to the platform. The target is the
    part's."""

    payment_id: str
    target_type: str
    target_id: str
    payee_id: str
    gross: str
    fee: str
    net: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Event, name="payments.refunded"):
    """Money of a part went back to where it came from. The target is the part's.

    ``refunded_total`` is all that went back so far, ``remaining`` what did not: "0.00" when all is back.
    """

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    payee_id: str
    refund_id: str
    amount: str
    refunded_total: str
    remaining: str
    currency: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefundChanged(Event, name="payments.refund_changed"):
    """A refund was asked for, approved or refused: ``state`` is "requested", "approved" or "refused"."""

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    payee_id: str
    refund_id: str
    amount: str
    currency: str
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event, name="payments.refund_failed"):
    """The gateway would not give the money back: it waits in escrow, and somebody must decide."""

    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    payee_id: str
    refund_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event, name="payments.disputed"):
    """The payer's bank takes the charge back, for a ``reason`` in the gateway's words. Somebody must look.
    ``payee_id`` is "" where several are paid at once."""

    payment_id: str
    target_type: str
    target_id: str
    payee_id: str
    amount: str
    currency: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class WalletChanged(Event, name="payments.wallet_changed"):
    """Money went into a wallet, or out of it (``amount`` is negative). ``available`` is what is left to
    spend."""

    user_id: str
    currency: str
    amount: str
    available: str
    code: str
    payment_id: str


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event, name="payments.invoice_issued"):
    """An invoice ("invoice") of what was paid, or a credit note ("credit_note") of what was refunded."""

    invoice_id: str
    kind: str
    number: str
    seller_id: str
    buyer_id: str
    total: str
    currency: str
    target_type: str
    target_id: str


@dataclass(frozen=True, kw_only=True)
class PayoutChanged(Event, name="payments.payout_changed"):
    """Money is on its way to a bank: ``state`` is "held", "processing", "paid" or "returned" (``code`` says
    why)."""

    payout_id: str
    user_id: str
    amount: str
    currency: str
    state: str
    code: str
