"""Chainable filters of auctions and bids."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from chowk_core.targets import Target


class AuctionQuerySet(models.QuerySet[Any]):
    """Filters over auctions, whatever model stands in for them."""

    def for_target(self, target: Target) -> Self:
        """Auctions of ``target``. Raises UnknownTarget if its type is no installed model."""
        target = target.canonical()
        return self.filter(target_type=target.content_type(), target_id=target.id)

    def unsettled(self) -> Self:
        """Sold auctions of which it is open whether the winner pays."""
        return self.filter(
            status="sold", settled_at__isnull=True, defaulted_at__isnull=True, voided_at__isnull=True
        )

    def unfinished(self) -> Self:
        """Auctions whose object is spoken for: scheduled, open, sold and not settled, or being offered to
        the next bidders."""
        return self.filter(status__in=("scheduled", "open")) | self.unsettled() | self.filter(pursuing=True)

    def due_to_open(self, now: datetime) -> Self:
        """Scheduled auctions whose start has come."""
        return self.filter(status="scheduled", starts_at__lte=now)

    def due_to_close(self, now: datetime) -> Self:
        """Open auctions whose end has come, without those that were put off because their closing failed."""
        waits = Q(close_retry_at__isnull=False, close_retry_at__gt=now)
        return self.filter(status="open", ends_at__lte=now).exclude(waits)

    def failing_to_close(self) -> Self:
        """Auctions whose end has come and whose closing fails."""
        return self.filter(status="open", close_failures__gt=0)

    def overdue(self, now: datetime) -> Self:
        """Sold auctions whose winner has let the settlement deadline pass."""
        return self.unsettled().filter(settle_by__lte=now)

    def ending_within(self, lead: timedelta, now: datetime) -> Self:
        """Open auctions that enter the last ``lead`` of a longer run, and were not told of it."""
        return self.filter(
            status="open", ends_at__gt=now, ends_at__lte=now + lead, ends_at__gte=F("starts_at") + lead
        ).filter(Q(ending_soon_lead__isnull=True) | Q(ending_soon_lead__gt=lead))

    def to_remind(self, lead: timedelta, now: datetime) -> Self:
        """Unsettled sales in the last ``lead`` before their deadline whose buyer was not reminded of it."""
        return (
            self.unsettled()
            .filter(settle_by__gt=now, settle_by__lte=now + lead)
            .filter(Q(reminder_lead__isnull=True) | Q(reminder_lead__gt=lead))
        )

    def to_relist(self, now: datetime, patience: timedelta) -> Self:
        """Auctions that ended without a sale in the last ``patience`` and are to run again by themselves."""
        return self.filter(
            unsold_at__gt=now - patience,
            status="unsold",
            relists_left__gt=0,
            relisted_at__isnull=True,
        )
