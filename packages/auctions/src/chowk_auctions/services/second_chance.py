"""When nobody pays: the next bidders are asked, one after the other.

After a default an auction that has second chances is ``pursuing``. ``pursue_buyers`` then makes an offer to
the next bidder, waits until it is answered or expires, and so on down the chain; each step is a transaction
of its own, decided under the auction's lock from what is stored, so that it goes on wherever it was
interrupted. With nobody left the auction ends unsold.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, AbstractSecondChanceOffer, BidKind, OfferStatus
from chowk_auctions.bid_stores import auction_key, lock_auction, lock_some
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.events import SecondChanceEnded, SecondChanceOffered
from chowk_auctions.exceptions import OfferExpired, OfferNotFound
from chowk_auctions.models import get_auction_model, get_bid_model, get_second_chance_offer_model
from chowk_auctions.policies import Underbidder
from chowk_auctions.services.bids import ask_policies
from chowk_auctions.services.closing import leave_unsold, sell
from chowk_auctions.services.telling import iso, stream_of
from chowk_core.policies import Refused, ask
from chowk_core.publishing import publish
from chowk_core.realtime import hints

logger = logging.getLogger("chowk_auctions")


def pursue_buyers(*, now: datetime | None = None) -> int:
    """Expire offers, make the next ones, end what nobody took; return how many steps. Periodic.

    One auction a transaction, under its lock; those that somebody holds come next time. A policy that fails
    is logged and its auction tried again. Publishes ``auctions.second_chance_offered``,
    ``auctions.second_chance_ended`` and ``auctions.unsold``.
    """
    pursued = get_auction_model()._default_manager.filter(pursuing=True)
    steps = 0
    for key in list(pursued.order_by("settle_by", "pk").values_list("pk", flat=True)):
        try:
            while _step(key, now):
                steps += 1
        except Exception:  # one site's policy must not keep others' auctions from going on
            logger.exception("the auction %s could not be offered to the next bidder", key)
    return steps


def accept_second_chance(*, auction_id: Any, bidder: Any, now: datetime | None = None) -> AbstractAuction:
    """Take the offer: the auction is sold to ``bidder`` for its amount, with a deadline of its own.

    Locks the auction's row. Publishes ``auctions.second_chance_ended`` and ``auctions.sold`` with the next
    ``sale_number``. Raises AuctionNotFound, Refused (a MAY_BID policy), OfferNotFound, OfferExpired.
    """
    ask_policies(auction_key(auction_id), bidder)
    with transaction.atomic():
        auction, offer, moment = _lock_offer(auction_id, bidder, now)
        if offer.expires_at <= moment:
            raise OfferExpired()
        _end(auction, offer, OfferStatus.ACCEPTED, moment)
        sell(auction, moment, buyer_id=offer.bidder_id, price=offer.amount)
    return auction


def decline_second_chance(*, auction_id: Any, bidder: Any, now: datetime | None = None) -> AbstractAuction:
    """Leave the offer to the next bidder. Locks the auction's row.

    Publishes ``auctions.second_chance_ended``. Raises AuctionNotFound, OfferNotFound.
    """
    with transaction.atomic():
        auction, offer, moment = _lock_offer(auction_id, bidder, now)
        _end(auction, offer, OfferStatus.DECLINED, moment)
    return auction


def _step(key: Any, now: datetime | None) -> bool:
    """One step for one auction: whether there was one to take."""
    with transaction.atomic():
        locked = lock_some(get_auction_model()._default_manager.filter(pk=key, pursuing=True), 1)
        if not locked:
            return False
        auction, moment = locked[0], read_clock(now)
        pending = _offers(auction).filter(status=OfferStatus.PENDING).first()
        if pending is None:
            _offer_to_next(auction, moment)
        elif pending.expires_at <= moment:
            _end(auction, pending, OfferStatus.EXPIRED, moment)
        else:
            return False
    return True


def _offer_to_next(auction: AbstractAuction, now: datetime) -> None:
    for bidder, amount in _candidates(auction):
        try:
            ask(auctions_settings.MAY_BID, bidder=bidder, auction=auction)
        except Refused:
            continue
        _offer(auction, bidder, amount, now)
        return
    leave_unsold(auction, now, "unpaid")


def _candidates(auction: AbstractAuction) -> Iterator[tuple[Any, int]]:
    """Who has not had their chance, the highest bidder first, of equal ones the earlier, and for how much."""
    had = {auction.leader_id, *_offers(auction).values_list("bidder", flat=True)}
    bids = get_bid_model()._default_manager.filter(auction_id=auction.pk, retracted_at__isnull=True)
    ranked = bids.exclude(kind=BidKind.RETRACTION).order_by("-maximum", "sequence")
    for bidder_id, maximum in ranked.values_list("bidder", "maximum"):
        if bidder_id in had:
            continue
        had.add(bidder_id)
        underbidder = Underbidder(bidder_id, maximum)
        amount = auctions_settings.SECOND_CHANCE_PRICE(auction=auction, bidder=underbidder)
        bidder = None if amount is None else get_user_model()._default_manager.get(pk=bidder_id)
        if amount is not None and bidder is not None and bidder.is_active:
            yield bidder, amount


def _offer(auction: AbstractAuction, bidder: Any, amount: int, now: datetime) -> None:
    offer = _offers(auction).create(
        auction=auction,
        number=_offers(auction).count() + 1,
        bidder=bidder,
        amount=amount,
        offered_at=now,
        expires_at=now + auctions_settings.SECOND_CHANCE_PERIOD,
    )
    target = auction.target
    publish(
        SecondChanceOffered(
            auction_id=str(auction.pk),
            offer_id=str(offer.pk),
            target_type=target.type,
            target_id=target.id,
            title=auction.title,
            seller_id=str(auction.seller_id),
            bidder_id=str(bidder.pk),
            expires_at=iso(offer.expires_at),
        ),
        stream=stream_of(auction),
    )
    transaction.on_commit(lambda: hints.recheck(bidder.pk), robust=True)


def _end(auction: AbstractAuction, offer: AbstractSecondChanceOffer, outcome: str, now: datetime) -> None:
    offer.status, offer.answered_at = outcome, now
    offer.save(update_fields=["status", "answered_at"])
    publish(
        SecondChanceEnded(
            auction_id=str(auction.pk),
            offer_id=str(offer.pk),
            seller_id=str(auction.seller_id),
            bidder_id=str(offer.bidder_id),
            outcome=str(outcome),
        ),
        stream=stream_of(auction),
    )


def _lock_offer(
    auction_id: Any, bidder: Any, now: datetime | None
) -> tuple[AbstractAuction, AbstractSecondChanceOffer, datetime]:
    auction = lock_auction(auction_id)
    moment = read_clock(now)
    offer = _offers(auction).filter(bidder=bidder, status=OfferStatus.PENDING).first()
    if offer is None:
        raise OfferNotFound()
    return auction, offer, moment


def _offers(auction: AbstractAuction) -> Any:
    return get_second_chance_offer_model()._default_manager.filter(auction_id=auction.pk)
