"""Setting money aside, then posting it, in full or in part, or letting it go: once."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from chowk_core.ids import uuid7
from chowk_payments import one_statement
from chowk_payments.abstract_models import AbstractAccount, AbstractHold, AbstractTransfer, HoldState
from chowk_payments.balances import change_balances, lock_balances
from chowk_payments.exceptions import DomainError, HoldExpired, HoldResolved, KeyReused, MoreThanHeld
from chowk_payments.legs import (
    HOLD_KEY,
    Delta,
    held,
    summed,
    validate_accounts,
    validate_amount,
    validate_key,
)
from chowk_payments.models import get_hold_model, get_transfer_model
from chowk_payments.services.batches import each


def hold(
    *,
    debit: AbstractAccount,
    credit: AbstractAccount,
    amount: int,
    code: str,
    reference: str = "",
    key: str = "",
    expires_at: datetime | None = None,
) -> AbstractHold:
    """Set ``amount`` minor units of ``debit`` aside for ``credit``: spoken for, not moved.

    ``key`` makes it happen once. Locks both balances, by account key. Raises InvalidLedgerAmount,
    SameAccount, CurrencyMismatch, InvalidKey, KeyReused, UnknownAccount, LedgerOverflow, InsufficientFunds.
    """
    validate_amount(amount)
    validate_accounts(debit, credit)
    if key:
        validate_key(key)
    row = get_hold_model()(
        key=key or str(uuid7()),
        debit_account=debit,
        credit_account=credit,
        amount=amount,
        currency=debit.currency,
        code=code,
        reference=reference,
        expires_at=expires_at,
    )
    if not one_statement.available():
        return _hold_by_orm(row)
    try:
        stored: AbstractHold | None = one_statement.insert_hold(row, _set_aside(row))  # type: ignore[arg-type]
    except DomainError:
        if key and (before := _find(row)):
            return before
        raise
    return stored or _find(row) or row


def post_hold(
    *, hold: AbstractHold, amount: int | None = None, now: datetime | None = None
) -> AbstractTransfer:
    """Turn ``amount`` (all, by default) of the hold into a transfer and free the rest. Repeating it is safe.

    Locks the hold, then both balances by account key. Raises InvalidLedgerAmount, MoreThanHeld, HoldExpired,
    HoldResolved (the hold was resolved otherwise).
    """
    amount = hold.amount if amount is None else amount
    validate_amount(amount)
    if amount > hold.amount:
        raise MoreThanHeld(limit=hold.amount)
    state = HoldState.POSTED if amount == hold.amount else HoldState.PARTLY_POSTED
    _resolve(hold, state, amount, now)
    return get_transfer_model()._default_manager.get(hold=hold)


def void_hold(*, hold: AbstractHold) -> AbstractHold:
    """Free what is held. Repeating it is safe. Locks as ``post_hold``. Raises HoldResolved."""
    _resolve(hold, HoldState.VOIDED, 0, None)
    return hold


def expire_holds(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Free every hold whose time is over, each in a transaction of its own. Returns how many it freed.

    Locks one hold at a time, then its balances. Holds that somebody else resolves meanwhile are passed over.
    Raises as ``batches.each``.
    """
    overdue = get_hold_model()._default_manager.overdue(now or timezone.now())  # type: ignore[attr-defined]
    found = overdue.order_by("expires_at")[:limit]
    return each(found, lambda hold: _claim(hold, HoldState.EXPIRED, 0, now) is not None)


def _hold_by_orm(row: AbstractHold) -> AbstractHold:
    try:
        with transaction.atomic():
            deltas = _set_aside(row)
            balances = lock_balances(deltas)
            if before := _find(row):
                return before
            change_balances(balances, deltas)
            row.created_at = timezone.now()
            row.save(force_insert=True)
            return row
    except IntegrityError:
        # Between other accounts, hence under other locks, somebody took the key a moment ago.
        if before := _find(row):
            return before
        raise


def _set_aside(row: AbstractHold) -> dict[object, Delta]:
    return held(row.debit_account.pk, row.credit_account.pk, row.amount)


def _find(row: AbstractHold) -> AbstractHold | None:
    """What was stored under the key of ``row``. Raises KeyReused if it is not the same request."""
    facts = ("debit_account_id", "credit_account_id", "amount", "currency", "code", "reference", "expires_at")
    before = get_hold_model()._default_manager.filter(key=row.key).first()
    if before and any(getattr(before, fact) != getattr(row, fact) for fact in facts):
        raise KeyReused
    return before


def _resolve(hold: AbstractHold, state: HoldState, amount: int, now: datetime | None) -> None:
    """Resolve ``hold`` and refresh it. Raises HoldResolved or HoldExpired unless it was resolved just so
    before."""
    if at := _claim(hold, state, amount, now):
        hold.state, hold.posted_amount, hold.resolved_at = state, amount, at
        return
    hold.refresh_from_db(fields=["state", "posted_amount", "resolved_at"])
    if (hold.state, hold.posted_amount) == (state, amount):
        return
    if hold.state == HoldState.PENDING:
        raise HoldExpired
    raise HoldResolved(state=hold.get_state_display())


def _claim(hold: AbstractHold, state: HoldState, amount: int, now: datetime | None) -> datetime | None:
    """Resolve a pending hold. Answers when; None, having done nothing, if it is resolved or too late."""
    if one_statement.available():
        return one_statement.resolve_hold(hold, state, amount, now)
    with transaction.atomic():
        row = get_hold_model()._default_manager.select_for_update().get(pk=hold.pk)
        at = timezone.now()
        if row.state != HoldState.PENDING:
            return None
        if amount and row.expires_at and row.expires_at <= (now or at):
            return None
        _move_held(row, amount, at)
        row.state, row.posted_amount, row.resolved_at = state, amount, at
        row.save(update_fields=["state", "posted_amount", "resolved_at"])
    return at


def _move_held(row: AbstractHold, amount: int, at: datetime) -> None:
    """Free the locked hold's amount and transfer ``amount`` of it."""
    debit, credit = row.debit_account, row.credit_account
    deltas = summed(
        [
            (debit.pk, Delta(debits_posted=amount, debits_pending=-row.amount)),
            (credit.pk, Delta(credits_posted=amount, credits_pending=-row.amount)),
        ]
    )
    change_balances(lock_balances(deltas), deltas)
    if amount:
        get_transfer_model()._default_manager.create(
            key=f"{HOLD_KEY}{row.pk}",
            debit_account=debit,
            credit_account=credit,
            amount=amount,
            currency=row.currency,
            code=row.code,
            reference=row.reference,
            hold=row,
            created_at=at,
        )
