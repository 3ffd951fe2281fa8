"""Bidding and buying."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from chowk_auctions.amounts import parse_amount, require_currency
from chowk_auctions.bid_stores import LockedAuction, NewBid, auction_key, bid_store
from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Accepted, Kind, Standing, extended_end
from chowk_auctions.events import BidPlaced
from chowk_auctions.exceptions import (
    AuctionEnded,
    AuctionNotOpen,
    BidTooLow,
    BuyNowUnavailable,
    SellerCannotBid,
)
from chowk_auctions.models import get_auction_model
from chowk_auctions.rules import increments, next_minimum
from chowk_auctions.services.closing import sell
from chowk_auctions.services.sealed import Receipt, take_sealed
from chowk_core.money import amount_text
from chowk_core.policies import ask
from chowk_core.publishing import publish


@dataclass(frozen=True, slots=True)
class PlacedBid:
    """An accepted bid, as its bidder may see it. Amounts are minor units of ``currency``.

    A sealed bid has a ``commitment``, and neither number, maximum, price, leader nor anything else that would
    tell of others' bids.
    """

    id: Any
    auction_id: Any
    sequence: int | None
    kind: Kind
    maximum: int | None = field(repr=False)
    price: int | None
    currency: str
    next_minimum: int
    leading: bool | None
    reserve_met: bool | None
    ends_at: datetime
    extended: bool
    placed_at: datetime
    commitment: str = ""


@sensitive_variables("amount")
def place_bid(
    *,
    auction_id: Any,
    bidder: Any,
    amount: Decimal | str | int,
    currency: str | None = None,
    now: datetime | None = None,
) -> PlacedBid:
    """Bid up to ``amount`` (in units of the auction's currency) for ``bidder``, or raise their maximum.

    Locks the auction's row, then reads the clock and decides on what it read. An accepted bid is numbered,
    moves price, leader and perhaps the end, and publishes ``auctions.bid_placed``; a refused one changes
    nothing. In a sealed auction ``amount`` is the bid itself: it is kept encrypted, in place of the bidder's
    former one, and ``auctions.sealed_bid_placed`` is published. Raises AuctionNotFound, Refused (a MAY_BID
    policy), SellerCannotBid, AuctionNotOpen, AuctionEnded, WrongCurrency, InvalidAmount, AmountOutOfRange,
    BidTooLow, RaiseTooLow.
    """
    key = auction_key(auction_id)
    with transaction.atomic():
        ask_policies(key, bidder)
        auction = bid_store().lock(key, now)
        require_open(auction, bidder)
        require_currency(currency, auction.currency)
        return bid_under_lock(auction, bidder, parse_amount(amount, auction.currency))


@sensitive_variables("maximum", "bid", "placed", "accepted")
def bid_under_lock(auction: LockedAuction, bidder: Any, maximum: int) -> PlacedBid:
    """Bid in an open auction whose lock the caller holds. Publishes and raises what ``place_bid`` does."""
    accepted = _accept(auction, bidder, maximum)
    if auctions_settings.FORMATS[auction.format].sealed:
        return _sealed(auction, take_sealed(auction, bidder, maximum))
    ends_at = _end_after(auction, accepted)
    bid = NewBid(bidder.pk, maximum, accepted, ends_at, ends_at != auction.ends_at)
    placed = _placed(auction, bid, bid_store().record(auction, bid))
    _publish(auction, placed, bidder, accepted)
    return placed


def buy_now(*, auction_id: Any, buyer: Any, now: datetime | None = None) -> PlacedBid:
    """Buy at the buy-now price: the auction closes as sold to ``buyer``.

    Locks the auction's row. Possible until the first bid or, with a reserve, until it is met. Recorded as
    a bid of kind "buy_now"; publishes ``auctions.sold``. Raises AuctionNotFound, Refused (MAY_BID),
    SellerCannotBid, AuctionNotOpen, AuctionEnded, BuyNowUnavailable.
    """
    key = auction_key(auction_id)
    with transaction.atomic():
        ask_policies(key, buyer)
        store = bid_store()
        auction = store.lock(key, now)
        require_open(auction, buyer)
        rules, price = auctions_settings.FORMATS[auction.format], auction.buy_now_price
        if price is None or not rules.buy_now_open(auction.standing):
            raise BuyNowUnavailable()
        accepted = Accepted(Kind.BUY_NOW, price, buyer.pk, price, True, price != auction.price)
        bid = NewBid(buyer.pk, price, accepted, auction.ends_at, False)
        placed = _placed(auction, bid, store.record(auction, bid))
        sold = get_auction_model()._default_manager.get(pk=auction.id)
        sell(sold, auction.now, buyer_id=buyer.pk, price=price)
    return placed


def ask_policies(key: Any, bidder: Any) -> None:
    """Before the lock: policies may be slow, and nothing they know is guarded by the auction's lock."""
    policies = auctions_settings.MAY_BID
    if policies:
        ask(policies, bidder=bidder, auction=bid_store().look(key))


def require_open(auction: LockedAuction, bidder: Any) -> None:
    if auction.seller_id == bidder.pk:
        raise SellerCannotBid()
    if auction.status != "open" or auction.now < auction.starts_at:
        raise AuctionNotOpen()
    if auction.now >= auction.ends_at:
        raise AuctionEnded()


def _accept(auction: LockedAuction, bidder: Any, maximum: int) -> Accepted:
    currency = auction.currency
    try:
        return auctions_settings.FORMATS[auction.format].accept(
            auction.standing, bidder.pk, maximum, increments(currency)
        )
    except BidTooLow as error:
        raise BidTooLow(minimum=f"{amount_text(error.params['minimum'], currency)} {currency}") from None


def _end_after(auction: LockedAuction, accepted: Accepted) -> datetime:
    """Soft close. Only called for an accepted bid: a refused one never extends."""
    if not auctions_settings.FORMATS[auction.format].soft_close:
        return auction.ends_at
    if accepted.kind is Kind.RAISE and not accepted.price_moved and not auctions_settings.OWN_RAISE_EXTENDS:
        return auction.ends_at
    return extended_end(
        auction.now,
        ends_at=auction.ends_at,
        hard_ends_at=auction.hard_ends_at,
        window=auction.extension_window,
        extension=auction.extension,
    )


def _placed(auction: LockedAuction, bid: NewBid, key: Any) -> PlacedBid:
    accepted = bid.accepted
    after = Standing(auction.starting_price, accepted.price, accepted.leader)
    return PlacedBid(
        id=key,
        auction_id=auction.id,
        sequence=auction.last_sequence + 1,
        kind=accepted.kind,
        maximum=bid.maximum,
        price=accepted.price,
        currency=auction.currency,
        next_minimum=next_minimum(auction.format, after, auction.currency),
        leading=accepted.leader == bid.bidder_id,
        reserve_met=accepted.reserve_met,
        ends_at=bid.ends_at,
        extended=bid.extended,
        placed_at=auction.now,
    )


def _sealed(auction: LockedAuction, receipt: Receipt) -> PlacedBid:
    standing = Standing(auction.starting_price, auction.starting_price)
    return PlacedBid(
        id=receipt.id,
        auction_id=auction.id,
        sequence=None,
        kind=Kind.BID,
        maximum=None,
        price=None,
        currency=auction.currency,
        next_minimum=next_minimum(auction.format, standing, auction.currency),
        leading=None,
        reserve_met=None,
        ends_at=auction.ends_at,
        extended=False,
        placed_at=auction.now,
        commitment=receipt.commitment,
    )


def _publish(auction: LockedAuction, placed: PlacedBid, bidder: Any, accepted: Accepted) -> None:
    auction_id, currency = str(placed.auction_id), placed.currency
    publish(
        BidPlaced(
            auction_id=auction_id,
            bid_id=str(placed.id),
            sequence=auction.last_sequence + 1,
            bidder_id=str(bidder.pk),
            price=amount_text(accepted.price, currency),
            currency=currency,
            next_minimum=amount_text(placed.next_minimum, currency),
            bid_count=auction.bid_count + 1,
            leader_id=str(accepted.leader),
            reserve_met=accepted.reserve_met,
            ends_at=placed.ends_at.astimezone(UTC).isoformat(),
            extended=placed.extended,
        ),
        stream=f"auctions.auction:{auction_id}",
    )
