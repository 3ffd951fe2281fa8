"""What a payee owes the platform: the part of a refund after the release that their wallet could not give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from chowk_payments.abstract_models import AbstractAccount, AccountKind
from chowk_payments.balances import lock_balances
from chowk_payments.legs import Delta, Leg
from chowk_payments.models import get_account_model, get_balance_model
from chowk_payments.services.accounts import wallet_of
from chowk_payments.services.transfers import transfer


def receivable_of(owner: Any, currency: str) -> AbstractAccount | None:
    """The account of what ``owner`` owes, None if they never owed anything."""
    rows = get_account_model()._default_manager.filter(
        kind=AccountKind.RECEIVABLE, owner=owner, currency=currency, name=""
    )
    return rows.first()


def debt_of(receivable: AbstractAccount) -> int:
    """What is owed on ``receivable``, in minor units. Exact while its balance is locked."""
    return max(0, -get_balance_model()._default_manager.get(account=receivable).available)


def settle_debt(*, owner: Any, currency: str, beside: Sequence[AbstractAccount] = ()) -> int:
    """Pay what ``owner`` owes the platform, as far as their wallet goes. Returns how much was paid.

    Called before money leaves a wallet otherwise. Locks both balances, if there ever was a debt, and with
    them those of ``beside``, which the caller changes in the same transaction.
    """
    receivable = receivable_of(owner, currency)
    if receivable is None:
        return 0
    wallet = wallet_of(owner, currency)
    with transaction.atomic():
        balances = lock_balances({account.pk: Delta() for account in (wallet, receivable, *beside)})
        paid = min(max(0, balances[wallet.pk].available), max(0, -balances[receivable.pk].available))
        if paid:
            transfer(legs=[Leg(debit=wallet, credit=receivable, amount=paid, code="debt")])
    return paid
