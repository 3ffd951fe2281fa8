"""What a transfer is made of, checked before the database is asked, and what it does to each balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chowk_payments.abstract_models import MAX_AMOUNT, AbstractAccount
from chowk_payments.exceptions import (
    CurrencyMismatch,
    InvalidKey,
    InvalidLedgerAmount,
    NoLegs,
    SameAccount,
)

MAX_KEY = 100
HOLD_KEY = "hold:"
"""Keys of transfers that post holds begin with it; no other key may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """``amount`` minor units from ``debit`` to ``credit``. ``code`` says why, ``reference`` for what."""

    debit: AbstractAccount
    credit: AbstractAccount
    amount: int
    code: str
    reference: str = ""

    def facts(self) -> tuple[Any, ...]:
        """What must be equal for a repeated request to be the same request."""
        return (self.debit.pk, self.credit.pk, self.amount, self.debit.currency, self.code, self.reference)


class Delta(NamedTuple):
    """What is added to an account's four counters, in minor units."""

    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    def plus(self, other: Delta) -> Delta:
        return Delta(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


Deltas = dict[Any, Delta]
"""By account key."""


def validate_amount(amount: int) -> None:
    """Raises InvalidLedgerAmount unless ``amount`` is an int from 1 to MAX_AMOUNT."""
    if type(amount) is not int or not 0 < amount <= MAX_AMOUNT:
        raise InvalidLedgerAmount(limit=MAX_AMOUNT)


def validate_accounts(debit: AbstractAccount, credit: AbstractAccount) -> None:
    """Raises SameAccount or CurrencyMismatch."""
    if debit.pk == credit.pk:
        raise SameAccount
    if debit.currency != credit.currency:
        raise CurrencyMismatch(debit=debit.currency, credit=credit.currency)


def validate_key(key: str) -> None:
    """Raises InvalidKey."""
    if not 0 < len(key) <= MAX_KEY or key.startswith(HOLD_KEY):
        raise InvalidKey


def validate_legs(legs: Sequence[Leg]) -> None:
    """Raises NoLegs, InvalidLedgerAmount, SameAccount or CurrencyMismatch."""
    if not legs:
        raise NoLegs
    for leg in legs:
        validate_amount(leg.amount)
        validate_accounts(leg.debit, leg.credit)


def summed(parts: Iterable[tuple[Any, Delta]]) -> Deltas:
    """Deltas by account. Raises InvalidLedgerAmount if one account's share of the batch is too large."""
    totals: Deltas = {}
    for account, delta in parts:
        totals[account] = totals.get(account, Delta()).plus(delta)
    if any(abs(change) > MAX_AMOUNT for delta in totals.values() for change in delta):
        raise InvalidLedgerAmount(limit=MAX_AMOUNT)
    return totals


def posted(legs: Sequence[Leg]) -> Deltas:
    """What transferring ``legs`` adds to each account's counters."""
    return summed(
        part
        for leg in legs
        for part in (
            (leg.debit.pk, Delta(debits_posted=leg.amount)),
            (leg.credit.pk, Delta(credits_posted=leg.amount)),
        )
    )


def held(debit: Any, credit: Any, amount: int) -> Deltas:
    """What holding ``amount`` (negative to free it) adds, by the accounts' keys."""
    return {debit: Delta(debits_pending=amount), credit: Delta(credits_pending=amount)}
