"""How the money of a refund moves: back out of the payee's wallet if need be, then to where it came from.

Through a gateway: the attempt is recorded and its money held, committed, then the gateway is called without a
transaction, then the outcome is recorded. Killed between any two steps, ``resolve_uncertain_payments``
finishes it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from chowk_payments.abstract_models import (
    AbstractAccount,
    AbstractPayment,
    AbstractPaymentAttempt,
    AbstractPaymentPart,
    AbstractRefund,
    AccountKind,
    AttemptKind,
    AttemptState,
    Method,
    RefundState,
)
from chowk_payments.balances import lock_balances
from chowk_payments.gateways.base import GatewayUnavailable, Outcome, Status
from chowk_payments.legs import Delta, Leg
from chowk_payments.models import get_balance_model, get_payment_attempt_model, get_transfer_model
from chowk_payments.services.accounts import AccountSpec, get_or_open_all
from chowk_payments.services.announcing import announce_refund_failed, announce_refunded, announce_wallets
from chowk_payments.services.charging import OPEN, capture_key, finish, gateway_called, intent_of, lock
from chowk_payments.services.debts import debt_of
from chowk_payments.services.escrow import release_soon
from chowk_payments.services.freezing import free_released, hold_released
from chowk_payments.services.holds import hold, post_hold, void_hold
from chowk_payments.services.parts import lock_part, on_its_way, update_state
from chowk_payments.services.shares import fee_share, fee_to_return
from chowk_payments.services.transfers import reverse, transfer


def give_back(refund: AbstractRefund) -> None:
    """Begin to give the money of an approved or failed, locked refund back, or do it, to a wallet.

    The money of a failed one is in escrow: whatever was to be taken out of the payee's wallet has been."""
    part = refund.part
    payment, in_escrow = part.payment, refund.state == RefundState.FAILED or part.released_at is None
    refund.state = RefundState.PROCESSING
    refund.save(update_fields=["state"])
    changes = [] if in_escrow else _recall(refund, _destination(payment))
    if payment.method == Method.WALLET:
        original = get_transfer_model()._default_manager.get(
            key=capture_key(payment), reference=str(part.target)
        )
        reverse(original=original, amount=refund.amount, key=f"refund:{refund.pk}", code="refund")
        _complete(refund, [*changes, (original.debit_account, refund.amount)])
        return
    attempt = _start(refund)
    refund.save(update_fields=["fee_returned"])
    update_state(payment)
    announce_wallets(changes, code="refund", payment=payment)
    transaction.on_commit(partial(perform_refund, attempt), robust=True)


def perform_refund(attempt: AbstractPaymentAttempt) -> AbstractPayment:
    """Ask the gateway for a recorded refund and record what it says. Not to be called in a transaction."""
    charge = get_payment_attempt_model()._default_manager.get(
        payment=attempt.payment, kind=AttemptKind.CHARGE, state=AttemptState.SUCCEEDED
    )
    try:
        outcome = gateway_called(attempt.gateway).refund(
            intent=intent_of(charge), key=str(attempt.pk), amount=attempt.amount
        )
    except GatewayUnavailable:
        outcome = Outcome(status=Status.PROCESSING)
    return record_refund(attempt, outcome)


def record_refund(attempt: AbstractPaymentAttempt, outcome: Outcome) -> AbstractPayment:
    """Write what the gateway said of a refund. What is known already is not written again.

    Locks the payment, the attempt, the part, the hold, balances, streams.
    """
    with transaction.atomic():
        payment, row = lock(attempt)
        if row.state not in OPEN or row.hold is None or row.refund is None:
            return payment
        refund = row.refund
        refund.part = lock_part(refund.part)[1]  # type: ignore[assignment]
        if refund.part.released_at:
            lock_accounts(refund.part)
        row.gateway_reference = outcome.reference
        if outcome.status == Status.SUCCEEDED:
            post_hold(hold=row.hold)
            finish(row, AttemptState.SUCCEEDED)
            _complete(refund, [])
            release_soon(refund.part)
        elif outcome.status in {Status.DECLINED, Status.CANCELLED, Status.UNKNOWN}:
            void_hold(hold=row.hold)
            finish(row, AttemptState.FAILED, outcome.code or "declined", outcome.message)
            _fail(refund, row.failure_code)
        else:
            row.state = AttemptState.UNCERTAIN
            row.save()
    return refund.part.payment


def _complete(refund: AbstractRefund, changes: list[tuple[AbstractAccount, int]]) -> None:
    """The money of ``refund`` is back."""
    part = refund.part
    part.refunded += refund.amount
    part.live = part.live and part.left > 0
    part.save(update_fields=["refunded", "live"])
    refund.state, refund.completed_at = RefundState.COMPLETED, timezone.now()
    refund.save(update_fields=["state", "completed_at", "fee_returned"])
    update_state(part.payment)
    announce_refunded(refund)
    announce_wallets(changes, code="refund", payment=part.payment)


