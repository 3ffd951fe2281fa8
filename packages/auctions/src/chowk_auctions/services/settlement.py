"""After the hammer: the buyer pays in time, or defaults, or the sale is undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, Status
from chowk_auctions.bid_stores import lock_auction, lock_some
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.events import AuctionSettled, PaymentDefaulted, PaymentTooLate, SaleVoided
from chowk_auctions.exceptions import NotSold
from chowk_auctions.models import get_auction_model
from chowk_auctions.services.closing import leave_unsold
from chowk_auctions.services.telling import sale_of, stream_of
from chowk_core.publishing import publish


def mark_settled(*, auction_id: Any, sale_number: int | None = None, now: datetime | None = None) -> bool:
    """Note that the buyer of sale ``sale_number`` (else the current one) paid; return whether that was news.

    Whichever is first under the lock of the auction's row stands, the payment or the default. Publishes
    ``auctions.settled``. A payment after the default, or after the sale was undone, does not count, whatever
    has become of the object: ``auctions.payment_too_late`` is published, so that it is given back, and the
    answer is False. Raises AuctionNotFound, and NotSold for a sale that never was.
    """
    with transaction.atomic():
        auction = lock_auction(auction_id)
        number = auction.sale_number if sale_number is None else sale_number
        if not 0 < number <= auction.sale_number:
            raise NotSold()
        is_current = number == auction.sale_number
        if is_current and auction.settled_at is not None:
            return False
        if not is_current or auction.defaulted_at is not None or auction.voided_at is not None:
            _refuse_payment(auction, number)
            return False
        auction.settled_at = read_clock(now)
        auction.save(update_fields=["settled_at"])
        publish(AuctionSettled(**sale_of(auction)), stream=stream_of(auction))
    return True


def default_settlement(
    *, auction_id: Any, sale_number: int | None = None, now: datetime | None = None
) -> bool:
    """Note that the buyer did not pay; return whether that was news. Locks the auction's row.

    Publishes ``auctions.payment_defaulted``. The next bidders are asked from now on where the auction has
    second chances; else it ends as unsold, and ``auctions.unsold`` is published. No news for a sale that was
    undone, nor for another one than the current. Raises AuctionNotFound, and NotSold for an auction that was
    not sold or is settled.
    """
    with transaction.atomic():
        auction = _lock_sale(auction_id, sale_number)
        if auction is None or auction.defaulted_at is not None or auction.voided_at is not None:
            return False
        if auction.settled_at is not None:
            raise NotSold()
        _default(auction, read_clock(now))
    return True


def void_sale(*, auction_id: Any, sale_number: int | None = None, now: datetime | None = None) -> bool:
    """Note that the sale was undone, paid or not; return whether that was news. Locks the auction's row.

    The buyer owes nothing any more. Publishes ``auctions.sale_voided``. No news once the buyer has
    defaulted, nor for another sale than the current one. Raises AuctionNotFound, and NotSold for an auction
    that was not sold.
    """
    with transaction.atomic():
        auction = _lock_sale(auction_id, sale_number)
        if auction is None or auction.voided_at is not None or auction.defaulted_at is not None:
            return False
        auction.voided_at = read_clock(now)
        auction.save(update_fields=["voided_at"])
        publish(SaleVoided(**sale_of(auction)), stream=stream_of(auction))
    return True


def default_overdue_settlements(*, now: datetime | None = None) -> int:
    """Default every sold auction whose ``settle_by`` has passed unpaid; return how many. Periodic.

    Locks like the closer does. Does nothing where ENFORCE_SETTLEMENT_DEADLINE is False.
    """
    defaulted = 0
    while auctions_settings.ENFORCE_SETTLEMENT_DEADLINE and (batch := _default_batch(now)):
        defaulted += batch
    return defaulted


def _default_batch(now: datetime | None) -> int:
    with transaction.atomic():
        overdue = get_auction_model()._default_manager.overdue(read_clock(now))  # type: ignore[attr-defined]
        auctions = lock_some(overdue, auctions_settings.CLOSE_BATCH)
        moment = read_clock(now)
        for auction in auctions:
            if (auction.settled_at, auction.defaulted_at, auction.voided_at) == (None, None, None):
                _default(auction, moment)
    return len(auctions)


def _lock_sale(auction_id: Any, sale_number: int | None) -> AbstractAuction | None:
    """The auction, locked; None where another sale of it is the current one."""
    auction = lock_auction(auction_id)
    if sale_number is not None and sale_number != auction.sale_number:
        return None
    if auction.status != Status.SOLD and auction.defaulted_at is None:
        raise NotSold()
    return auction


def _refuse_payment(auction: AbstractAuction, sale_number: int) -> None:
    target = auction.target
    publish(
        PaymentTooLate(
            auction_id=str(auction.pk),
            target_type=target.type,
            target_id=target.id,
            seller_id=str(auction.seller_id),
            sale_number=sale_number,
        ),
        stream=stream_of(auction),
    )


def _default(auction: AbstractAuction, now: datetime) -> None:
    auction.defaulted_at = now
    auction.pursuing = auction.second_chance
    auction.save(update_fields=["defaulted_at", "pursuing"])
    publish(PaymentDefaulted(**sale_of(auction)), stream=stream_of(auction))
    if not auction.pursuing:
        leave_unsold(auction, now, "unpaid")
