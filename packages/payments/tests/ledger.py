"""Reading the ledger in tests."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Sum

from chowk_payments.legs import Delta
from chowk_payments.models import get_account_model, get_balance_model
from chowk_payments.services.audit import replayed


def money(kind: str, *, owner: Any = None, currency: str = "USD", name: str = "") -> int:
    """What is available in an account, 0 if it was never opened."""
    accounts = get_account_model()._default_manager
    account = accounts.filter(kind=kind, owner=owner, currency=currency, name=name).first()
    return get_balance_model()._default_manager.get(account=account).available if account else 0


def total() -> int:
    """The sum over all accounts, which is zero."""
    balance = F("credits_posted") - F("debits_posted")
    return get_balance_model()._default_manager.aggregate(total=Sum(balance))["total"] or 0


def sound() -> bool:
    """Whether every counter is what transfers and holds make it, and all sum to zero. As ``check_ledger``,
    but inside a test's transaction."""
    expected = replayed()
    balances = get_balance_model()._default_manager.all()
    kept = {
        row.account_id: Delta(row.debits_posted, row.credits_posted, row.debits_pending, row.credits_pending)
        for row in balances
    }
    return total() == 0 and all(expected.get(key, Delta()) == counters for key, counters in kept.items())
