"""Locking and changing balance rows through the ORM, on any database and with any model swapped in."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from chowk_payments.abstract_models import MAX_COUNTER, AbstractBalance
from chowk_payments.exceptions import InsufficientFunds, LedgerOverflow, UnknownAccount
from chowk_payments.legs import Delta, Deltas
from chowk_payments.models import get_balance_model

Balances = dict[Any, AbstractBalance]
"""Locked balances by account key."""


def lock_balances(accounts: Deltas) -> Balances:
    """Lock the balances of ``accounts`` in the order of their account keys. Raises UnknownAccount."""
    rows = get_balance_model()._default_manager.select_for_update().filter(account__in=list(accounts))
    balances = {row.account_id: row for row in rows.order_by("account_id")}  # type: ignore[attr-defined]
    if len(balances) != len(accounts):
        raise UnknownAccount
    return balances


def change_balances(balances: Balances, deltas: Deltas) -> None:
    """Add ``deltas`` to locked ``balances``. Raises LedgerOverflow or InsufficientFunds, changing nothing."""
    for account, delta in deltas.items():
        check_change(balances[account], delta)
    manager = get_balance_model()._default_manager
    for account in sorted(deltas):
        changes = {name: F(name) + change for name, change in deltas[account]._asdict().items() if change}
        manager.filter(pk=balances[account].pk).update(**changes)


def check_change(balance: AbstractBalance, delta: Delta) -> None:
    """Raises LedgerOverflow if a counter leaves its range, InsufficientFunds if available falls below
    zero."""
    if any(getattr(balance, name) + change > MAX_COUNTER for name, change in delta._asdict().items()):
        raise LedgerOverflow
    change = delta.credits_posted - delta.debits_posted - delta.debits_pending
    if not balance.may_go_negative and balance.available + change < 0:
        raise InsufficientFunds
