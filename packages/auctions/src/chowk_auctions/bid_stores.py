"""Two ways to lock an auction and to record a bid: the ORM's, and PostgreSQL statements that do the same.

The hot path looks at the auction for the policies, then reads some columns under the lock, lets the engine
decide, and writes two rows. On PostgreSQL, with our own models, that is one statement to lock and read the
clock and one to write; anywhere else it is the ORM. ``tests/test_bid_stores.py`` holds both to the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.clock import read_clock
from chowk_auctions.engine import Accepted, Standing
from chowk_auctions.exceptions import AuctionNotFound
from chowk_auctions.models import (
    Auction,
    Bid,
    get_auction_model,
    get_bid_model,
    get_blocked_bidder_model,
)
from chowk_core.ids import uuid7


@dataclass(slots=True)
class LockedAuction:
    """What a bid is decided on: an auction as it was read under its lock, and the time right after."""

    id: Any
    format: str
    status: str
    seller_id: Any
    currency: str
    starting_price: int
    price: int
    leader_id: Any
    reserve_met: bool
    bid_count: int
    last_sequence: int
    starts_at: datetime
    ends_at: datetime
    hard_ends_at: datetime
    extension_window: timedelta
    extension: timedelta
    buy_now_price: int | None
    reserve_price: int | None = field(repr=False)
    leader_maximum: int | None = field(repr=False)
    now: datetime = field(default_factory=timezone.now)

    @property
    def standing(self) -> Standing:
        """The engine's view. Holds the leader's maximum."""
        return Standing(
            self.starting_price,
            self.price,
            self.leader_id,
            self.leader_maximum,
            self.reserve_price,
            self.reserve_met,
        )


COLUMNS = (
    "id",
    "format",
    "status",
    "seller_id",
    "currency",
    "starting_price",
    "price",
    "leader_id",
    "reserve_met",
    "bid_count",
    "last_sequence",
    "starts_at",
    "ends_at",
    "hard_ends_at",
    "extension_window",
    "extension",
    "buy_now_price",
    "reserve_price",
    "leader_maximum",
)


@dataclass(slots=True)
class NewBid:
    """A bid to record, with the end of the auction after it."""

    bidder_id: Any
    maximum: int = field(repr=False)
    accepted: Accepted
    ends_at: datetime
    extended: bool


class BidStore(Protocol):
    """Looks, locks and records inside the caller's transaction."""

    def look(self, auction_id: Any) -> AbstractAuction:
        """The auction without its leader's maximum, unlocked, for policies. Raises AuctionNotFound."""

    def is_blocked(self, *, seller_id: Any, bidder_id: Any) -> bool:
        """Whether the seller takes no bids from the bidder."""

    def lock(self, auction_id: Any, now: datetime | None) -> LockedAuction:
        """Lock the auction's row, then read the clock (unless ``now``). Raises AuctionNotFound."""

    def record(self, auction: LockedAuction, bid: NewBid) -> Any:
        """Insert the bid and raise the auction to what it makes of it. Returns the bid's key."""


class OrmBidStore:
    """Any database, any model."""

    def look(self, auction_id: Any) -> AbstractAuction:
        """See BidStore."""
        rows = get_auction_model()._default_manager.defer("leader_maximum")
        auction = rows.filter(pk=auction_id).first()
        if auction is None:
            raise AuctionNotFound()
        return auction

    def is_blocked(self, *, seller_id: Any, bidder_id: Any) -> bool:
        """See BidStore."""
        rows = get_blocked_bidder_model()._default_manager
        return rows.filter(seller_id=seller_id, bidder_id=bidder_id).exists()

    def lock(self, auction_id: Any, now: datetime | None) -> LockedAuction:
        """See BidStore."""
        rows = lockable(get_auction_model()._default_manager.all())
        values = rows.filter(pk=auction_id).values_list("pk", *COLUMNS[1:]).first()
        if values is None:
            raise AuctionNotFound()
        return LockedAuction(*values, now=read_clock(now))

    def record(self, auction: LockedAuction, bid: NewBid) -> Any:
        """See BidStore."""
        accepted = bid.accepted
        row = get_bid_model()._default_manager.create(
            auction_id=auction.id,
            sequence=auction.last_sequence + 1,
            kind=accepted.kind.value,
            bidder_id=bid.bidder_id,
            maximum=bid.maximum,
            price=accepted.price,
            leader_id=accepted.leader,
            reserve_met=accepted.reserve_met,
            extended_to=bid.ends_at if bid.extended else None,
            placed_at=auction.now,
        )
        get_auction_model()._default_manager.filter(pk=auction.id).update(
            price=accepted.price,
            leader_id=accepted.leader,
            leader_maximum=accepted.leader_maximum,
            reserve_met=accepted.reserve_met,
            bid_count=auction.bid_count + 1,
            last_sequence=auction.last_sequence + 1,
            ends_at=bid.ends_at,
        )
        return row.pk


