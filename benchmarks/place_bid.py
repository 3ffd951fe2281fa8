"""``place_bid`` beside raw SQL that does the same correct work: one bidder, then 8 processes on one lot.

The raw side looks into the seller's block list, locks the auction, reads the clock after the lock, validates,
prices by the same ladder, inserts the bid, raises the auction, takes the stream's next number and inserts the
event: a statement a step, by psycopg, without Django. An operation is an accepted bid; one that came too low
is tried again, on both sides.

``python -m benchmarks.place_bid [--json FILE]``. PostgreSQL by libpq's own variables.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings

from benchmarks.harness import (
    Result,
    compare,
    compare_processes,
    count,
    database,
    print_table,
    raw_dsn,
    statements,
)

PEOPLE = 50
PRICES = [1, 100, 500, 2500, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000]
STEPS = [5, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
START = time.monotonic_ns()

Operation = Callable[[], Any]


def configure() -> None:
    """A site with nothing but auctions."""
    settings.configure(
        SECRET_KEY="benchmark",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "chowk_core",
            "chowk_auctions",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "chowk_bench",
                "HOST": os.environ.get("PGHOST", "127.0.0.1"),
                "PORT": os.environ.get("PGPORT", "5432"),
                "USER": os.environ.get("PGUSER", "postgres"),
                "PASSWORD": os.environ.get("PGPASSWORD", ""),
            }
        },
        USE_TZ=True,
    )
    django.setup()


def next_amount() -> int:
    """Minor units that only grow, in every process, by a few increments a bid."""
    return 1_000_000 + (time.monotonic_ns() - START) // 10


def make_people() -> list[Any]:
    """The seller and the bidders."""
    from django.contrib.auth import get_user_model

    model = get_user_model()
    return model._default_manager.bulk_create(model(username=f"person{n}") for n in range(PEOPLE + 1))


def make_auction(people: list[Any]) -> Any:
    """An open auction of one of the people's user rows."""
    from django.contrib.contenttypes.models import ContentType
    from django.utils import timezone

    from chowk_auctions.services import create_auction
    from chowk_core.targets import Target

    target = ContentType.objects.create(app_label="benchmark", model=uuid.uuid4().hex)
    return create_auction(
        seller=people[0],
        target=Target.of(target),
        title="Lot",
        currency="USD",
        starting_price="1.00",
        reserve_price="2.00",
        ends_at=timezone.now() + timedelta(days=7),
    )


def ours(auction_id: Any, bidders: list[Any]) -> Operation:
    """Our service."""
    from chowk_auctions.exceptions import BidTooLow, RaiseTooLow
    from chowk_auctions.services import place_bid

    text = str(auction_id)

    def operation() -> None:
        while True:
            amount = Decimal(next_amount()).scaleb(-2)
            try:
                place_bid(auction_id=text, bidder=random.choice(bidders), amount=amount)
            except (BidTooLow, RaiseTooLow):
                continue
            return

    return operation


def increment(price: int) -> int:
    """The ladder, as hand-written code would have it."""
    return STEPS[max(0, bisect_right(PRICES, price) - 1)]