def _fail(refund: AbstractRefund, code: str) -> None:
    """The gateway would not give the money back: it stays in escrow until somebody decides."""
    refund.state, refund.failure_code = RefundState.FAILED, code
    refund.save(update_fields=["state", "failure_code"])
    update_state(refund.part.payment)
    announce_refund_failed(refund)


def give_to_bank(refund: AbstractRefund) -> None:
    """The payer's bank has the money of an approved, locked refund: it leaves escrow for good."""
    refund.state = RefundState.PROCESSING
    refund.save(update_fields=["state"])
    bank = bank_of(refund.part)
    changes = _recall(refund, bank) if refund.part.released_at else []
    escrow, disputed = get_or_open_all([AccountSpec(kind=AccountKind.ESCROW, currency=refund.currency), bank])
    _move(refund, [(escrow, disputed, refund.amount)], step="chargeback")
    _complete(refund, changes)


def bank_of(part: AbstractPaymentPart) -> AccountSpec:
    """Where money goes that the payer's bank takes back."""
    return AccountSpec(kind=AccountKind.DISPUTED, currency=part.currency)


def record_late_failure(attempt: AbstractPaymentAttempt, outcome: Outcome) -> None:
    """The gateway could not give back what it said it had: the money is with it again, and so in escrow,
    until somebody decides as about any refund that failed. Repeating it is safe. Locks as
    ``record_refund``."""
    with transaction.atomic():
        _payment, row = lock(attempt)
        refund = row.refund
        if row.state != AttemptState.SUCCEEDED or refund is None or refund.state != RefundState.COMPLETED:
            return
        refund.part = lock_part(refund.part)[1]  # type: ignore[assignment]
        clearing, escrow = get_or_open_all(
            [
                _destination(refund.part.payment),
                AccountSpec(kind=AccountKind.ESCROW, currency=refund.currency),
            ]
        )
        _move(refund, [(clearing, escrow, refund.amount)], step=f"failed:{row.pk}")
        finish(row, AttemptState.FAILED, outcome.code or "refund_failed", outcome.message)
        _reopen(refund, row.failure_code)


def _reopen(refund: AbstractRefund, code: str) -> None:
    """A completed refund of a locked part has failed after all. Where another payment has the target
    meanwhile the part stays closed, and what failed is the payer's only."""
    part = refund.part
    refund.fee_returned = _fee_share_of(refund)
    part.refunded -= refund.amount
    part.save(update_fields=["refunded"])
    refund.state, refund.failure_code, refund.completed_at = RefundState.FAILED, code, None
    refund.save(update_fields=["state", "failure_code", "completed_at", "fee_returned"])
    try:
        with transaction.atomic():
            part.live = True
            part.save(update_fields=["live"])
            update_state(part.payment)
    except IntegrityError:
        part.refresh_from_db(fields=["live"])
        part.payment.refresh_from_db(fields=["state"])
    announce_refund_failed(refund)


def _fee_share_of(refund: AbstractRefund) -> int:
    """What of a completed refund came out of the platform's fee: as it was taken back, or, where the part was
    released after the refund, what the platform kept less."""
    part = refund.part
    if part.fee is None or part.released_at is None or refund.fee_returned:
        return refund.fee_returned
    before, after = (
        fee_share(fee=part.fee, amount=part.amount, refunded=part.refunded - less)
        for less in (refund.amount, 0)
    )
    recalled = get_transfer_model()._default_manager.filter(key=f"refund:{refund.pk}:recall")
    return 0 if recalled.exists() else min(part.fee_returned, after - before)


def put_into_wallet(refund: AbstractRefund) -> None:
    """Give the money of a failed, locked refund to the payer's wallet."""
    payment, currency = refund.part.payment, refund.currency
    escrow, wallet = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.ESCROW, currency=currency),
            AccountSpec(kind=AccountKind.WALLET, currency=currency, owner=payment.payer),
        ]
    )
    _move(refund, [(escrow, wallet, refund.amount)], step="wallet")
    _complete(refund, [(wallet, refund.amount)])


def give_up(refund: AbstractRefund) -> None:
    """Undo what a failed, locked refund of a released part took from the payee and the platform."""
    if refund.part.released_at:
        announce_wallets(_return(refund), code="refund", payment=refund.part.payment)
        update_state(refund.part.payment)


