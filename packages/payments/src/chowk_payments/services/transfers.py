"""Moving money between ledger accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from chowk_core.ids import uuid7
from chowk_payments import one_statement
from chowk_payments.abstract_models import AbstractTransfer
from chowk_payments.balances import Balances, change_balances, lock_balances
from chowk_payments.exceptions import DomainError, KeyReused, MoreThanTransferred
from chowk_payments.legs import Leg, posted, validate_amount, validate_key, validate_legs
from chowk_payments.models import get_transfer_model


def transfer(*, legs: Sequence[Leg], key: str = "") -> list[AbstractTransfer]:
    """Move every leg, or none. Returns the stored transfers in the order of ``legs``.

    ``key`` makes it happen once: the same key with the same legs returns what the first call stored. Funds
    are judged after all legs together. Locks the balances of all accounts, by account key.

    Raises NoLegs, InvalidLedgerAmount, SameAccount, CurrencyMismatch, InvalidKey, KeyReused, UnknownAccount,
    LedgerOverflow, InsufficientFunds.
    """
    validate_legs(legs)
    if key:
        validate_key(key)
    entry = key or str(uuid7())
    if not one_statement.available():
        return _by_orm(legs, entry)
    try:
        rows: Any = one_statement.insert_transfers(legs, entry, posted(legs))
    except DomainError:
        if key and (before := find(legs, key)):
            return before
        raise
    return rows or find(legs, entry) or []


def reverse(
    *, original: AbstractTransfer, amount: int | None = None, key: str = "", code: str = "reversal"
) -> AbstractTransfer:
    """Move ``amount`` (all that is left, by default) of ``original`` back by a new, opposite transfer.

    All reversals together never exceed the original. Locks both balances, which serialises the reversals of
    one transfer. Raises InvalidLedgerAmount, InvalidKey, KeyReused, MoreThanTransferred, InsufficientFunds.
    """
    if amount is not None:
        validate_amount(amount)
    if key:
        validate_key(key)
    entry = key or str(uuid7())
    debit, credit = original.credit_account, original.debit_account
    with transaction.atomic():
        balances = lock_balances(posted([Leg(debit=debit, credit=credit, amount=1, code=code)]))
        left = original.amount - _reversed(original)
        before = get_transfer_model()._default_manager.filter(key=entry).first()
        if amount is None:
            amount = before.amount if before else left
        leg = Leg(debit=debit, credit=credit, amount=amount, code=code, reference=original.reference)
        if found := find([leg], entry, reverses=original):
            return found[0]
        if not 0 < amount <= left:
            raise MoreThanTransferred(limit=left)
        return apply_locked(balances, [leg], entry, reverses=original)[0]


def find(
    legs: Sequence[Leg], key: str, *, reverses: AbstractTransfer | None = None
) -> list[AbstractTransfer] | None:
    """What was stored under ``key``, None if nothing. Raises KeyReused if it is not the same request."""
    rows: list[Any] = list(get_transfer_model()._default_manager.filter(key=key).order_by("position"))
    if not rows:
        return None
    stored = [
        (row.debit_account_id, row.credit_account_id, row.amount, row.currency, row.code, row.reference)
        for row in rows
    ]
    expected = reverses.pk if reverses else None
    if stored != [leg.facts() for leg in legs] or any(row.reverses_id != expected for row in rows):
        raise KeyReused
    return rows


def apply_locked(
    balances: Balances, legs: Sequence[Leg], key: str, *, reverses: AbstractTransfer | None = None
) -> list[AbstractTransfer]:
    """Store ``legs`` and change ``balances``, which the caller has locked."""
    change_balances(balances, posted(legs))
    model, now = get_transfer_model(), timezone.now()
    return model._default_manager.bulk_create(
        model(
            key=key,
            position=position,
            debit_account=leg.debit,
            credit_account=leg.credit,
            amount=leg.amount,
            currency=leg.debit.currency,
            code=leg.code,
            reference=leg.reference,
            reverses=reverses,
            created_at=now,
        )
        for position, leg in enumerate(legs)
    )


def _by_orm(legs: Sequence[Leg], key: str) -> list[AbstractTransfer]:
    try:
        with transaction.atomic():
            balances = lock_balances(posted(legs))
            return find(legs, key) or apply_locked(balances, legs, key)
    except IntegrityError:
        # Between other accounts, hence under other locks, somebody took the key a moment ago.
        if before := find(legs, key):
            return before
        raise


def _reversed(original: AbstractTransfer) -> int:
    rows = get_transfer_model()._default_manager.filter(reverses=original)
    return rows.aggregate(total=Sum("amount"))["total"] or 0
