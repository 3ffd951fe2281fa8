"""Taking bids back, where the site's rule allows it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, AbstractBid, BidKind
from chowk_auctions.amounts import parse_amount, require_currency
from chowk_auctions.bid_stores import auction_key, bid_store, lock_auction
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Standing, play
from chowk_auctions.events import BidRetracted
from chowk_auctions.exceptions import NothingToRetract, SealedCannotRetract
from chowk_auctions.models import get_bid_model
from chowk_auctions.rules import increments, next_minimum
from chowk_auctions.services.bids import PlacedBid, ask_policies, bid_under_lock, require_open
from chowk_auctions.services.telling import stream_of
from chowk_core.money import amount_text
from chowk_core.policies import Refusal, Refused
from chowk_core.publishing import publish


def retract_bid(
    *,
    auction_id: Any,
    bidder: Any,
    reason: str,
    amount: Decimal | str | int | None = None,
    currency: str | None = None,
    now: datetime | None = None,
) -> PlacedBid | None:
    """Take back those of ``bidder``'s bids that the RETRACTION policy says, and bid ``amount`` if given.

    Locks the auction's row. Price, leader and reserve become what the remaining bids, played afresh in their
    order, make of them; the end stays where it is. The history keeps the retracted bids, marked, and gains a
    step that says what the price became. Publishes ``auctions.bid_retracted`` and, with ``amount``,
    ``auctions.bid_placed``; returns the new bid. Either all of it happens or nothing.

    Raises AuctionNotFound, Refused (the policy, or a MAY_BID policy where ``amount`` is given),
    SellerCannotBid, AuctionNotOpen, AuctionEnded, SealedCannotRetract, NothingToRetract, and with ``amount``
    what ``place_bid`` raises.
    """
    key = auction_key(auction_id)
    with transaction.atomic():
        if amount is not None:
            ask_policies(key, bidder)
        auction = lock_auction(key)
        moment = read_clock(now)
        require_open(bid_store().lock(key, moment), bidder)
        if auctions_settings.FORMATS[auction.format].sealed:
            raise SealedCannotRetract()
        require_currency(currency, auction.currency)
        chosen = _choose(auction, bidder, reason, rebids=amount is not None, now=moment)
        _retract(auction, bidder, chosen, reason, moment)
        if amount is None:
            return None
        return bid_under_lock(bid_store().lock(key, moment), bidder, parse_amount(amount, auction.currency))


def _standing_bids(auction: AbstractAuction) -> Any:
    bids = get_bid_model()._default_manager.filter(auction_id=auction.pk, retracted_at__isnull=True)
    return bids.exclude(kind=BidKind.RETRACTION).order_by("sequence")


def _choose(
    auction: AbstractAuction, bidder: Any, reason: str, *, rebids: bool, now: datetime
) -> list[AbstractBid]:
    own = list(_standing_bids(auction).filter(bidder=bidder))
    if not own:
        raise NothingToRetract()
    answer = auctions_settings.RETRACTION(auction=auction, bids=own, reason=reason, rebids=rebids, now=now)
    if isinstance(answer, Refusal):
        raise Refused(answer)
    first = min(bid.sequence for bid in answer)
    return [bid for bid in own if bid.sequence >= first]


def _retract(
    auction: AbstractAuction, bidder: Any, chosen: list[AbstractBid], reason: str, now: datetime
) -> None:
    bids = get_bid_model()
    bids._default_manager.filter(pk__in=[bid.pk for bid in chosen]).update(retracted_at=now)
    _recompute(auction)
    auction.last_sequence += 1
    bids._default_manager.create(
        auction_id=auction.pk,
        sequence=auction.last_sequence,
        kind=BidKind.RETRACTION,
        bidder=bidder,
        maximum=chosen[-1].maximum,
        price=auction.price,
        leader_id=auction.leader_id,
        reserve_met=auction.reserve_met,
        placed_at=now,
        reason=reason[:40],
    )
    auction.save(
        update_fields=["price", "leader", "leader_maximum", "reserve_met", "bid_count", "last_sequence"]
    )
    _tell(auction, bidder, [bid.sequence for bid in chosen], reason)


def _recompute(auction: AbstractAuction) -> None:
    """Set ``auction`` to what its remaining bids make of it."""
    remaining = list(_standing_bids(auction).values_list("bidder", "maximum"))
    steps = list(
        play(
            auctions_settings.FORMATS[auction.format],
            starting_price=auction.starting_price,
            reserve_price=auction.reserve_price,
            bids=remaining,
            increment=increments(auction.currency),
        )
    )
    last = steps[-1] if steps else None
    auction.bid_count = len(steps)
    auction.price = last.price if last else auction.starting_price
    auction.leader_id = last.leader if last else None  # type: ignore[assignment]  # a user's key
    auction.leader_maximum = last.leader_maximum if last else None
    auction.reserve_met = last.reserve_met if last else False


def _tell(auction: AbstractAuction, bidder: Any, retracted: list[int], reason: str) -> None:
    standing = Standing(auction.starting_price, auction.price, auction.leader_id)
    minimum = next_minimum(auction.format, standing, auction.currency)
    publish(
        BidRetracted(
            auction_id=str(auction.pk),
            sequence=auction.last_sequence,
            bidder_id=str(bidder.pk),
            retracted=retracted,
            reason=reason[:40],
            price=amount_text(auction.price, auction.currency),
            currency=auction.currency,
            next_minimum=amount_text(minimum, auction.currency),
            bid_count=auction.bid_count,
            leader_id=None if auction.leader_id is None else str(auction.leader_id),
            reserve_met=auction.reserve_met,
        ),
        stream=stream_of(auction),
    )
