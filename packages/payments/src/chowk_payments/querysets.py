"""Chainable filters. Scoping to a viewer is the selectors' work."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from chowk_core.targets import Target


HELD_STATES = ("captured", "refunding", "released")
"""States of a payment of which parts may still be in escrow."""

UNDER_WAY_STATES = ("approved", "processing", "failed")
"""States of a refund that was agreed to and is not completed."""


class AccountQuerySet(models.QuerySet[Any]):
    """Accounts."""

    def wallets_of(self, user: Any) -> AccountQuerySet:
        """The wallets of ``user``, one per currency."""
        return self.filter(kind="wallet", owner=user)


class TransferQuerySet(models.QuerySet[Any]):
    """Transfers."""

    def touching(self, account: Any) -> TransferQuerySet:
        """Those that debit or credit ``account`` (an account, its key, or a queryset of accounts)."""
        if isinstance(account, models.QuerySet):
            return self.filter(Q(debit_account__in=account) | Q(credit_account__in=account))
        return self.filter(Q(debit_account=account) | Q(credit_account=account))


class HoldQuerySet(models.QuerySet[Any]):
    """Holds."""

    def pending(self) -> HoldQuerySet:
        """Those not resolved yet."""
        return self.filter(state="pending")

    def overdue(self, now: datetime) -> HoldQuerySet:
        """Pending ones whose time is over at ``now``."""
        return self.pending().filter(expires_at__lte=now)


class PaymentQuerySet(models.QuerySet[Any]):
    """Payments."""

    def for_target(self, target: Target) -> PaymentQuerySet:
        """Purchases of ``target`` (canonical). Raises UnknownTarget for a type that is not installed."""
        return self.filter(purpose="purchase", target_type=target.content_type(), target_id=target.id)


class AttemptQuerySet(models.QuerySet[Any]):
    """Attempts at a gateway."""

    def open(self) -> AttemptQuerySet:
        """Those whose outcome is not known yet."""
        return self.filter(state__in=["created", "requires_action", "uncertain"])


class PartQuerySet(models.QuerySet[Any]):
    """Parts of payments."""

    def about(self, target: Target) -> PartQuerySet:
        """The parts of ``target`` (canonical), or of what was paid together under it, also of payments that
        took no money, or not yet. Raises UnknownTarget for a type that is not installed."""
        link = {"target_type": target.content_type(), "target_id": target.id}
        whole = Q(**{f"payment__{name}": value for name, value in link.items()})
        return self.filter(Q(**link) | whole)

    def of_target(self, target: Target) -> PartQuerySet:
        """The live ones ``about`` it."""
        return self.about(target).filter(live=True)

    def to_release(self, now: datetime) -> PartQuerySet:
        """Those in escrow whose time has come, and that no refund holds back."""
        due = self.filter(
            live=True, frozen=False, released_at=None, release_at__lte=now, payment__state__in=HELD_STATES
        )
        return due.exclude(refunds__state__in=UNDER_WAY_STATES)


class RefundQuerySet(models.QuerySet[Any]):
    """Refunds."""

    def under_way(self) -> RefundQuerySet:
        """Those agreed and not completed yet, the failed ones among them until somebody has decided."""
        return self.filter(state__in=UNDER_WAY_STATES)

    def on_their_way(self) -> RefundQuerySet:
        """Those whose money is at the gateway, or was declined there and waits in escrow."""
        return self.filter(state__in=["processing", "failed"])
