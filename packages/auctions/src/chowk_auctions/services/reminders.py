"""Telling in time: that an auction ends soon, that a payment is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.bid_stores import lock_some
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.events import EndingSoon, SettlementReminder
from chowk_auctions.models import get_auction_model
from chowk_auctions.rules import pay_url_of
from chowk_auctions.services.telling import iso, sale_of, stream_of
from chowk_core.money import amount_text
from chowk_core.publishing import publish


def tell_ending_soon(*, now: datetime | None = None) -> int:
    """Publish ``auctions.ending_soon`` for open auctions within a lead of ENDING_SOON; return how many.

    Once per auction and lead, of several that have come at once only the shortest; a bid that moves the end
    later does not start it again. Periodic; locks like the closer does.
    """
    return sum(
        _in_batches(lambda lead=lead: _tell_ending(lead, now))  # type: ignore[misc]
        for lead in sorted(auctions_settings.ENDING_SOON)
    )


def remind_buyers(*, now: datetime | None = None) -> int:
    """Publish ``auctions.settlement_reminder`` for unpaid sales within a lead of SETTLEMENT_REMINDERS.

    Once per sale and lead, of several that have come at once only the shortest. Returns how many. Periodic;
    locks like the closer does. Where PAY_URL fails it is logged, and that reminder has no link.
    """
    return sum(
        _in_batches(lambda lead=lead: _remind(lead, now))  # type: ignore[misc]
        for lead in sorted(auctions_settings.SETTLEMENT_REMINDERS)
    )


def _in_batches(work: Callable[[], int]) -> int:
    total = 0
    while count := work():
        total += count
    return total


def _tell_ending(lead: timedelta, now: datetime | None) -> int:
    auctions: Any = get_auction_model()._default_manager
    with transaction.atomic():
        due = auctions.ending_within(lead, read_clock(now))
        some = lock_some(due, auctions_settings.CLOSE_BATCH)
        auctions.filter(pk__in=[auction.pk for auction in some]).update(ending_soon_lead=lead)
        for auction in some:
            publish(_ending_soon(auction, lead), stream=stream_of(auction))
    return len(some)


def _ending_soon(auction: AbstractAuction, lead: timedelta) -> EndingSoon:
    target = auction.target
    return EndingSoon(
        auction_id=str(auction.pk),
        target_type=target.type,
        target_id=target.id,
        seller_id=str(auction.seller_id),
        title=auction.title,
        price=amount_text(auction.price, auction.currency),
        currency=auction.currency,
        ends_at=iso(auction.ends_at),
        lead_seconds=int(lead.total_seconds()),
        watcher_count=auction.watcher_count,
    )


def _remind(lead: timedelta, now: datetime | None) -> int:
    auctions: Any = get_auction_model()._default_manager
    with transaction.atomic():
        due = auctions.to_remind(lead, read_clock(now))
        some = lock_some(due, auctions_settings.CLOSE_BATCH)
        auctions.filter(pk__in=[auction.pk for auction in some]).update(reminder_lead=lead)
        for auction in some:
            publish(_reminder(auction, lead), stream=stream_of(auction))
    return len(some)


def _reminder(auction: AbstractAuction, lead: timedelta) -> SettlementReminder:
    return SettlementReminder(
        **sale_of(auction),
        title=auction.title,
        settle_by="" if auction.settle_by is None else iso(auction.settle_by),
        lead_seconds=int(lead.total_seconds()),
        pay_url=pay_url_of(auction),
    )