def _recall(refund: AbstractRefund, to: AccountSpec) -> list[tuple[AbstractAccount, int]]:
    """Take the refund of a released part back into escrow: its share of the fee from the platform, the rest
    from the payee, and what their wallet lacks as a debt of theirs. Locks the balance of ``to``, where it
    goes next, with the others. Answers what changed in wallets."""
    part = refund.part
    refund.fee_returned = fee_to_return(
        part, given=part.refunded + on_its_way(part, without=refund), amount=refund.amount
    )
    part.fee_returned += refund.fee_returned
    part.save(update_fields=["fee_returned"])
    escrow, wallet, revenue, receivable = lock_accounts(part, to)
    free_released(part)
    available = get_balance_model()._default_manager.get(account=wallet).available
    theirs = refund.amount - refund.fee_returned
    taken = min(theirs, max(0, available))
    _move(
        refund,
        [
            (wallet, escrow, taken),
            (receivable, escrow, theirs - taken),
            (revenue, escrow, refund.fee_returned),
        ],
        step="recall",
    )
    if part.frozen:
        hold_released(part)
    return [(wallet, -taken)]


def _return(refund: AbstractRefund) -> list[tuple[AbstractAccount, int]]:
    """Undo ``_recall``: what was booked as a debt is settled again, as far as it is not paid since. Answers
    what changed in wallets."""
    part = refund.part
    part.fee_returned -= refund.fee_returned
    part.save(update_fields=["fee_returned"])
    escrow, wallet, revenue, receivable = lock_accounts(part)
    rows = get_transfer_model()._default_manager.filter(key=f"refund:{refund.pk}:recall")
    owed = sum(row.amount for row in rows if row.debit_account == receivable)
    owed = min(owed, debt_of(receivable))
    theirs = refund.amount - refund.fee_returned
    _move(
        refund,
        [(escrow, wallet, theirs - owed), (escrow, receivable, owed), (escrow, revenue, refund.fee_returned)],
        step="return",
    )
    return [(wallet, theirs - owed)]


def lock_accounts(part: AbstractPaymentPart, *more: AccountSpec) -> list[AbstractAccount]:
    """Lock every balance that a refund of the released ``part`` may change, and ``more``. Who does several
    things to it in one transaction calls this first, with all of ``more``: taken in turns, the locks would
    not be in one order. Answers escrow, the payee's wallet, revenue, and what the payee owes."""
    currency = part.currency
    accounts = get_or_open_all(
        [
            AccountSpec(kind=AccountKind.ESCROW, currency=currency),
            AccountSpec(kind=AccountKind.WALLET, currency=currency, owner=part.payee),
            AccountSpec(kind=AccountKind.REVENUE, currency=currency),
            AccountSpec(kind=AccountKind.RECEIVABLE, currency=currency, owner=part.payee),
            _destination(part.payment),
            *more,
        ]
    )
    lock_balances({account.pk: Delta() for account in accounts})
    return accounts[:4]


def _destination(payment: AbstractPayment) -> AccountSpec:
    if payment.method == Method.WALLET:
        return AccountSpec(kind=AccountKind.WALLET, currency=payment.currency, owner=payment.payer)
    return AccountSpec(kind=AccountKind.CLEARING, currency=payment.currency, name=_charge_of(payment).gateway)


def _charge_of(payment: AbstractPayment) -> AbstractPaymentAttempt:
    return get_payment_attempt_model()._default_manager.get(
        payment=payment, kind=AttemptKind.CHARGE, state=AttemptState.SUCCEEDED
    )


def _move(
    refund: AbstractRefund, moves: list[tuple[AbstractAccount, AbstractAccount, int]], *, step: str
) -> None:
    reference = str(refund.part.target)
    transfer(
        legs=[
            Leg(debit=debit, credit=credit, amount=amount, code="refund", reference=reference)
            for debit, credit, amount in moves
            if amount
        ],
        key=f"refund:{refund.pk}:{step}",
    )


def _start(refund: AbstractRefund) -> AbstractPaymentAttempt:
    """Record that the gateway is about to be asked, and hold the money meanwhile."""
    payment, part = refund.part.payment, refund.part
    charge = _charge_of(payment)
    attempt = get_payment_attempt_model()._default_manager.create(
        payment=payment,
        refund=refund,
        kind=AttemptKind.REFUND,
        gateway=charge.gateway,
        amount=refund.amount,
        currency=refund.currency,
        reason=refund.reason,
        card_brand=charge.card_brand,
        card_last_four=charge.card_last_four,
    )
    clearing, escrow = get_or_open_all(
        [_destination(payment), AccountSpec(kind=AccountKind.ESCROW, currency=payment.currency)]
    )
    held: Any = hold(
        debit=escrow,
        credit=clearing,
        amount=refund.amount,
        code="refund",
        reference=str(part.target),
        key=f"attempt:{attempt.pk}",
    )
    attempt.hold = held
    attempt.save(update_fields=["hold"])
    return attempt
