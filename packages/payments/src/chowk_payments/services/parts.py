"""A payment's parts: made with it, locked with it, and its state as theirs together make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from chowk_core.money import split
from chowk_core.targets import Target
from chowk_payments.abstract_models import (
    LIVE_STATES,
    AbstractPayment,
    AbstractPaymentPart,
    AbstractRefund,
    PaymentState,
    RefundState,
)
from chowk_payments.exceptions import NotPayable
from chowk_payments.models import get_payment_model, get_payment_part_model, get_refund_model

HELD = (PaymentState.CAPTURED, PaymentState.REFUNDING, PaymentState.RELEASED)
"""States of a payment whose money has come, and of which something may be left to release or refund."""


@dataclass(frozen=True, kw_only=True)
class PartSpec:
    """What of a charge is for which target and payee, in minor units. ``fee`` None: FEE is asked at the
    release."""

    target: Target
    payee_id: str
    amount: int
    fee: int | None

    def facts(self) -> tuple[Any, ...]:
        """What must not have changed for a payment to be taken up again."""
        return (self.target, self.payee_id, self.amount)


def specs_of(charge: Any, target: Target) -> list[PartSpec]:
    """The parts of ``charge`` (``policies.Charge``): one, of ``target`` itself, where it names none.

    Amounts that do not add up to the charge's are taken as weights and split by largest remainder. Raises
    NotPayable where a payee would pay themselves or a target comes twice, ValueError for a fee out of range.
    """
    given = [
        (part.target.canonical(), part.payee_id, part.amount_minor, part.fee_minor)
        for part in getattr(charge, "parts", None) or ()
    ]
    given = given or [(target, charge.payee_id, charge.amount_minor, getattr(charge, "fee_minor", None))]
    amounts = [amount for _target, _payee, amount, _fee in given]
    if sum(amounts) != charge.amount_minor:
        amounts = split(charge.amount_minor, amounts)
    specs = [
        PartSpec(target=link, payee_id=payee, amount=amount, fee=fee)
        for (link, payee, _amount, fee), amount in zip(given, amounts, strict=True)
    ]
    if len({spec.target for spec in specs}) < len(specs):
        raise NotPayable
    for spec in specs:
        if spec.payee_id == charge.payer_id:
            raise NotPayable
        if spec.fee is not None and not 0 <= spec.fee <= spec.amount:
            raise ValueError(f"a charge has a fee of {spec.fee} of {spec.amount} {charge.currency}")
    return specs


def sole_payee(specs: Sequence[PartSpec]) -> Any:
    """The payee of all ``specs``, None where they are several."""
    payees = {spec.payee_id for spec in specs}
    return get_user_model()._default_manager.get(pk=payees.pop()) if len(payees) == 1 else None


def create_parts(payment: AbstractPayment, specs: Sequence[PartSpec]) -> None:
    """Store the parts of a new ``payment``. Raises IntegrityError where another has the target's money."""
    model, key = get_payment_part_model(), get_user_model()._meta.pk
    rows = []
    for position, spec in enumerate(specs):
        row = model(
            payment=payment,
            position=position,
            payee_id=key.to_python(spec.payee_id),
            amount=spec.amount,
            currency=payment.currency,
            fee=spec.fee,
            created_at=payment.created_at,
        )
        row.target = spec.target
        rows.append(row)
    model._default_manager.bulk_create(rows)


def parts_of(payment: AbstractPayment) -> list[AbstractPaymentPart]:
    """The parts of ``payment`` in their order; none for a top-up."""
    parts: Any = get_payment_part_model()._default_manager
    return list(parts.filter(payment=payment).select_related("payee").order_by("position"))


def same_parts(payment: AbstractPayment, specs: Sequence[PartSpec]) -> bool:
    """Whether ``specs`` are what ``payment`` was begun for."""
    stored = [(part.target, str(part.payee.pk), part.amount) for part in parts_of(payment)]
    return stored == [spec.facts() for spec in specs]


def set_live(payment: AbstractPayment) -> None:
    """Let the parts of a locked ``payment`` hold their targets while its state does. Raises IntegrityError
    where another payment took one meanwhile."""
    live = payment.state in LIVE_STATES
    parts = get_payment_part_model()._default_manager.filter(payment=payment)
    parts.exclude(live=live).update(live=live)


def lock_part(part: AbstractPaymentPart) -> tuple[AbstractPayment, AbstractPaymentPart]:
    """Lock the part's payment, then the part."""
    payments: Any = get_payment_model()._default_manager.select_for_update(of=("self",))
    payment = payments.select_related("payer").get(pk=part.payment.pk)
    rows: Any = get_payment_part_model()._default_manager.select_for_update(of=("self",))
    row: AbstractPaymentPart = rows.select_related("payee").get(pk=part.pk)
    row.payment = payment
    return payment, row


def held_parts(target: Target) -> list[AbstractPaymentPart]:
    """The parts whose money came for ``target``, or was paid together under it. Raises UnknownTarget."""
    rows: Any = get_payment_part_model()._default_manager
    return list(
        rows.of_target(target.canonical())
        .filter(payment__state__in=HELD)
        .select_related("payment")
        .order_by("payment", "position")
    )


def parts_about(target: Target) -> list[AbstractPaymentPart]:
    """All parts for ``target``, or paid together under it: also of payments that took no money, or not yet.
    Raises UnknownTarget."""
    rows: Any = get_payment_part_model()._default_manager
    return list(rows.about(target.canonical()).select_related("payment").order_by("payment", "position"))


def on_its_way(part: AbstractPaymentPart, *, without: AbstractRefund | None = None) -> int:
    """What of a locked ``part`` is at the gateway, or was declined there and waits in escrow."""
    refunds: Any = get_refund_model()._default_manager
    rows = refunds.on_their_way().filter(part=part).exclude(pk=without and without.pk)
    return sum(rows.values_list("amount", flat=True))


def update_state(payment: AbstractPayment) -> None:
    """Give a locked ``payment`` the state that its parts make (see PaymentState)."""
    parts = parts_of(payment)
    left = sum(part.left for part in parts)
    refunds = get_refund_model()._default_manager.filter(part__payment=payment, state=RefundState.PROCESSING)
    on_its_way = sum(refunds.values_list("amount", flat=True))
    if not left:
        state = PaymentState.REFUNDED
    elif on_its_way == left:
        state = PaymentState.REFUNDING
    elif all(part.released_at or not part.left for part in parts):
        state = PaymentState.RELEASED
    else:
        state = PaymentState.CAPTURED
    if payment.state != state:
        payment.state = state
        payment.save(update_fields=["state", "updated_at"])
        if state == PaymentState.REFUNDED:
            set_live(payment)
