"""The rules of each way to sell. Pure: integers in, integers out, no Django.

Amounts are minor units of one currency. English, with proxy bids: a bidder names a maximum; the public price
is the second-highest maximum plus one increment, capped by the leader's maximum, so the leader pays what it
takes and no more. The increment is that of the second-highest maximum: this is how eBay's recorded closing
prices come out (`replay_auctions`: 117 of 136 to the cent; with the increment of the standing price, 108).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chowk_auctions.exceptions import BidTooLow, RaiseTooLow

Increment = Callable[[int], int]
"""The increment at a price, both in minor units."""


class Kind(StrEnum):
    """What a recorded bid was."""

    BID = "bid"
    RAISE = "raise"
    BUY_NOW = "buy_now"
    RETRACTION = "retraction"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an auction stands. Without bids ``price`` is the starting price and there is no leader.

    ``reserve_met``: whether it would sell, that is whether a bidder's maximum reaches the reserve, if any.
    """

    starting_price: int
    price: int
    leader: Hashable | None = None
    leader_maximum: int | None = field(default=None, repr=False)
    reserve_price: int | None = field(default=None, repr=False)
    reserve_met: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an accepted bid makes of the standing."""

    kind: Kind
    price: int
    leader: Hashable
    leader_maximum: int = field(repr=False)
    reserve_met: bool
    price_moved: bool


class Format(Protocol):
    """A way to sell: what the next bid must reach, and what a bid does. One object serves all auctions.

    What holds for every format, and is tested for each (``tests/test_formats.py``): the leader has the
    highest maximum, and of equal ones the earlier; the price is at least the starting price and at most the
    leader's maximum, and never falls; the reserve is met exactly when the leader's maximum reaches it; of the
    accepted bids the newest ones of a bidder may be left out: the others are accepted still, and the price
    does not rise.
    """

    sealed: bool
    """Whether bids are secret until the close. They are then kept encrypted, one a bidder, and given to
    ``accept`` in the order in which they came, once the end has come."""
    soft_close: bool
    """Whether a late bid may move the end."""

    def minimum(self, standing: Standing, increment: Increment) -> int:
        """The least maximum that somebody other than the leader may bid. Follows from public facts alone."""

    def accept(self, standing: Standing, bidder: Hashable, maximum: int, increment: Increment) -> Accepted:
        """Apply a bid. Raises BidTooLow or RaiseTooLow."""

    def buy_now_open(self, standing: Standing) -> bool:
        """Whether an auction that offers buy-now still does."""


class English:
    """Ascending price, proxy bids, the highest maximum wins; a tie goes to the earlier bid."""

    sealed = False
    soft_close = True

    def minimum(self, standing: Standing, increment: Increment) -> int:
        """The starting price, then one increment above the price.

        It does not depend on the leader's maximum, so that a refused bid tells nothing of it.
        """
        if standing.leader is None:
            return standing.starting_price
        return standing.price + increment(standing.price)

    def accept(self, standing: Standing, bidder: Hashable, maximum: int, increment: Increment) -> Accepted:
        """Apply a bid of ``bidder`` up to ``maximum``.

        Raises RaiseTooLow if the leader's new maximum does not exceed the old one, BidTooLow if anybody
        else's is below the minimum.
        """
        if standing.leader is not None and bidder == standing.leader:
            return self._raise(standing, maximum)
        minimum = self.minimum(standing, increment)
        if maximum < minimum:
            raise BidTooLow(minimum=minimum)
        if standing.leader is None or standing.leader_maximum is None:
            return self._settle(standing, Kind.BID, bidder, maximum, standing.starting_price)
        rival = standing.leader_maximum
        if maximum > rival:
            price = min(maximum, rival + increment(rival))
            return self._settle(standing, Kind.BID, bidder, maximum, price)
        price = min(rival, maximum + increment(maximum))
        return self._settle(standing, Kind.BID, standing.leader, rival, price)

    def buy_now_open(self, standing: Standing) -> bool:
        """Until the first bid; with a reserve, until a bid meets it (eBay's rule)."""
        return standing.leader is None or (standing.reserve_price is not None and not standing.reserve_met)

    def _raise(self, standing: Standing, maximum: int) -> Accepted:
        """The leader's own raise leaves the price alone, unless it is the one that meets the reserve."""
        if standing.leader_maximum is not None and maximum <= standing.leader_maximum:
            raise RaiseTooLow()
        return self._settle(standing, Kind.RAISE, standing.leader, maximum, standing.price)

    @staticmethod
    def _settle(
        standing: Standing, kind: Kind, leader: Hashable, leader_maximum: int, price: int
    ) -> Accepted:
        """The price never falls, and jumps to the reserve once the leader's maximum meets it."""
        reserve = standing.reserve_price or 0
        met = leader_maximum >= reserve
        price = max(price, standing.price, reserve if met else 0)
        return Accepted(kind, price, leader, leader_maximum, met, price != standing.price)


class EnglishAnyRise(English):
    """English, but anything above the price is a bid, so a rise may be less than one increment.

    eBay's records show such bids now and then: with this 117 of the 136 recorded auctions come out to the
    cent, with the strict minimum 116.
    """

    def minimum(self, standing: Standing, increment: Increment) -> int:
        """The starting price, then one minor unit above the price."""
        return standing.starting_price if standing.leader is None else standing.price + 1


class SealedFirstPrice:
    """Sealed bids: the highest wins and pays what it bid; a tie goes to the earlier. No buy-now."""

    sealed = True
    soft_close = False

    def minimum(self, standing: Standing, increment: Increment) -> int:
        """The starting price: what others bid is not known."""
        return standing.starting_price

    def accept(self, standing: Standing, bidder: Hashable, maximum: int, increment: Increment) -> Accepted:
        """Apply a revealed bid. Raises BidTooLow, and RaiseTooLow like every format."""
        leads = standing.leader is not None and bidder == standing.leader
        highest = standing.leader_maximum
        if leads and highest is not None and maximum <= highest:
            raise RaiseTooLow()
        if maximum < standing.starting_price:
            raise BidTooLow(minimum=standing.starting_price)
        leader = bidder
        if highest is not None and maximum <= highest:
            leader, maximum = standing.leader, highest  # type: ignore[assignment]  # with a maximum, a leader
        met = maximum >= (standing.reserve_price or 0)
        kind = Kind.RAISE if leads else Kind.BID
        return Accepted(kind, maximum, leader, maximum, met, maximum != standing.price)

    def buy_now_open(self, standing: Standing) -> bool:
        """Never: a buyer would have to be told whether anybody has bid."""
        return False


def play(
    rules: Format,
    *,
    starting_price: int,
    reserve_price: int | None,
    bids: Iterable[tuple[Hashable, int]],
    increment: Increment,
) -> Iterator[Accepted]:
    """What each of ``bids`` (bidder and maximum, in their order) makes of an auction that starts afresh."""
    standing = Standing(starting_price, starting_price, reserve_price=reserve_price)
    for bidder, maximum in bids:
        accepted = rules.accept(standing, bidder, maximum, increment)
        standing = Standing(
            starting_price,
            accepted.price,
            accepted.leader,
            accepted.leader_maximum,
            reserve_price,
            accepted.reserve_met,
        )
        yield accepted


def extended_end(
    now: datetime, *, ends_at: datetime, hard_ends_at: datetime, window: timedelta, extension: timedelta
) -> datetime:
    """The end after a bid at ``now``: within ``window`` of it, at least ``extension`` from now.

    Never earlier than it was and never past ``hard_ends_at``, so that late bids cannot go on for ever.
    """
    if ends_at - now > window:
        return ends_at
    return max(ends_at, min(now + extension, hard_ends_at))
