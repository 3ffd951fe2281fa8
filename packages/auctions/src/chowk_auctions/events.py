"""What auctions tell the world. Amounts are decimal text, times ISO 8601 UTC, ids text.

No event carries a maximum, the leader's or anybody else's, not even after the close; of sealed bids none
carries an amount before the reveal. What somebody takes at a second chance is the price of that sale.
"""

from __future__ import annotations

from dataclasses import dataclass

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class AuctionScheduled(Event, name="auctions.scheduled"):
    """An auction was made that starts later."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    title: str
    starting_price: str
    currency: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, kw_only=True)
class AuctionOpened(Event, name="auctions.opened"):
    """Bids are taken from now on."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    title: str
    starting_price: str
    currency: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, kw_only=True)
class BidPlaced(Event, name="auctions.bid_placed"):
    """A bid was accepted. ``price`` and ``leader_id`` are those after it; ``extended`` tells of a new end."""

    auction_id: str
    bid_id: str
    sequence: int
    bidder_id: str
    price: str
    currency: str
    next_minimum: str
    bid_count: int
    leader_id: str
    reserve_met: bool
    ends_at: str
    extended: bool


@dataclass(frozen=True, kw_only=True)
class AuctionCancelled(Event, name="auctions.cancelled"):
    """Called off by its seller before any bid, or by staff."""

    auction_id: str
    target_type: str
    target_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuctionSold(Event, name="auctions.sold"):
    """Closed with a winner, bought at the buy-now price, or taken at a second chance.

    ``sale_number`` is 1 for the first sale of the auction, 2 and more for second chances. The buyer has until
    ``settle_by`` to pay.
    """

    auction_id: str
    target_type: str
    target_id: str
    title: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    settle_by: str
    sale_number: int = 1


@dataclass(frozen=True, kw_only=True)
class AuctionUnsold(Event, name="auctions.unsold"):
    """Ended without a sale. ``reason`` is "no_bids", "reserve_not_met" or, where nobody paid, "unpaid"."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuctionSettled(Event, name="auctions.settled"):
    """The winner paid."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    sale_number: int


@dataclass(frozen=True, kw_only=True)
class SaleVoided(Event, name="auctions.sale_voided"):
    """The sale was undone, and not for want of payment: the seller or staff cancelled it."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    sale_number: int


@dataclass(frozen=True, kw_only=True)
class PaymentDefaulted(Event, name="auctions.payment_defaulted"):
    """The winner did not pay in time."""

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    sale_number: int


@dataclass(frozen=True, kw_only=True)
class PaymentTooLate(Event, name="auctions.payment_too_late"):
    """Somebody paid for a sale whose buyer had defaulted, or that was undone. It does not count.

    Whoever took the money gives it back. ``sale_number`` is that of the sale, which may not be the newest.
    """

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    sale_number: int


@dataclass(frozen=True, kw_only=True)
class WatchersChanged(Event, name="auctions.watchers_changed"):
    """Somebody began (``watching``) or ceased to watch an auction."""

    auction_id: str
    user_id: str
    watching: bool
    watcher_count: int


@dataclass(frozen=True, kw_only=True)
class EndingSoon(Event, name="auctions.ending_soon"):
    """No more than ``lead_seconds`` are left. Told once per auction and lead, whatever moves the end later.

    Whom it may concern: ``chowk_auctions.policies.followers``.
    """

    auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    title: str
    price: str
    currency: str
    ends_at: str
    lead_seconds: int
    watcher_count: int


@dataclass(frozen=True, kw_only=True)
class AuctionRelisted(Event, name="auctions.relisted"):
    """What was not sold is auctioned again, as ``new_auction_id``."""

    auction_id: str
    new_auction_id: str
    target_type: str
    target_id: str
    seller_id: str
    starting_price: str
    currency: str
    automatic: bool


@dataclass(frozen=True, kw_only=True)
class BidRetracted(Event, name="auctions.bid_retracted"):
    """A bidder took back bids, those numbered ``retracted``. Price and leader are those of what is left.

    ``leader_id`` is null where nothing is left.
    """

    auction_id: str
    sequence: int
    bidder_id: str
    retracted: list[int]
    reason: str
    price: str
    currency: str
    next_minimum: str
    bid_count: int
    leader_id: str | None
    reserve_met: bool


@dataclass(frozen=True, kw_only=True)
class SettlementReminder(Event, name="auctions.settlement_reminder"):
    """The buyer has not paid yet, and no more than ``lead_seconds`` are left.

    ``pay_url`` is what the PAY_URL policy answers, "" where it knows none.
    """

    auction_id: str
    target_type: str
    target_id: str
    title: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    settle_by: str
    lead_seconds: int
    sale_number: int
    pay_url: str


@dataclass(frozen=True, kw_only=True)
class SecondChanceOffered(Event, name="auctions.second_chance_offered"):
    """What nobody paid for is offered to another bidder until ``expires_at``.

    Only that bidder sees the amount, by asking.
    """

    auction_id: str
    offer_id: str
    target_type: str
    target_id: str
    title: str
    seller_id: str
    bidder_id: str
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class SecondChanceEnded(Event, name="auctions.second_chance_ended"):
    """An offer was "accepted" (``auctions.sold`` follows), "declined" or has "expired"."""

    auction_id: str
    offer_id: str
    seller_id: str
    bidder_id: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SealedBidPlaced(Event, name="auctions.sealed_bid_placed"):
    """A sealed bid came in, or took the place of its bidder's former one (``replaced``)."""

    auction_id: str
    bidder_id: str
    sequence: int
    replaced: bool
    sealed_count: int
    commitment: str


@dataclass(frozen=True, kw_only=True)
class BidsRevealed(Event, name="auctions.bids_revealed"):
    """The end has come, and the sealed bids were opened. Price and leader are those of the highest."""

    auction_id: str
    bid_count: int
    price: str
    currency: str
    leader_id: str
    reserve_met: bool
