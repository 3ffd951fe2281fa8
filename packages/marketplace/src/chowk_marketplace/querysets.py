"""Chainable filters. They know nothing of viewers: that is the selectors' part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from polymorphic.managers import PolymorphicManager
from polymorphic.query import PolymorphicQuerySet


class ListingQuerySet(PolymorphicQuerySet[Any]):
    def active(self) -> Self:
        """What can be bought or bid for."""
        return self.filter(status="active")

    def public(self) -> Self:
        """What anybody may see: active and sold listings."""
        return self.filter(status__in=["active", "sold"])

    def in_category(self, category: Any) -> Self:
        """Listings of ``category`` and of every category under it."""
        return self.filter(category__path__startswith=category.path)


ListingManager = PolymorphicManager.from_queryset(ListingQuerySet)


class PriceAlertQuerySet(models.QuerySet[Any]):
    def on(self, listing: Any) -> Self:
        """Alerts on the price of ``listing``."""
        return self.filter(listing=listing)


class OrderQuerySet(models.QuerySet[Any]):
    def of(self, user: Any) -> Self:
        """Orders in which ``user`` is the buyer or the seller."""
        return self.filter(models.Q(buyer=user) | models.Q(seller=user))

    def unpaid_since(self, now: datetime) -> Self:
        """Orders whose payment deadline has passed without payment."""
        return self.filter(status="pending_payment", pay_by__lte=now)

    def under_way_since(self, moment: datetime) -> Self:
        """Orders shipped at or before ``moment`` and not yet delivered."""
        return self.filter(status="shipped", shipped_at__lte=moment)
