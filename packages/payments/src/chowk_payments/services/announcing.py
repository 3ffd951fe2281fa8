"""Publishing what happened to a payment and to wallets. Called last in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chowk_core.events import Event
from chowk_core.money import amount_text
from chowk_core.publishing import publish
from chowk_payments.abstract_models import (
    AbstractAccount,
    AbstractInvoice,
    AbstractPayment,
    AbstractPaymentPart,
    AbstractPayout,
    AbstractRefund,
    AccountKind,
)
from chowk_payments.events import (
    InvoiceIssued,
    PaymentCaptured,
    PaymentChanged,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentReleased,
    PayoutChanged,
    RefundChanged,
    RefundFailed,
    WalletChanged,
)
from chowk_payments.models import get_balance_model


def announce_changed(payment: AbstractPayment, *, waits_until: datetime | None = None) -> None:
    _publish(
        payment,
        PaymentChanged(
            **_target(payment),
            payer_id=_payer(payment),
            state=payment.state,
            waits_until=waits_until.isoformat() if waits_until else "",
        ),
    )


def announce_captured(payment: AbstractPayment, parts: Sequence[AbstractPaymentPart]) -> None:
    _publish(
        payment,
        PaymentCaptured(
            **_target(payment),
            payer_id=_payer(payment),
            amount=amount_text(payment.amount, payment.currency),
            currency=payment.currency,
            method=payment.method,
            parts=[
                {
                    "target_type": part.target.type,
                    "target_id": part.target.id,
                    "payee_id": str(part.payee.pk),
                    "amount": amount_text(part.amount, part.currency),
                }
                for part in parts
            ],
        ),
    )


def announce_failed(payment: AbstractPayment, code: str) -> None:
    _publish(payment, PaymentFailed(**_target(payment), payer_id=_payer(payment), code=code))


def announce_released(payment: AbstractPayment, part: AbstractPaymentPart, *, fee: int) -> None:
    """Just after the release, so ``part`` is what it came to."""
    _publish(
        payment,
        PaymentReleased(
            **_target(payment, part),
            payee_id=str(part.payee.pk),
            gross=amount_text(part.left, part.currency),
            fee=amount_text(fee, part.currency),
            net=amount_text(part.left - fee, part.currency),
            currency=part.currency,
        ),
    )


def announce_refunded(refund: AbstractRefund) -> None:
    """Just after ``refund`` was added to its part."""
    part, payment = refund.part, refund.part.payment
    _publish(
        payment,
        PaymentRefunded(
            **_target(payment, part),
            payer_id=_payer(payment),
            payee_id=str(part.payee.pk),
            refund_id=str(refund.pk),
            amount=amount_text(refund.amount, refund.currency),
            refunded_total=amount_text(part.refunded, part.currency),
            remaining=amount_text(part.left, part.currency),
            currency=refund.currency,
            reason=refund.reason,
        ),
    )


def announce_refund_asked(refund: AbstractRefund) -> None:
    """A refund was requested, approved or refused."""
    part, payment = refund.part, refund.part.payment
    _publish(
        payment,
        RefundChanged(
            **_target(payment, part),
            payer_id=_payer(payment),
            payee_id=str(part.payee.pk),
            refund_id=str(refund.pk),
            amount=amount_text(refund.amount, refund.currency),
            currency=refund.currency,
            state=refund.state,
            reason=refund.reason,
        ),
    )


def announce_refund_failed(refund: AbstractRefund) -> None:
    part, payment = refund.part, refund.part.payment
    _publish(
        payment,
        RefundFailed(
            **_target(payment, part),
            payer_id=_payer(payment),
            payee_id=str(part.payee.pk),
            refund_id=str(refund.pk),
            code=refund.failure_code,
        ),
    )


def announce_invoice(invoice: AbstractInvoice) -> None:
    link = invoice.part.target
    publish(
        InvoiceIssued(
            invoice_id=str(invoice.pk),
            kind=invoice.kind,
            number=invoice.number,
            seller_id=str(invoice.seller.pk),
            buyer_id=str(invoice.buyer.pk),
            total=amount_text(invoice.total, invoice.currency),
            currency=invoice.currency,
            target_type=link.type,
            target_id=link.id,
        )
    )


def announce_payout(payout: AbstractPayout) -> None:
    """A payout was asked for, paid or returned."""
    user_id = str(payout.user.pk)
    publish(
        PayoutChanged(
            payout_id=str(payout.pk),
            user_id=user_id,
            amount=amount_text(payout.amount, payout.currency),
            currency=payout.currency,
            state=payout.state,
            code=payout.failure_code,
        ),
        stream=f"payments.wallet:{user_id}",
    )


def announce_wallets(
    changes: Sequence[tuple[AbstractAccount, int]], *, code: str, payment: AbstractPayment | None = None
) -> None:
    """``announce_wallet`` for several wallets, in the order of their streams."""
    for wallet, amount in sorted(changes, key=lambda change: str(change[0].owner_id)):
        announce_wallet(wallet, amount, code=code, payment=payment)


def announce_disputed(payment: AbstractPayment, *, reason: str) -> None:
    _publish(
        payment,
        PaymentDisputed(
            **_target(payment),
            payee_id=str(payment.payee.pk) if payment.payee else "",
            amount=amount_text(payment.amount, payment.currency),
            currency=payment.currency,
            reason=reason,
        ),
    )


def announce_wallet(
    wallet: AbstractAccount, amount: int, *, code: str, payment: AbstractPayment | None = None
) -> None:
    """Tell the owner of ``wallet`` that ``amount`` minor units came in (went out, if negative)."""
    if wallet.kind != AccountKind.WALLET or not amount:
        return
    balance = get_balance_model()._default_manager.get(account=wallet)
    user_id = "" if wallet.owner_id is None else str(wallet.owner_id)
    event = WalletChanged(
        user_id=user_id,
        currency=wallet.currency,
        amount=amount_text(amount, wallet.currency),
        available=amount_text(balance.available, wallet.currency),
        code=code,
        payment_id=str(payment.pk) if payment else "",
    )
    publish(event, stream=f"payments.wallet:{user_id}")


def _publish(payment: AbstractPayment, event: Event) -> None:
    publish(event, stream=f"payments.payment:{payment.pk}")


def _target(payment: AbstractPayment, part: AbstractPaymentPart | None = None) -> dict[str, Any]:
    link = (part or payment).target
    return {"payment_id": str(payment.pk), "target_type": link.type, "target_id": link.id}


def _payer(payment: AbstractPayment) -> str:
    return str(payment.payer.pk)
