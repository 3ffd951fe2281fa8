"""What the selectors answer: auctions, bids and blocks as one viewer may see them; amounts are text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chowk_core.targets import Target


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A second-chance offer to the viewer that is open."""

    id: str
    amount: str = field(repr=False)
    currency: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """What an auction is to its viewer. ``name`` is how others see them in it; None for strangers.

    In a sealed auction nobody is ``leading`` before the reveal, and the bidder's own ``maximum`` is not told.
    ``pay_url`` is for the buyer who has not paid yet, and only where one auction is asked for.
    """

    name: str | None = None
    is_seller: bool = False
    has_bid: bool = False
    leading: bool = False
    won: bool = False
    watching: bool = False
    maximum: str | None = field(default=None, repr=False)
    offer: Offer | None = None
    pay_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class AuctionState:
    """An auction as one viewer may see it.

    ``next_minimum`` and ``buy_now_price`` are None where no bid or purchase is possible, ``reserve_price``
    for everybody but the seller, ``settle_by`` and ``settlement`` ("due", "settled", "defaulted", "voided",
    "second_chance" while the next bidders are asked) for everybody but seller, buyer and staff. ``leader``
    and ``winner`` are masked names; ``sale_price`` is what the winner pays. While ``sealed`` the price is the
    starting price, there is no leader, and ``bid_count`` is None where it is not public.
    """

    id: str
    target: Target
    title: str
    seller_id: str
    format: str
    status: str
    currency: str
    starting_price: str
    price: str
    next_minimum: str | None
    buy_now_price: str | None
    reserve_price: str | None
    has_reserve: bool
    reserve_met: bool
    sealed: bool
    bid_count: int | None
    watcher_count: int
    leader: str | None
    winner: str | None
    sale_price: str | None
    starts_at: datetime
    ends_at: datetime
    hard_ends_at: datetime
    closed_at: datetime | None
    settle_by: datetime | None
    settlement: str | None
    server_time: datetime
    you: Viewpoint


@dataclass(frozen=True, kw_only=True)
class BidLine:
    """A line of the bid history as one viewer may see it.

    ``maximum`` only on the viewer's own lines, and on those of revealed sealed bids. A line of the kind
    "retraction" says what the remaining bids made of the price; ``leader`` is None where none is left.
    """

    sequence: int
    kind: str
    bidder: str
    is_you: bool
    leader: str | None
    you_lead: bool
    price: str
    currency: str
    reserve_met: bool
    maximum: str | None = field(default=None, repr=False)
    retracted: bool
    reason: str
    extended_to: datetime | None
    placed_at: datetime


@dataclass(frozen=True, kw_only=True)
class BlockedLine:
    """Somebody that a seller takes no bids from, as that seller knows them.

    By the user's key (``bidder``), or by the ``name`` seen in an ``auction``.
    """

    id: str
    bidder: str | None
    auction: str | None
    name: str
    note: str
    created_at: datetime
