"""Charging a payment: the ledger's part, and the steps of an attempt at a gateway.

An attempt is recorded and committed, then the gateway is called without a transaction, then the outcome is
recorded. Killed between any two steps, it is finished by whoever repeats the call, or by
``resolve_uncertain_payments``: each step may run again without further effect.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from chowk_payments.abstract_models import (
    AbstractPayment,
    AbstractPaymentAttempt,
    AccountKind,
    AttemptKind,
    AttemptState,
    Method,
    PaymentState,
    Purpose,
)
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import MethodNotOffered, SourceNotTaken, UnknownGateway
from chowk_payments.gateways.base import (
    Card,
    Gateway,
    GatewayUnavailable,
    Intent,
    Outcome,
    Source,
    Status,
)
from chowk_payments.legs import Leg
from chowk_payments.models import get_payment_attempt_model, get_payment_model
from chowk_payments.services.accounts import AccountSpec, get_or_open_all
from chowk_payments.services.announcing import (
    announce_captured,
    announce_changed,
    announce_failed,
    announce_wallet,
)
from chowk_payments.services.debts import settle_debt
from chowk_payments.services.parts import parts_of, set_live
from chowk_payments.services.transfers import transfer

OPEN = (AttemptState.CREATED, AttemptState.REQUIRES_ACTION, AttemptState.UNCERTAIN)


def gateway_called(name: str) -> Gateway:
    """The configured gateway ``name``. Raises UnknownGateway."""
    try:
        return payments_settings.GATEWAYS[name]
    except KeyError as error:
        raise UnknownGateway(gateway=name) from error


def intent_of(attempt: AbstractPaymentAttempt) -> Intent:
    """What the gateway is told of ``attempt``: the same at every call."""
    return Intent(
        key=str(attempt.pk),
        amount=attempt.amount,
        currency=attempt.currency,
        description=attempt.payment.description,
        reference=attempt.gateway_reference,
        created_at=attempt.created_at,
    )


def gateway_for(method: str) -> str:
    """The name of the gateway that takes payments by ``method``. Raises MethodNotOffered, UnknownGateway."""
    if method == Method.CARD:
        name = payments_settings.CARD_GATEWAY
    else:
        name = payments_settings.METHODS.get(method, "")
    if not name:
        raise MethodNotOffered
    gateway_called(name)
    return name


def check_taken(method: str, source: Source) -> None:
    """Raises SourceNotTaken, MethodNotOffered or UnknownGateway unless the gateway takes ``source``."""
    if not isinstance(source, tuple(gateway_called(gateway_for(method)).sources)):
        raise SourceNotTaken


def start_attempt(payment: AbstractPayment) -> AbstractPaymentAttempt:
    """Record that the gateway is about to be asked, in the caller's transaction."""
    name = gateway_for(payment.method)
    return get_payment_attempt_model()._default_manager.create(
        payment=payment, gateway=name, amount=payment.amount, currency=payment.currency
    )


def submit(attempt: AbstractPaymentAttempt, source: Source) -> AbstractPayment:
    """Ask the gateway to charge ``source`` and record what it says. Not to be called in a transaction."""
    gateway = gateway_called(attempt.gateway)
    try:
        outcome = gateway.authorise(intent=intent_of(attempt), source=source)
    except GatewayUnavailable:
        outcome = Outcome(status=Status.PROCESSING)
        if isinstance(source, Card):
            outcome = replace(outcome, brand=source.brand, last_four=source.last_four)
    return record(attempt, outcome)


def record(attempt: AbstractPaymentAttempt, outcome: Outcome) -> AbstractPayment:
    """Write what the gateway said of a charge. An outcome that is known already is not written again.

    Locks the payment, the attempt, then as ``transfer`` and ``publish`` do.
    """
    with transaction.atomic():
        payment, row = lock(attempt)
        if row.state in OPEN:
            _remember(row, outcome)
            _apply(payment, row, outcome)
    attempt.refresh_from_db()
    return payment


def lock(attempt: AbstractPaymentAttempt) -> tuple[AbstractPayment, AbstractPaymentAttempt]:
    """Lock the attempt's payment, then the attempt."""
    payments = get_payment_model()._default_manager.select_for_update()
    payment: Any = payments.get(pk=attempt.payment.pk)
    row = get_payment_attempt_model()._default_manager.select_for_update().get(pk=attempt.pk)
    return payment, row


def _remember(row: AbstractPaymentAttempt, outcome: Outcome) -> None:
    row.gateway_reference = outcome.reference or row.gateway_reference
    row.card_brand = outcome.brand or row.card_brand
    row.card_last_four = outcome.last_four or row.card_last_four
    row.action = dict(outcome.action)


