"""The end of auctions."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from traceback import format_tb
from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, Status
from chowk_auctions.bid_stores import lock_auction, lock_some
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.events import AuctionSold, AuctionUnsold
from chowk_auctions.exceptions import SealedBidUnreadable
from chowk_auctions.models import get_auction_model
from chowk_auctions.services.sealed import reveal
from chowk_auctions.services.telling import iso, stream_of
from chowk_core.money import amount_text
from chowk_core.publishing import publish
from chowk_core.realtime import hints
from chowk_core.relay import backoff

logger = logging.getLogger("chowk_auctions")


def close_due_auctions(*, now: datetime | None = None) -> int:
    """Close every open auction whose end has come; return how many. For periodic running.

    Takes CLOSE_BATCH auctions a transaction, locks their rows in the order of their keys and skips rows
    that somebody else holds: a bid in progress may yet extend, and a second closer has its own. Whether an
    auction is due is decided again under its lock. Publishes ``auctions.sold`` or ``auctions.unsold``, for
    sealed bids ``auctions.bids_revealed`` before.

    An auction whose closing fails (no key opens its sealed bids, say) stays open and holds up no other one:
    the failure is logged as an error and noted on it, and it is tried again after the back-off of the event
    log's handlers, ``CHOWK_CORE["BACKOFF"]`` to ``["BACKOFF_LIMIT"]``.
    """
    closed, taken = 0, 1
    while taken:
        taken, failed = _close_batch(now)
        closed += taken - failed
    return closed


def close_auction(*, auction_id: Any, now: datetime | None = None) -> bool:
    """Close one auction if its end has come; return whether that happened. Locks its row, and waits for it.

    Publishes what ``close_due_auctions`` does. Raises AuctionNotFound, and SealedBidUnreadable.
    """
    with transaction.atomic():
        auction = lock_auction(auction_id)
        moment = read_clock(now)
        if auction.status != Status.OPEN or auction.ends_at > moment:
            return False
        close(auction, moment)
    return True


def retry_closing(*, auction_ids: Iterable[Any]) -> int:
    """Let the next run of the closer try those of them that it put off; return how many. Locks their rows."""
    auctions: Any = get_auction_model()._default_manager
    put_off = auctions.failing_to_close().filter(pk__in=list(auction_ids), close_retry_at__isnull=False)
    return int(put_off.update(close_retry_at=None))


def _close_batch(now: datetime | None) -> tuple[int, int]:
    """Take some and close them: how many were taken, and how many of those could not be closed."""
    failed = 0
    with transaction.atomic():
        due = get_auction_model()._default_manager.due_to_close(read_clock(now))  # type: ignore[attr-defined]
        auctions = lock_some(due, auctions_settings.CLOSE_BATCH)
        moment = read_clock(now)
        for auction in auctions:
            # PostgreSQL checks the condition again after a wait; not every database does.
            if auction.status == Status.OPEN and auction.ends_at <= moment:
                failed += not _close_or_put_off(auction, moment)
    return len(auctions), failed


def _close_or_put_off(auction: AbstractAuction, now: datetime) -> bool:
    """Whether it could be closed. Of a failure only the kind is kept: a message may quote what was bid."""
    failures = auction.close_failures + 1
    try:
        with transaction.atomic():
            close(auction, now)
    except Exception as error:
        kind = type(error).__name__
        text = f"{kind}: {error}" if isinstance(error, SealedBidUnreadable) else kind
        where = "".join(format_tb(error.__traceback__))
        logger.error("the auction %s cannot be closed: %s\n%s", auction.pk, text, where)
        get_auction_model()._default_manager.filter(pk=auction.pk).update(
            close_failures=failures, close_retry_at=now + backoff(failures), close_error=text[:200]
        )
        return False
    return True


def close(auction: AbstractAuction, now: datetime) -> None:
    """Close ``auction``, whose lock the caller holds: sold if the reserve is met, else unsold.

    Sealed bids are revealed first. Raises SealedBidUnreadable.
    """
    if auction.close_failures:
        auction.close_failures, auction.close_retry_at, auction.close_error = 0, None, ""
        auction.save(update_fields=["close_failures", "close_retry_at", "close_error"])
    if auction.sealed_count:
        reveal(auction, now)
    if auction.reserve_met:
        sell(auction, now, buyer_id=auction.leader_id, price=auction.price)
        return
    auction.closed_at = now
    leave_unsold(auction, now, "reserve_not_met" if auction.bid_count else "no_bids")


def sell(auction: AbstractAuction, now: datetime, *, buyer_id: Any, price: int) -> None:
    """Sell ``auction``, whose lock the caller holds, and start the settlement.

    The sockets of the buyer are asked again after the commit: from now on they are a party.
    """
    auction.status = Status.SOLD
    auction.closed_at = auction.closed_at or now
    auction.sale_number += 1
    auction.buyer_id, auction.sale_price = buyer_id, price
    auction.settle_by = now + auctions_settings.SETTLEMENT_PERIOD
    auction.defaulted_at, auction.pursuing, auction.reminder_lead = None, False, None
    auction.save(
        update_fields=[
            "status",
            "closed_at",
            "sale_number",
            "buyer",
            "sale_price",
            "settle_by",
            "defaulted_at",
            "pursuing",
            "reminder_lead",
        ]
    )
    target = auction.target
    publish(
        AuctionSold(
            auction_id=str(auction.pk),
            target_type=target.type,
            target_id=target.id,
            title=auction.title,
            seller_id=str(auction.seller_id),
            buyer_id=str(buyer_id),
            price=amount_text(price, auction.currency),
            currency=auction.currency,
            settle_by=iso(auction.settle_by),
            sale_number=auction.sale_number,
        ),
        stream=stream_of(auction),
    )
    transaction.on_commit(lambda: hints.recheck(buyer_id), robust=True)


def leave_unsold(auction: AbstractAuction, now: datetime, reason: str) -> None:
    """End ``auction``, whose lock the caller holds, without a sale. Publishes ``auctions.unsold``."""
    auction.status, auction.unsold_at, auction.pursuing = Status.UNSOLD, now, False
    auction.save(update_fields=["status", "unsold_at", "closed_at", "defaulted_at", "pursuing"])
    target = auction.target
    publish(
        AuctionUnsold(
            auction_id=str(auction.pk),
            target_type=target.type,
            target_id=target.id,
            seller_id=str(auction.seller_id),
            reason=reason,
        ),
        stream=stream_of(auction),
    )
