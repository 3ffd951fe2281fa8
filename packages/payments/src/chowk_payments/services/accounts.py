"""Opening ledger accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from chowk_core.money import decimals
from chowk_payments.abstract_models import AbstractAccount, AccountKind
from chowk_payments.models import get_account_model, get_balance_model

MIRRORS = frozenset(
    {
        *(AccountKind.CLEARING, AccountKind.EXTERNAL, AccountKind.RECEIVABLE),
        *(AccountKind.DISPUTED, AccountKind.LOSS),
    }
)
"""Kinds that may go negative, unless told otherwise: they mirror the outside world, or are a debt or loss."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSpec:
    """Which account: one exists per kind, currency, owner (None: the platform) and name."""

    kind: str
    currency: str
    owner: Any = None
    name: str = ""

    def order(self) -> tuple[str, ...]:
        return (self.kind, self.currency, str(self.owner.pk) if self.owner else "", self.name)


def open_account(
    *, kind: str, currency: str, owner: Any = None, name: str = "", may_go_negative: bool | None = None
) -> AbstractAccount:
    """Open an account with a balance of zero. Without ``may_go_negative`` its kind decides (MIRRORS).

    Raises UnknownCurrency, and IntegrityError if it exists or a wallet has no owner.
    """
    decimals(currency)
    negative = AccountKind(kind) in MIRRORS if may_go_negative is None else may_go_negative
    with transaction.atomic():
        account = get_account_model()._default_manager.create(
            kind=AccountKind(kind), currency=currency, owner=owner, name=name
        )
        get_balance_model()._default_manager.create(account=account, may_go_negative=negative)
    return account


def get_or_open(*, kind: str, currency: str, owner: Any = None, name: str = "") -> AbstractAccount:
    """The account, opened if need be; of two who open it at once one finds the other's. Raises
    UnknownCurrency."""
    found = get_account_model()._default_manager.filter(kind=kind, currency=currency, owner=owner, name=name)
    if account := found.first():
        return account
    try:
        return open_account(kind=kind, currency=currency, owner=owner, name=name)
    except IntegrityError:
        return found.get()


def get_or_open_all(specs: Sequence[AccountSpec]) -> list[AbstractAccount]:
    """The accounts of ``specs``, in their order. Opened in one order, whoever asks: two who open the same
    ones at once never wait for each other in a circle. Call it before locking balances. Raises
    UnknownCurrency."""
    opened = {
        spec: get_or_open(kind=spec.kind, currency=spec.currency, owner=spec.owner, name=spec.name)
        for spec in sorted(set(specs), key=AccountSpec.order)
    }
    return [opened[spec] for spec in specs]


def wallet_of(user: Any, currency: str) -> AbstractAccount:
    """The wallet of ``user`` in ``currency``, opened if need be. Raises UnknownCurrency."""
    return get_or_open(kind=AccountKind.WALLET, currency=currency, owner=user)