SEEN = tuple(f.attname for f in Auction._meta.concrete_fields if f.attname != "leader_maximum")
LOOK = f"SELECT {', '.join(SEEN)} FROM chowk_auctions_auction WHERE id = %s"  # noqa: S608 - constants only

BLOCKED = "SELECT EXISTS (SELECT 1 FROM {} WHERE seller_id = %s AND bidder_id = %s)"

# The clock stands outside the locked part: in the same SELECT it would be read before the wait for the lock.
LOCK = f"""
WITH locked AS MATERIALIZED (
    SELECT {", ".join(COLUMNS)} FROM chowk_auctions_auction WHERE id = %s FOR NO KEY UPDATE
)
SELECT locked.*, clock_timestamp() FROM locked
"""  # noqa: S608 - constants only

RECORD = """
WITH raised AS (
    UPDATE chowk_auctions_auction
    SET price = %(price)s, leader_id = %(leader)s, leader_maximum = %(leader_maximum)s,
        reserve_met = %(reserve_met)s, bid_count = bid_count + 1, last_sequence = %(sequence)s,
        ends_at = %(ends_at)s
    WHERE id = %(auction)s
)
INSERT INTO chowk_auctions_bid
    (id, auction_id, sequence, kind, bidder_id, maximum, price, leader_id, reserve_met,
     extended_to, placed_at, reason)
VALUES
    (%(id)s, %(auction)s, %(sequence)s, %(kind)s, %(bidder)s, %(maximum)s, %(price)s, %(leader)s,
     %(reserve_met)s, %(extended_to)s, %(placed_at)s, '')
"""


class PostgresBidStore:
    """PostgreSQL and the package's own auctions and bids. Writing the SQL is half of what the ORM takes."""

    def look(self, auction_id: Any) -> AbstractAuction:
        """See BidStore."""
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [auction_id])
            row = cursor.fetchone()
        if row is None:
            raise AuctionNotFound()
        return Auction.from_db(connection.alias, SEEN, row)

    def is_blocked(self, *, seller_id: Any, bidder_id: Any) -> bool:
        """See BidStore."""
        table = connection.ops.quote_name(get_blocked_bidder_model()._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED.format(table), [seller_id, bidder_id])
            return bool(cursor.fetchone()[0])

    def lock(self, auction_id: Any, now: datetime | None) -> LockedAuction:
        """See BidStore."""
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [auction_id])
            row = cursor.fetchone()
        if row is None:
            raise AuctionNotFound()
        auction = LockedAuction(*row)
        if now is not None:
            auction.now = now
        return auction

    def record(self, auction: LockedAuction, bid: NewBid) -> Any:
        """See BidStore."""
        accepted, key = bid.accepted, uuid7()
        parameters = {
            "id": key,
            "auction": auction.id,
            "sequence": auction.last_sequence + 1,
            "kind": accepted.kind.value,
            "bidder": bid.bidder_id,
            "maximum": bid.maximum,
            "price": accepted.price,
            "leader": accepted.leader,
            "leader_maximum": accepted.leader_maximum,
            "reserve_met": accepted.reserve_met,
            "ends_at": bid.ends_at,
            "extended_to": bid.ends_at if bid.extended else None,
            "placed_at": auction.now,
        }
        with connection.cursor() as cursor:
            cursor.execute(RECORD, parameters)
        return key


_orm = OrmBidStore()
_postgres = PostgresBidStore()


@cache
def _own_models() -> bool:
    return not (Auction._meta.swapped or Bid._meta.swapped)


def bid_store() -> BidStore:
    """The store for this site and database."""
    return _postgres if connection.vendor == "postgresql" and _own_models() else _orm


def lockable(rows: Any, *, skip_locked: bool = False) -> Any:
    """``rows``, locked when they are read, as far as the database can.

    The lock leaves rows that point to them alone (FOR NO KEY UPDATE): nobody changes an auction's key, and
    whoever begins to watch it does not wait for a bid.
    """
    features = connection.features
    if skip_locked and not features.has_select_for_update_skip_locked:
        return rows
    return rows.select_for_update(
        of=("self",), skip_locked=skip_locked, no_key=features.has_select_for_no_key_update
    )


def lock_auction(auction_id: Any) -> AbstractAuction:
    """Lock an auction's row, by its key as text, and wait for it. Raises AuctionNotFound."""
    rows = lockable(get_auction_model()._default_manager.all())
    auction = rows.filter(pk=auction_key(auction_id)).first()
    if auction is None:
        raise AuctionNotFound()
    return auction


def lock_some(auctions: Any, count: int) -> list[AbstractAuction]:
    """Lock up to ``count`` of ``auctions``, by key, skipping what is locked where the database can."""
    return list(lockable(auctions, skip_locked=True).order_by("pk")[:count])


def auction_key(value: Any) -> Any:
    """``value`` (text, as a URL has it) as the auction model's key. Raises AuctionNotFound."""
    try:
        return get_auction_model()._meta.pk.to_python(value)
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise AuctionNotFound() from error
