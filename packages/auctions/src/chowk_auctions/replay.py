"""Recorded auctions, bid again through our own service on a simulated clock.

The file has a row a bid: auction_id, bid, bid_time_days (since the start), bidder, opening_bid,
closing_price, duration ("7 day auction"). Other columns are ignored.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils.crypto import get_random_string

from chowk_auctions.amounts import parse_amount
from chowk_auctions.models import get_auction_model
from chowk_auctions.services import close_auction, place_bid
from chowk_core.exceptions import DomainError

COLUMNS = ("auction_id", "bid", "bid_time_days", "bidder", "opening_bid", "closing_price", "duration")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""When every replayed auction starts: long before any of the site's own."""


class BadRow(ValueError):
    """A row that cannot be read; the text says why."""


@dataclass(frozen=True, order=True)
class RecordedBid:
    """One row. Sorts by time, then by line."""

    after: timedelta
    line: int
    bidder: str
    maximum: Decimal


@dataclass
class RecordedAuction:
    """The rows of one auction."""

    id: str
    opening: int
    closing: int
    length: timedelta
    bids: list[RecordedBid] = field(default_factory=list)


@dataclass
class Recording:
    """A whole file: its auctions in order of appearance, and the lines that could not be read."""

    auctions: dict[str, RecordedAuction] = field(default_factory=dict)
    bad: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Replayed:
    """How one auction came out. Amounts are minor units."""

    auction: RecordedAuction
    price: int
    highest: int
    reserve: int | None
    refused: Counter[str]

    @property
    def exact(self) -> bool:
        """Whether the price is the recorded one, to the minor unit."""
        return self.price == self.auction.closing

    @property
    def suggests_reserve(self) -> bool:
        """A hidden reserve explains the record: the winner paid their whole maximum, more than it took."""
        return self.highest == self.auction.closing > self.price


def read_recording(lines: Iterable[str], currency: str) -> Recording:
    """Read a file. Raises BadRow for a header that lacks columns; bad rows are kept by line and reason."""
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BadRow(f"columns missing: {', '.join(missing)}")
    recording = Recording()
    for row in reader:
        try:
            _add(recording, row, reader.line_num, currency)
        except (BadRow, DomainError) as error:
            recording.bad.append((reader.line_num, str(error)))
    return recording


def _add(recording: Recording, row: dict[str, Any], line: int, currency: str) -> None:
    if any(not (row[name] or "").strip() for name in COLUMNS):
        raise BadRow(f"empty: {', '.join(name for name in COLUMNS if not (row[name] or '').strip())}")
    key = row["auction_id"].strip()
    length = _days(row["duration"].split()[0], "duration")
    bid = RecordedBid(
        after=_days(row["bid_time_days"], "bid_time_days"),
        line=line,
        bidder=row["bidder"].strip(),
        maximum=_number(row["bid"], "bid"),
    )
    parse_amount(bid.maximum, currency)
    if bid.after > length:
        raise BadRow("bid_time_days lies after the end")
    opening, closing = (
        parse_amount(_number(row[name], name), currency, field=name)
        for name in ("opening_bid", "closing_price")
    )
    auction = recording.auctions.setdefault(key, RecordedAuction(key, opening, closing, length))
    if (auction.opening, auction.closing, auction.length) != (opening, closing, length):
        raise BadRow("opening_bid, closing_price or duration differ from earlier rows of this auction")
    auction.bids.append(bid)


def _number(text: str, column: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise BadRow(f"{column} is not a number: {text!r}") from error
    if not number.is_finite():
        raise BadRow(f"{column} is not a number: {text!r}")
    return number


def _days(text: str, column: str) -> timedelta:
    number = _number(text, column)
    if not 0 <= number <= 366:
        raise BadRow(f"{column} is not between 0 and 366 days: {text!r}")
    return timedelta(microseconds=int(number * 86_400_000_000))


def replay(
    auction: RecordedAuction, *, currency: str, auction_format: str, reserve: int | None = None, keep: bool
) -> Replayed:
    """Bid ``auction`` again and close it. One transaction, rolled back unless ``keep``.

    The auction's row and its people are made directly, since no policy of the site knows them; every bid
    goes through ``place_bid``. A refused bid is counted by its error's code.
    """
    refused: Counter[str] = Counter()
    with transaction.atomic():
        names = list(dict.fromkeys(bid.bidder for bid in auction.bids))
        seller, *people = _throw_away_users(len(names) + 1)
        bidders = dict(zip(names, people, strict=True))
        row = _open(auction, seller, currency, auction_format, reserve)
        for bid in sorted(auction.bids):
            try:
                place_bid(
                    auction_id=row.pk,
                    bidder=bidders[bid.bidder],
                    amount=bid.maximum,
                    now=EPOCH + bid.after,
                )
            except DomainError as error:
                refused[error.code] += 1
        close_auction(auction_id=row.pk, now=row.ends_at)
        row.refresh_from_db()
        transaction.set_rollback(not keep)
    return Replayed(auction, row.price, row.leader_maximum or 0, reserve, refused)


def replay_all(
    auctions: Iterable[RecordedAuction], *, infer_reserve: bool, **options: Any
) -> Iterator[Replayed]:
    """Replay each; with ``infer_reserve`` once more with a reserve where the record suggests one."""
    for auction in auctions:
        result = replay(auction, **options)
        if infer_reserve and result.suggests_reserve:
            result = replay(auction, reserve=auction.closing, **options)
        yield result


def _open(
    auction: RecordedAuction, seller: Any, currency: str, auction_format: str, reserve: int | None
) -> Any:
    # An instant longer than recorded: the file has bids in the very last microsecond.
    end = EPOCH + auction.length + timedelta(microseconds=1)
    row = get_auction_model()(
        title=auction.id[:200],
        seller=seller,
        currency=currency,
        format=auction_format,
        starting_price=auction.opening,
        price=auction.opening,
        reserve_price=reserve,
        status="open",
        starts_at=EPOCH,
        ends_at=end,
        hard_ends_at=end,
        extension_window=timedelta(0),
        extension=timedelta(0),
    )
    row.target = seller  # a throw-away object like any other
    row.save()
    return row


def _throw_away_users(count: int) -> list[Any]:
    """Users of whatever model the site has: each unique text field gets a name that nobody else has."""
    model: Any = get_user_model()
    unique = [
        f
        for f in model._meta.concrete_fields
        if f.unique and not f.primary_key and isinstance(f, models.CharField)
    ]
    run = get_random_string(12).lower()
    users = []
    for number in range(count):
        user = model()
        for f in unique:
            name = f"replay-{run}-{number}"
            setattr(user, f.attname, f"{name}@example.invalid" if isinstance(f, models.EmailField) else name)
        user.set_unusable_password()
        users.append(user)
    return model._default_manager.bulk_create(users)
