"""What a payer does: pay, top up, answer a challenge, try again, give up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from chowk_core.exceptions import NotAllowed
from chowk_core.policies import Refused
from chowk_core.targets import Target
from chowk_payments.abstract_models import (
    LIVE_STATES,
    MAX_AMOUNT,
    AbstractPayment,
    Method,
    PaymentState,
    Purpose,
)
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import (
    AlreadyPaid,
    CardNotExpected,
    CardRequired,
    InvalidLedgerAmount,
    KeyReused,
    NotPayable,
    PaymentInProgress,
    PaymentOverdue,
    WrongPaymentState,
)
from chowk_payments.gateways.base import BankTransfer, Card, Cash, Source
from chowk_payments.models import get_payment_model, get_payment_part_model
from chowk_payments.policies import Charge
from chowk_payments.services.accounts import wallet_of
from chowk_payments.services.charging import (
    capture,
    check_taken,
    gateway_called,
    intent_of,
    open_charge,
    record,
    start_attempt,
    submit,
)
from chowk_payments.services.parts import (
    PartSpec,
    create_parts,
    parts_of,
    same_parts,
    set_live,
    sole_payee,
    specs_of,
)
from chowk_payments.services.top_up_rules import check_top_up

SOURCES: dict[str, Callable[[], Source | None]] = {Method.CASH: Cash, Method.BANK_TRANSFER: BankTransfer}
"""What pays by a method that needs nothing else to be known."""

PAID_STATES = frozenset({PaymentState.CAPTURED, PaymentState.RELEASED, PaymentState.REFUNDING})


@sensitive_variables("card", "source")
def pay(
    *,
    payer: Any,
    target: Target,
    method: str,
    card: Card | None = None,
    source: Source | None = None,
    key: str = "",
) -> AbstractPayment:
    """Pay for ``target``, from the payer's wallet or through the gateway of ``method``. The money goes into
    escrow.

    ``source`` is how the payer pays: a ``Token``, ``Redirect``, ``Cash``…; ``card`` is short for a typed
    card, which only the dummy gateway takes. Returns the payment: captured, failed (declined),
    requires_action (3-D Secure, a redirect, cash to come) or processing (the gateway did not answer yet).
    ``key`` makes it happen once: repeated, it goes on where the first call stopped. Unless from the wallet it
    calls the gateway and so must not be called in a transaction.

    Raises UnknownTarget, NotPayable, PaymentOverdue, Refused (the policy's no), MethodNotOffered,
    CardRequired, CardNotExpected, SourceNotTaken, InvalidCard, InsufficientFunds, AlreadyPaid,
    PaymentInProgress, KeyReused.
    """
    target = target.canonical()
    source = checked_source(method, source or card)
    if before := _keyed(payer, key, purpose=Purpose.PURCHASE, method=method, target=target):
        return _go_on(before, source)
    charge = charge_for(payer=payer, target=target, method=method)
    specs = specs_of(charge, target)
    payment = get_payment_model()(
        payer=payer,
        payee=sole_payee(specs),
        amount=charge.amount_minor,
        currency=charge.currency,
        description=charge.description[:200],
        method=method,
        key=key,
    )
    payment.target = target
    return _start(payment, source, specs)


@sensitive_variables("card", "source")
def top_up(
    *,
    payer: Any,
    amount: int,
    currency: str,
    card: Card | None = None,
    source: Source | None = None,
    method: str = Method.CARD,
    key: str = "",
) -> AbstractPayment:
    """Put ``amount`` minor units from a card into the payer's own wallet. As ``pay`` otherwise.

    Raises InvalidLedgerAmount, UnknownCurrency, CurrencyNotOffered, TopUpTooLarge, CardRequired (also for the
    wallet as method), SourceNotTaken, MethodNotOffered, InvalidCard, KeyReused.
    """
    if method == Method.WALLET:
        raise CardRequired
    source = checked_source(method, source or card)
    check_top_up(amount, currency)
    wallet = wallet_of(payer, currency)
    target = Target.of(wallet)
    if before := _keyed(payer, key, purpose=Purpose.TOP_UP, method=method, target=target, amount=amount):
        return _go_on(before, source)
    payment = get_payment_model()(
        purpose=Purpose.TOP_UP,
        payer=payer,
        payee=payer,
        amount=amount,
        currency=currency,
        method=method,
        key=key,
    )
    payment.target = target
    return _start(payment, source)


@sensitive_variables("card", "source")
def retry(
    *,
    payment: AbstractPayment,
    payer: Any,
    method: str = Method.CARD,
    card: Card | None = None,
    source: Source | None = None,
) -> AbstractPayment:
    """Try to take the money again, with another card, by another method or from the wallet.

    What waits for the payer is cancelled at the gateway first. Where an answer is outstanding the gateway is
    asked again, about the same attempt, so that nobody is charged twice. Returns and raises as ``pay``, and
    NotAllowed, WrongPaymentState.
    """
    _check_payer(payment, payer)
    source = checked_source(method, source or card)
    payment.refresh_from_db()
    if payment.state == PaymentState.PROCESSING and method == payment.method != Method.WALLET:
        return _go_on(payment, source)
    if payment.state == PaymentState.REQUIRES_ACTION:
        payment = cancel_payment(payment=payment, payer=payer)
    if payment.state not in {PaymentState.FAILED, PaymentState.CANCELLED}:
        raise WrongPaymentState(state=payment.get_state_display())
    if payment.purpose == Purpose.TOP_UP and method == Method.WALLET:
        raise CardRequired
    if payment.purpose == Purpose.PURCHASE:
        charge = charge_for(payer=payer, target=payment.target, method=method)
        same = (charge.amount_minor, charge.currency) == (payment.amount, payment.currency)
        if not same or not same_parts(payment, specs_of(charge, payment.target)):
            raise WrongPaymentState(state=payment.get_state_display())
    return _start(payment, source, method=method)


def confirm_payment(*, payment: AbstractPayment, payer: Any, answer: str = "") -> AbstractPayment:
    """Go on after the payer's action, with the ``answer`` a page collected. Repeating it is safe.

    Asks the policy once more: what has become unpayable meanwhile is cancelled. Calls the gateway. Raises
    NotAllowed, WrongPaymentState, InvalidAnswer, Refused, NotPayable, PaymentOverdue, GatewayUnavailable.
    """
    _check_payer(payment, payer)
    payment.refresh_from_db()
    attempt = open_charge(payment)
    if attempt is None or payment.state not in {PaymentState.REQUIRES_ACTION, PaymentState.PROCESSING}:
        if payment.state in PAID_STATES:
            return payment
        raise WrongPaymentState(state=payment.get_state_display())
    if payment.purpose == Purpose.PURCHASE:
        try:
            charge_for(payer=payer, target=payment.target)
        except (Refused, NotPayable, PaymentOverdue):
            cancel_payment(payment=payment, payer=payer)
            raise
    return record(attempt, gateway_called(attempt.gateway).confirm(intent=intent_of(attempt), answer=answer))


def cancel_payment(*, payment: AbstractPayment, payer: Any) -> AbstractPayment:
    """Give up a payment that has taken no money. Where the gateway turns out to have taken it, it is
    captured.

    Calls the gateway. Raises NotAllowed, WrongPaymentState, GatewayUnavailable.
    """
    _check_payer(payment, payer)
    payment.refresh_from_db()
    if attempt := open_charge(payment):
        return record(attempt, gateway_called(attempt.gateway).cancel(intent=intent_of(attempt)))
    with transaction.atomic():
        row = get_payment_model()._default_manager.select_for_update().get(pk=payment.pk)
        if row.state not in {PaymentState.FAILED, PaymentState.CANCELLED}:
            raise WrongPaymentState(state=row.get_state_display())
        row.state = PaymentState.CANCELLED
        row.save(update_fields=["state", "updated_at"])
    return row


def charge_for(*, payer: Any, target: Target, method: str = "") -> Charge:
    """What ``payer`` owes for ``target``, by policy. Raises NotPayable, Refused (also where the policy
    refuses the ``method``), UnknownTarget, and PaymentOverdue after its ``pay_by``."""
    policy = payments_settings.PAYABLES.get(target.type)
    if policy is None:
        raise NotPayable
    charge = policy(target=target, payer=payer)
    if charge.refusal:
        raise Refused(charge.refusal)
    if refusal := getattr(charge, "refused_methods", {}).get(method):
        raise Refused(refusal)
    if not charge.payable or charge.payer_id != str(payer.pk):
        raise NotPayable
    if charge.pay_by and charge.pay_by <= timezone.now():
        raise PaymentOverdue
    if not 0 < charge.amount_minor <= MAX_AMOUNT:
        raise InvalidLedgerAmount(limit=MAX_AMOUNT)
    specs_of(charge, target)
    return charge


@sensitive_variables("source")
def checked_source(method: str, source: Source | None) -> Source | None:
    """What to pay with by ``method``, None for the wallet; cash and bank transfers need not be told.

    Raises CardRequired, CardNotExpected, InvalidCard, SourceNotTaken, MethodNotOffered, UnknownGateway, and
    ValueError for an unknown method.
    """
    method = Method(method)
    if method == Method.WALLET:
        if source is not None:
            raise CardNotExpected
        return None
    source = source or SOURCES.get(method, lambda: None)()
    if source is None:
        raise CardRequired
    check_taken(method, source)
    if isinstance(source, Card):
        source.validate()
    return source


def _check_payer(payment: AbstractPayment, payer: Any) -> None:
    if payment.payer.pk != payer.pk:
        raise NotAllowed


def _start(
    payment: AbstractPayment, source: Source | None, specs: Sequence[PartSpec] = (), *, method: str = ""
) -> AbstractPayment:
    """Begin to take the money of a new payment of parts ``specs``, or with ``method`` of one that failed,
    whose row is locked."""
    attempt = None
    try:
        with transaction.atomic(durable=source is not None):
            if method:
                payment = _reopen(payment, method)
            if source is not None:
                payment.state = PaymentState.PROCESSING
            payment.save()
            if method:
                set_live(payment)
            else:
                create_parts(payment, specs)
            if source is None:
                capture(payment)
            else:
                attempt = start_attempt(payment)
    except IntegrityError:
        raise_conflict(payment, [spec.target for spec in specs])
        raise
    return submit(attempt, source) if attempt and source else payment


def _reopen(payment: AbstractPayment, method: str) -> AbstractPayment:
    row = get_payment_model()._default_manager.select_for_update().get(pk=payment.pk)
    if row.state not in {PaymentState.FAILED, PaymentState.CANCELLED}:
        raise PaymentInProgress
    row.method, row.failure_code, row.state = method, "", PaymentState.CREATED
    return row


def raise_conflict(payment: AbstractPayment, targets: Sequence[Target] = ()) -> None:
    """Say which payment of one of ``targets`` (or those it has parts for) stood in the way: AlreadyPaid, or
    PaymentInProgress. Else return."""
    rows = get_payment_model()._default_manager.all()
    if payment.purpose == Purpose.PURCHASE:
        states = list(
            rows.for_target(payment.target)  # type: ignore[attr-defined]
            .filter(state__in=LIVE_STATES)
            .values_list("state", flat=True)
        )
        parts: Any = get_payment_part_model()._default_manager
        for target in targets or [part.target for part in parts_of(payment)]:
            live = parts.of_target(target).values_list("payment", "payment__state")
            states += [state for key, state in live if key != payment.pk]
        if states:
            raise AlreadyPaid if PAID_STATES & set(states) else PaymentInProgress
    if payment.key and rows.filter(payer=payment.payer, key=payment.key).exists():
        raise PaymentInProgress


def _keyed(payer: Any, key: str, **facts: Any) -> AbstractPayment | None:
    """What ``payer`` began under ``key``. Raises KeyReused if it was something else."""
    if not key:
        return None
    payment = get_payment_model()._default_manager.filter(payer=payer, key=key).first()
    if payment and any(getattr(payment, name) != value for name, value in facts.items()):
        raise KeyReused
    return payment


def _go_on(payment: AbstractPayment, source: Source | None) -> AbstractPayment:
    """Finish what an earlier call may have left unfinished: an attempt of which no answer is known."""
    attempt = open_charge(payment)
    if attempt and source and payment.state == PaymentState.PROCESSING:
        return submit(attempt, source)
    return payment
