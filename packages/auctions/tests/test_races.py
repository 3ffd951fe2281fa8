"""Many threads at one auction: the lock, the clock after it, and one outcome whatever the interleaving."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from chowk_auctions.models import get_auction_model, get_bid_model
from chowk_auctions.services import (
    buy_now,
    cancel_auction,
    close_due_auctions,
    default_overdue_settlements,
    mark_settled,
    place_bid,
    pursue_buyers,
    retract_bid,
)
from chowk_core.exceptions import DomainError
from chowk_core.models import LoggedEvent, Stream
from tests.factories import AuctionFactory, UserFactory
from tests.helpers import LATE, sold_to_the_first
from tests.reference import Lot

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TOO_LATE = {"auction_ended", "auction_not_open"}


class Crew:
    """Threads that start together; whatever they raise beside domain errors is kept."""

    def __init__(self):
        self.codes: Counter[str] = Counter()
        self.counting = threading.Lock()
        self.failures: list[BaseException] = []
        self.threads: list[threading.Thread] = []
        self.start = threading.Event()

    def add(self, work):
        self.threads.append(threading.Thread(target=self._run, args=(work,)))

    def _run(self, work):
        self.start.wait()
        try:
            work()
        except BaseException as error:
            self.failures.append(error)
        finally:
            connections.close_all()

    def attempt(self, service, **arguments):
        try:
            result = service(**arguments)
        except DomainError as error:
            self.count(error.code)
            return error.code
        self.count("accepted")
        return result

    def count(self, code, number=1):
        with self.counting:
            self.codes[code] += number

    def go(self):
        for thread in self.threads:
            thread.start()
        self.start.set()
        for thread in self.threads:
            thread.join(timeout=1_200)
        assert not any(thread.is_alive() for thread in self.threads)
        assert self.failures == []


@pytest.mark.crowd
def test_sixty_four_bidders_and_two_closers(settings):
    settings.CHOWK_AUCTIONS = {"SHORTEST": timedelta(milliseconds=1)}
    many = connection.vendor == "postgresql"
    count, wanted = (64, 2_000) if many else (8, 200)
    crew, users = Crew(), [UserFactory() for _ in range(count)]
    start = timezone.now()
    auction = AuctionFactory(
        starting_price="1.00",
        reserve_price="50.00",
        now=start,
        ends_at=start + timedelta(seconds=5),
        hard_ends_at=start + timedelta(minutes=20),
        extension_window=timedelta(seconds=5),
        extension=timedelta(seconds=5),
    )
    for number, user in enumerate(users):
        crew.add(lambda user=user, number=number: bid_until_the_end(crew, auction, user, number, wanted))
    for _ in range(2):
        crew.add(lambda: close_until_closed(crew, auction))
    crew.go()

    auction.refresh_from_db()
    assert crew.codes["closed"] == 1
    assert auction.status == "sold"
    assert auction.bid_count == crew.codes["accepted"] >= wanted
    assert crew.codes["bid_too_low"] > 0
    assert crew.codes["auction_ended"] + crew.codes["auction_not_open"] == count
    explain(auction)


def bid_until_the_end(crew, auction, user, number, wanted):
    """Good bids until ``wanted`` were accepted; from then on bids that are too low, which extend nothing."""
    dice, price, got = random.Random(number), 100, None
    while got not in TOO_LATE:
        over = dice.randrange(5_000, 2_000_000) if crew.codes["accepted"] < wanted else 1
        amount = Decimal(price + over) / 100
        got = crew.attempt(place_bid, auction_id=auction.pk, bidder=user, amount=amount)
        if isinstance(got, str):
            price = get_auction_model()._default_manager.values_list("price", flat=True).get(pk=auction.pk)
        else:
            price = got.price


def close_until_closed(crew, auction):
    while get_auction_model()._default_manager.get(pk=auction.pk).status == "open":
        crew.count("closed", close_due_auctions())


def explain(auction):
    """Every step of the history is what the reference makes of the same bids; nothing is missing or late."""
    bids = list(get_bid_model()._default_manager.filter(auction=auction).order_by("sequence"))
    assert [bid.sequence for bid in bids] == list(range(1, len(bids) + 1))
    end = auction.hard_ends_at.timestamp()
    lot = Lot(
        unit=Decimal("0.01"),
        start=Decimal(auction.starting_price) / 100,
        reserve=Decimal(auction.reserve_price) / 100,
        buy=None,
        end=end,
        hard_end=end,
        window=0,
        extra=0,
        strict=True,
        seller=auction.seller_id,
    )
    ends_at, moments = None, []
    for bid in bids:
        assert lot.bid(bid.bidder_id, Decimal(bid.maximum) / 100, 0) is None
        assert (lot.price * 100, lot.leader) == (bid.price, bid.leader_id)
        assert ends_at is None or bid.placed_at < ends_at
        ends_at = bid.extended_to or ends_at
        moments.append(bid.placed_at)
    assert moments == sorted(moments)
    assert moments[-1] < auction.ends_at == ends_at <= auction.closed_at
    assert (auction.price, auction.leader_id) == (bids[-1].price, bids[-1].leader_id)
    events = list(LoggedEvent.objects.order_by("seq").values_list("seq", "name", "payload"))
    assert [seq for seq, *_ in events] == list(range(1, len(bids) + 3))
    assert Stream.objects.get().last_seq == len(events)
    assert [payload["sequence"] for _, name, payload in events if name == "auctions.bid_placed"] == [
        bid.sequence for bid in bids
    ]
    assert [name for _, name, _ in events if name != "auctions.bid_placed"] == [
        "auctions.opened",
        "auctions.sold",
    ]


def test_bid_close_buy_now_and_cancel_at_once():
    rounds = 150 if connection.vendor == "postgresql" else 25
    outcomes: Counter[str] = Counter()
    for number in range(rounds):
        outcomes[one_race(number)] += 1
    assert sum(outcomes.values()) == rounds
    assert set(outcomes) <= {"sold", "unsold", "cancelled"}


def one_race(number):
    """Five threads, each in a random order of its own; the clock stands just before or at the end."""
    dice = random.Random(number)
    auction = AuctionFactory(buy_now_price="500.00", extension=timedelta(0))
    before, end = auction.ends_at - timedelta(seconds=1), auction.ends_at
    bidders, staff = [UserFactory(), UserFactory()], UserFactory(is_staff=True)
    crew, key = Crew(), auction.pk
    work = [
        lambda: crew.attempt(place_bid, auction_id=key, bidder=bidders[0], amount="40.00", now=before),
        lambda: crew.attempt(place_bid, auction_id=key, bidder=bidders[1], amount="60.00", now=before),
        lambda: crew.attempt(buy_now, auction_id=key, buyer=bidders[1], now=before),
        lambda: close_due_auctions(now=end),
        lambda: close_due_auctions(now=end),
        lambda: crew.attempt(cancel_auction, auction_id=key, actor=staff, now=before),
    ]
    # Without it a cancellation would decide most rounds.
    chosen = dice.sample(work[:5], 5) if number % 2 else dice.sample(work, 6)
    for task in chosen:
        crew.add(task)
    crew.go()
    close_due_auctions(now=end)
    return outcome(auction)


def outcome(auction):
    auction.refresh_from_db()
    stream = f"auctions.auction:{auction.pk}"
    told = list(LoggedEvent.objects.filter(stream=stream).order_by("seq").values_list("name", flat=True))
    final = [name for name in told if name in {"auctions.sold", "auctions.unsold", "auctions.cancelled"}]
    assert final == [f"auctions.{auction.status}"]
    assert told[-1] == final[0]
    bids = list(get_bid_model()._default_manager.filter(auction=auction).order_by("sequence"))
    assert [bid.sequence for bid in bids] == list(range(1, auction.bid_count + 1))
    bought = [bid for bid in bids if bid.kind == "buy_now"]
    assert told.count("auctions.bid_placed") == len(bids) - len(bought)
    if auction.status == "sold":
        assert (auction.leader_id, auction.price) == (bids[-1].leader_id, bids[-1].price)
    assert not bought or (auction.status, bids) == ("sold", bought)
    return auction.status


def test_retraction_bid_and_close_at_once():
    """Whatever comes first: the standing is that of the bids that stand, and every step follows from them."""
    rounds = 60 if connection.vendor == "postgresql" else 10
    seen: Counter[str] = Counter()
    for number in range(rounds):
        seen[retraction_race(number)] += 1
    assert set(seen) <= {"sold", "unsold"}
    assert seen["sold"] > 0


def retraction_race(number):
    dice = random.Random(number)
    auction = AuctionFactory(reserve_price="45.00", extension=timedelta(0))
    soon, end, key = auction.ends_at - timedelta(minutes=10), auction.ends_at, auction.pk
    ann, bob, cid = (UserFactory() for _ in range(3))
    for who, amount in ((ann, "40.00"), (bob, "60.00")):
        place_bid(auction_id=key, bidder=who, amount=amount, now=soon)
    crew, again = Crew(), {"reason": "typo", "amount": "50.00"}
    work = [
        lambda: crew.attempt(place_bid, auction_id=key, bidder=cid, amount="70.00", now=soon),
        lambda: crew.attempt(place_bid, auction_id=key, bidder=ann, amount="65.00", now=soon),
        lambda: crew.attempt(retract_bid, auction_id=key, bidder=bob, now=soon, **again),
        lambda: crew.attempt(retract_bid, auction_id=key, bidder=ann, now=soon, reason="seller_unreachable"),
        lambda: close_due_auctions(now=end),
    ]
    for task in dice.sample(work, 5 if number % 2 else 4):
        crew.add(task)
    crew.go()
    close_due_auctions(now=end)
    stands(auction)
    return auction.status


def stands(auction):
    """The auction is what the reference makes of the bids that stand; the history has no gap."""
    auction.refresh_from_db()
    bids = list(get_bid_model()._default_manager.filter(auction=auction).order_by("sequence"))
    assert [bid.sequence for bid in bids] == list(range(1, auction.last_sequence + 1))
    lot = Lot(
        unit=Decimal("0.01"), start=Decimal(10), reserve=Decimal(45), buy=None, end=1, hard_end=1, window=0,
        extra=0, strict=False, seller=None,
    )  # fmt: skip
    standing = [bid for bid in bids if bid.kind != "retraction" and bid.retracted_at is None]
    for bid in standing:
        assert lot.bid(bid.bidder_id, Decimal(bid.maximum) / 100, 0) is None
    assert (lot.price * 100, lot.leader, lot.met) == (auction.price, auction.leader_id, auction.reserve_met)
    assert (auction.bid_count, bids[-1].price) == (len(standing), auction.price)
    assert auction.status == ("sold" if lot.met else "unsold")
    stream = f"auctions.auction:{auction.pk}"
    told = list(LoggedEvent.objects.filter(stream=stream).order_by("seq").values_list("name", flat=True))
    assert told.count("auctions.bid_placed") + told.count("auctions.bid_retracted") == len(bids)
    assert told[-1] == f"auctions.{auction.status}"


def test_a_payment_and_its_default_at_once():
    """Either it settles, or it comes too late; never both, never neither."""
    ends = Counter(payment_race() for _number in range(20))
    assert set(ends) <= {(True, 0), (False, 1)}


def payment_race():
    auction, _bidders = sold_to_the_first(("90.00", "80.00"))
    crew = Crew()
    crew.add(lambda: crew.attempt(mark_settled, auction_id=auction.pk, sale_number=1, now=LATE))
    crew.add(lambda: default_overdue_settlements(now=LATE))
    crew.add(lambda: pursue_buyers(now=LATE))
    crew.go()
    auction.refresh_from_db()
    settled, defaulted = auction.settled_at is not None, auction.defaulted_at is not None
    assert settled is not defaulted
    assert auction.pursuing is defaulted
    events = LoggedEvent.objects.filter(stream=f"auctions.auction:{auction.pk}")
    assert events.filter(name="auctions.settled").count() == int(settled)
    return settled, events.filter(name="auctions.payment_too_late").count()