class Raw:
    """The same work without Django."""

    def __init__(self, auction_id: uuid.UUID, bidder_ids: list[int], dsn: str) -> None:
        self.auction_id, self.bidder_ids = auction_id, bidder_ids
        self.connection = psycopg.connect(dsn, autocommit=True)

    def __call__(self) -> None:
        while not self.bid(random.choice(self.bidder_ids), next_amount()):
            pass

    def bid(self, bidder: int, maximum: int) -> bool:
        """Whether the bid was accepted."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM chowk_auctions_blockedbidder blocked"
                " JOIN chowk_auctions_auction auction ON auction.seller_id = blocked.seller_id"
                " WHERE auction.id = %s AND blocked.bidder_id = %s",
                [self.auction_id, bidder],
            )
            if cursor.fetchone():
                return False
            cursor.execute(
                "SELECT status, seller_id, currency, starting_price, reserve_price, price, leader_id,"
                " leader_maximum, bid_count, starts_at, ends_at, hard_ends_at, extension_window, extension"
                " FROM chowk_auctions_auction WHERE id = %s FOR NO KEY UPDATE",
                [self.auction_id],
            )
            row = cursor.fetchone()
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
            step = self.decide(row, now, bidder, maximum)
            if step is None:
                return False
            self.write(cursor, row, now, (bidder, maximum), step)
        return True

    @staticmethod
    def decide(row: tuple[Any, ...], now: Any, bidder: int, maximum: int) -> tuple[Any, ...] | None:
        """Price, leader, their maximum, reserve met and end; None for a bid that is refused."""
        status, seller, _currency, start, reserve, price, leader, leading, _count, starts, ends = row[:11]
        hard, window, extension = row[11:]
        if status != "open" or seller == bidder or not starts <= now < ends:
            return None
        if leader == bidder:
            if maximum <= leading:
                return None
            leading = maximum
        elif leader is None:
            if maximum < start:
                return None
            leader, leading = bidder, maximum
        elif maximum < price + increment(price):
            return None
        elif maximum > leading:
            price = max(price, min(maximum, leading + increment(leading)))
            leader, leading = bidder, maximum
        else:
            price = max(price, min(leading, maximum + increment(maximum)))
        met = leading >= (reserve or 0)
        price = max(price, reserve or 0) if met else price
        ends = max(ends, min(now + extension, hard)) if ends - now <= window else ends
        return price, leader, leading, met, ends

    def write(
        self, cursor: Any, row: tuple[Any, ...], now: Any, bid: tuple[int, int], step: tuple[Any, ...]
    ) -> None:
        """The bid, the auction, the stream's number and the event."""
        (bidder, maximum), (price, leader, leading, met, ends) = bid, step
        number, key = row[8] + 1, uuid.uuid4()
        cursor.execute(
            "INSERT INTO chowk_auctions_bid (id, auction_id, sequence, kind, bidder_id, maximum, price,"
            " leader_id, reserve_met, extended_to, placed_at, reason)"
            " VALUES (%s, %s, %s, 'bid', %s, %s, %s, %s, %s, %s, %s, '')",
            [key, self.auction_id, number, bidder, maximum, price, leader, met, None, now],
        )
        cursor.execute(
            "UPDATE chowk_auctions_auction SET price = %s, leader_id = %s, leader_maximum = %s,"
            " reserve_met = %s, bid_count = %s, last_sequence = %s, ends_at = %s WHERE id = %s",
            [price, leader, leading, met, number, number, ends, self.auction_id],
        )
        stream = f"auctions.auction:{self.auction_id}"
        cursor.execute(
            "INSERT INTO chowk_core_stream (name, last_seq, pruned_seq, epoch) VALUES (%s, 1, 0, %s)"
            " ON CONFLICT (name) DO UPDATE SET last_seq = chowk_core_stream.last_seq + 1 RETURNING last_seq",
            [stream, "00000000"],
        )
        payload = {
            "auction_id": str(self.auction_id),
            "bid_id": str(key),
            "sequence": number,
            "bidder_id": str(bidder),
            "price": f"{price / 100:.2f}",
            "currency": row[2],
            "next_minimum": f"{(price + increment(price)) / 100:.2f}",
            "bid_count": number,
            "leader_id": str(leader),
            "reserve_met": met,
            "ends_at": ends.isoformat(),
            "extended": ends != row[10],
        }
        cursor.execute(
            "INSERT INTO chowk_core_loggedevent (name, payload, stream, seq, at)"
            " VALUES ('auctions.bid_placed', %s, %s, %s, %s)",
            [json.dumps(payload), stream, cursor.fetchone()[0], now],
        )


def measure(processes: int) -> list[Result]:
    """Both comparisons, in a fresh database."""
    from django.db import connections

    people = make_people()
    mine, theirs = make_auction(people), make_auction(people)
    dsn = raw_dsn()
    ids = [person.pk for person in people[1:]]
    operation = ours(mine.pk, people[1:])
    operation()
    with statements() as found:
        operation()
    per_bid = count(found)
    single = compare(
        "place_bid, one thread",
        operation,
        Raw(theirs.pk, ids, dsn),
        aim=1 / 3,
        statements=per_bid,
        note="raw: 7 +2",
    )
    hot_mine, hot_theirs = make_auction(people).pk, make_auction(people).pk
    connections.close_all()
    hot = compare_processes(
        f"place_bid, {processes} processes, one lot",
        lambda number: ours(hot_mine, people[1:]),
        lambda number: Raw(hot_theirs, ids, dsn),
        processes=processes,
        aim=1 / 2,
        statements=per_bid,
        note="raw: 7 +2",
    )
    verify()
    return [single, hot]


def verify() -> None:
    """Both sides did the work: numbers without a gap in bids and events. Raises AssertionError."""
    from django.db.models import Max

    from chowk_auctions.models import Auction
    from chowk_core.models import LoggedEvent

    for auction in Auction.objects.all():
        bids = auction.bids.aggregate(last=Max("sequence"))["last"]
        events = LoggedEvent.objects.filter(stream=f"auctions.auction:{auction.pk}")
        told = events.aggregate(last=Max("seq"))["last"]
        assert bids == auction.bid_count == auction.bids.count(), auction.pk
        assert told == bids + 1 == events.count(), auction.pk  # the opening, then the bids


def main() -> dict[str, Any]:
    """Measure, print the table, write ``--json FILE`` if asked, and return what was measured."""
    parser = argparse.ArgumentParser(prog="benchmarks.place_bid", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--processes", type=int, default=8)
    arguments = parser.parse_args()
    configure()
    with database("place_bid"):
        results = measure(arguments.processes)
    print_table("place_bid beside raw SQL, medians of paired runs", results)
    rows = [result.as_dict() for result in results]
    if arguments.json:
        arguments.json.write_text(json.dumps(rows))
    return {row["name"]: row for row in rows}


if __name__ == "__main__":
    main()