def _apply(payment: AbstractPayment, row: AbstractPaymentAttempt, outcome: Outcome) -> None:
    match outcome.status:
        case Status.SUCCEEDED:
            finish(row, AttemptState.SUCCEEDED)
            capture(payment, gateway=row.gateway)
        case Status.REQUIRES_ACTION:
            _wait(payment, row, AttemptState.REQUIRES_ACTION, PaymentState.REQUIRES_ACTION)
        case Status.DECLINED:
            finish(row, AttemptState.FAILED, outcome.code or "declined", outcome.message)
            _end(payment, PaymentState.FAILED, row.failure_code)
        case Status.CANCELLED:
            finish(row, AttemptState.CANCELLED, "cancelled")
            _end(payment, PaymentState.CANCELLED, "cancelled")
        case _:
            _wait(payment, row, AttemptState.UNCERTAIN, PaymentState.PROCESSING)


def given_up_at(attempt: AbstractPaymentAttempt) -> datetime:
    """When a charge is cancelled that has waited until then for its payer, or for the money."""
    gateway = gateway_called(attempt.gateway)
    return attempt.created_at + getattr(gateway, "action_timeout", payments_settings.ACTION_TIMEOUT)


def finish(row: AbstractPaymentAttempt, state: AttemptState, code: str = "", message: str = "") -> None:
    """Close an attempt."""
    row.state, row.failure_code, row.failure_message = state, code[:64], message[:200]
    row.resolved_at = timezone.now()
    row.save()


def _wait(
    payment: AbstractPayment, row: AbstractPaymentAttempt, state: AttemptState, payment_state: PaymentState
) -> None:
    row.state = state
    row.save()
    if payment.state != payment_state:
        payment.state = payment_state
        payment.save(update_fields=["state", "updated_at"])
        waits = payment_state == PaymentState.REQUIRES_ACTION
        announce_changed(payment, waits_until=given_up_at(row) if waits else None)


def _end(payment: AbstractPayment, state: PaymentState, code: str) -> None:
    payment.state, payment.failure_code = state, code
    payment.save(update_fields=["state", "failure_code", "updated_at"])
    set_live(payment)
    announce_failed(payment, code)


def capture(payment: AbstractPayment, *, gateway: str = "") -> None:
    """Book the money of a locked ``payment``: from wallet or gateway to escrow, a leg a part, or to the
    wallet for a top-up.

    Out of a wallet what its owner owes the platform is paid first. Raises InsufficientFunds for a wallet that
    has too little then.
    """
    source, destination = get_or_open_all([source_of(payment, gateway), destination_of(payment)])
    if payment.method == Method.WALLET:
        settle_debt(owner=payment.payer, currency=payment.currency, beside=[source, destination])
    parts = parts_of(payment)
    shares = [(part.amount, part.target) for part in parts] or [(payment.amount, payment.target)]
    code = "top_up" if payment.purpose == Purpose.TOP_UP else "payment"
    transfer(
        legs=[
            Leg(debit=source, credit=destination, amount=amount, code=code, reference=str(target))
            for amount, target in shares
            if amount
        ],
        key=capture_key(payment),
    )
    payment.state, payment.failure_code = PaymentState.CAPTURED, ""
    payment.save(update_fields=["state", "failure_code", "method", "updated_at"])
    announce_captured(payment, parts)
    announce_wallet(source, -payment.amount, code=code, payment=payment)
    announce_wallet(destination, payment.amount, code=code, payment=payment)


def capture_key(payment: AbstractPayment) -> str:
    """The ledger's key of the entry that captured ``payment``."""
    return f"payment:{payment.pk}:capture"


def source_of(payment: AbstractPayment, gateway: str) -> AccountSpec:
    """Where the payment's money comes from."""
    if payment.method == Method.WALLET:
        return AccountSpec(kind=AccountKind.WALLET, currency=payment.currency, owner=payment.payer)
    return AccountSpec(kind=AccountKind.CLEARING, currency=payment.currency, name=gateway)


def destination_of(payment: AbstractPayment) -> AccountSpec:
    """Where the payment's money is after its capture."""
    if payment.purpose == Purpose.TOP_UP:
        return AccountSpec(kind=AccountKind.WALLET, currency=payment.currency, owner=payment.payer)
    return AccountSpec(kind=AccountKind.ESCROW, currency=payment.currency)


def open_charge(payment: AbstractPayment) -> AbstractPaymentAttempt | None:
    """The charge of ``payment`` whose outcome is not known yet."""
    return payment.attempts.open().filter(kind=AttemptKind.CHARGE).select_related("payment").first()  # type: ignore[attr-defined]
