"""Random auctions through the services and through tests/reference.py: the same at every step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from chowk_auctions.models import get_bid_model
from chowk_auctions.services import buy_now, close_auction, place_bid
from chowk_core.exceptions import DomainError
from chowk_core.money import decimals, to_minor
from tests.factories import START, AuctionFactory, UserFactory
from tests.reference import Lot

PEOPLE = ("seller", "ann", "bob", "cid", "dee")
minor_amounts = st.one_of(
    st.integers(1, 3_000), st.integers(1, 60).map(lambda n: n * 50), st.integers(1, 900_000)
)
moves = st.one_of(
    st.tuples(st.just("bid"), st.sampled_from(PEOPLE), minor_amounts),
    st.tuples(st.just("bid"), st.sampled_from(PEOPLE), st.integers(-30, 300).map(lambda n: ("near", n))),
    st.tuples(st.just("buy"), st.sampled_from(PEOPLE), st.none()),
    st.tuples(st.just("wait"), st.none(), st.integers(0, 90)),
    st.tuples(st.just("late"), st.none(), st.integers(0, 60)),
    st.tuples(st.just("close"), st.none(), st.none()),
)
lots = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(["USD", "JPY", "KWD"]),
        "start": st.integers(1, 5_000),
        "reserve": st.one_of(st.none(), st.integers(0, 4_000)),
        "buy": st.one_of(st.none(), st.none(), st.integers(0, 9_000)),
        "strict": st.booleans(),
        "length": st.integers(60, 200),
        "slack": st.integers(0, 120),
        "window": st.integers(0, 60),
        "extra": st.integers(0, 60),
    }
)


class RandomAuctions(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.users = {name: UserFactory() for name in PEOPLE}

    @given(lot=lots, script=st.lists(moves, min_size=1, max_size=25))
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_services_agree_with_the_reference(self, lot, script):
        play(lot, script, self.users)


def play(lot, script, users):
    currency, unit = lot["currency"], Decimal(1).scaleb(-decimals(lot["currency"]))
    start = lot["start"] * unit
    reserve = None if lot["reserve"] is None else start + lot["reserve"] * unit
    buy = None if lot["buy"] is None else max(start, reserve or start) + lot["buy"] * unit
    end, hard_end = lot["length"], lot["length"] + lot["slack"]
    auction = AuctionFactory(
        seller=users["seller"],
        currency=currency,
        starting_price=str(start),
        reserve_price=reserve,
        buy_now_price=buy,
        ends_at=START + timedelta(seconds=end),
        hard_ends_at=START + timedelta(seconds=hard_end),
        extension_window=timedelta(seconds=lot["window"]),
        extension=timedelta(seconds=lot["extra"]),
        format="english" if lot["strict"] else "english_any_rise",
    )
    expected = Lot(
        unit=unit,
        start=start,
        reserve=reserve,
        buy=buy,
        end=end,
        hard_end=hard_end,
        window=lot["window"],
        extra=lot["extra"],
        strict=lot["strict"],
        seller="seller",
    )
    now = 0
    for verb, who, value in script:
        moment = START + timedelta(seconds=now)
        if verb == "wait":
            now += value
            continue
        if verb == "late":  # to so many seconds before the end, if that is ahead
            now = max(now, expected.end - value)
            continue
        if verb == "close":
            close_auction(auction_id=auction.pk, now=moment)
            expected.close(now)
        elif verb == "buy":
            got = code_of(buy_now, auction_id=auction.pk, buyer=users[who], now=moment)
            assert got == expected.purchase(who, now)
        else:
            amount = expected.price + value[1] * unit if isinstance(value, tuple) else value * unit
            if amount <= 0:
                continue
            got = code_of(place_bid, auction_id=auction.pk, bidder=users[who], amount=amount, now=moment)
            assert got == expected.bid(who, amount, now), (verb, who, amount)
        compare(auction, expected, users, currency)


def code_of(service, **arguments):
    try:
        service(**arguments)
    except DomainError as error:
        return error.code
    return None


def compare(auction, expected, users, currency):
    auction.refresh_from_db()
    seen = (auction.price, auction.leader, auction.status, auction.bid_count, auction.reserve_met)
    leader = users[expected.leader] if expected.leader else None
    price = to_minor(expected.price, currency)
    assert seen == (price, leader, expected.state, expected.count, expected.met)
    assert auction.ends_at == START + timedelta(seconds=expected.end)
    bids = list(get_bid_model()._default_manager.filter(auction=auction).order_by("sequence"))
    assert [bid.sequence for bid in bids] == list(range(1, expected.count + 1))
    if bids:
        assert (bids[-1].price, bids[-1].leader) == (auction.price, auction.leader)
