from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from chowk_auctions import selectors
from chowk_auctions.exceptions import AuctionEnded, BidTooLow, NothingToRetract, SellerCannotBid
from chowk_auctions.models import get_bid_model
from chowk_auctions.services import place_bid, retract_bid
from chowk_auctions.streams import AuctionStream
from chowk_core.exceptions import DomainError
from chowk_core.policies import Refused
from chowk_core.testing.events import published
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import END, api, code, live, people, told

HOUR = timedelta(hours=1)


def retract(auction: Any, bidder: Any, **asked: Any) -> Any:
    asked.setdefault("now", START + 2 * HOUR)
    asked.setdefault("reason", "seller_unreachable")
    return retract_bid(auction_id=str(auction.pk), bidder=bidder, **asked)


def history(auction: Any) -> list[tuple[Any, ...]]:
    auction.refresh_from_db()
    rows = get_bid_model()._default_manager.filter(auction=auction).order_by("sequence")
    return [(b.sequence, b.kind, b.bidder, b.price, b.leader, b.retracted_at is not None) for b in rows]


@pytest.mark.django_db
def test_price_and_leader_are_what_the_others_make_of_it() -> None:
    auction, (ann, bob, cid) = AuctionFactory(reserve_price="90.00"), people(3)
    bid(auction, ann, "20.00")
    bid(auction, bob, "100.00")
    bid(auction, cid, "95.00")
    retract(auction, bob)
    assert history(auction) == [
        (1, "bid", ann, 10_00, ann, False),
        (2, "bid", bob, 90_00, bob, True),
        (3, "bid", cid, 96_00, bob, False),
        (4, "retraction", bob, 90_00, cid, False),
    ]
    assert (auction.price, auction.leader, auction.leader_maximum) == (90_00, cid, 95_00)
    assert (auction.bid_count, auction.reserve_met) == (2, True)
    placed = bid(auction, bob, "99.00")
    assert (placed.sequence, placed.price, placed.leading) == (5, 96_00, True)
    assert told("auctions.bid_placed")[-1]["bid_count"] == 3


@pytest.mark.django_db
def test_the_last_bid_gone_leaves_the_start() -> None:
    auction, ann = AuctionFactory(buy_now_price="500.00"), UserFactory()
    bid(auction, ann, "20.00")
    retract(auction, ann)
    auction.refresh_from_db()
    assert (auction.price, auction.leader, auction.bid_count, auction.last_sequence) == (10_00, None, 0, 2)
    (event,) = told("auctions.bid_retracted")
    assert (event["leader_id"], event["next_minimum"], event["retracted"]) == (None, "10.00", [1])
    line = selectors.bid_history(auction, None)[0]
    assert (line.kind, line.leader, line.maximum) == ("retraction", None, None)
    with pytest.raises(NothingToRetract):
        retract(auction, ann)
    assert bid(auction, UserFactory(), "10.00").price == 10_00


@pytest.mark.django_db
def test_a_typing_error_is_put_right_at_once_or_not_at_all() -> None:
    auction, (ann, bob) = AuctionFactory(), people(2)
    bid(auction, bob, "30.00")
    bid(auction, ann, "5000.00")
    with pytest.raises(Refused) as caught:
        retract(auction, ann, reason="typo")
    assert caught.value.code == "rebid_required"
    with pytest.raises(BidTooLow):
        retract(auction, ann, reason="typo", amount="9.00")
    assert len(history(auction)) == 2
    placed = retract(auction, ann, reason="typo", amount="50.00")
    assert (placed.sequence, placed.price, placed.leading) == (4, 31_00, True)
    assert selectors.my_maxima(ann, [auction]) == {auction.pk: 50_00}


@pytest.mark.django_db
def test_ebays_rule() -> None:
    auction, (ann, bob) = AuctionFactory(), people(2)
    bid(auction, ann, "20.00")
    bid(auction, ann, "40.00")
    bid(auction, bob, "30.00", at=END - 2 * HOUR)
    bid(auction, ann, "60.00", at=END - 2 * HOUR)
    with pytest.raises(Refused) as caught:
        retract(auction, ann, reason="changed my mind", now=END - HOUR)
    assert caught.value.code == "invalid_reason"
    retract(auction, ann, now=END - HOUR)  # within an hour of it, only the newest goes
    assert told("auctions.bid_retracted")[0]["retracted"] == [4]
    with pytest.raises(Refused) as caught:
        retract(auction, ann, now=END - HOUR + timedelta(minutes=1))
    assert caught.value.code == "retraction_too_late"
    with pytest.raises(AuctionEnded):
        retract(auction, ann, now=END)
    with pytest.raises(SellerCannotBid):
        retract(auction, auction.seller)


@pytest.mark.django_db
def test_early_on_all_of_ones_bids_go() -> None:
    auction, (ann, bob) = AuctionFactory(), people(2)
    for who, amount in ((ann, "20.00"), (bob, "30.00"), (ann, "40.00"), (ann, "60.00")):
        bid(auction, who, amount)
    retract(auction, ann)
    assert told("auctions.bid_retracted")[0]["retracted"] == [1, 3, 4]
    auction.refresh_from_db()
    assert (auction.price, auction.leader, auction.bid_count) == (10_00, bob, 1)


@pytest.mark.django_db
def test_over_http_and_to_the_sockets() -> None:
    auction, (ann, bob) = live(), people(2)
    api(ann).post(f"/api/auctions/{auction.pk}/bids/", {"amount": "20.00"})
    api(bob).post(f"/api/auctions/{auction.pk}/bids/", {"amount": "30.00"})
    path = f"/api/auctions/{auction.pk}/retract/"
    answer = api(bob).post(path, {"reason": "typo"})
    assert (answer.status_code, code(answer)) == (403, "rebid_required")
    answer = api(bob).post(path, {"reason": "typo", "amount": "25.00"})
    assert (answer.status_code, answer.json()["price"]) == (200, "20.50")
    assert answer.json()["you"]["maximum"] == "25.00"
    lines = api(ann).get(f"/api/auctions/{auction.pk}/bids/").json()["results"]
    assert [(line["kind"], line["retracted"]) for line in lines] == [
        ("bid", False), ("retraction", False), ("bid", True), ("bid", False),
    ]  # fmt: skip
    assert api().post(path, {"reason": "typo"}).status_code in (401, 403)
    (event,) = published("auctions.bid_retracted")
    frame = AuctionStream().present(event, "public")
    assert frame is not None
    assert "bidder_id" not in frame
    assert frame["leader"] == lines[-1]["bidder"]


moves = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.just(0), st.integers(900, 30_000))), min_size=1, max_size=18
)


class RandomRetractions(TestCase):
    """A standing with retractions is the standing of an auction where those bids were never placed."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = people(5)

    @given(script=moves, reserve=st.one_of(st.none(), st.just("50.00")), strict=st.booleans())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_as_if_they_had_never_been(self, script: Any, reserve: Any, strict: bool) -> None:
        terms = {"seller": self.people[4], "reserve_price": reserve}
        terms["format"] = "english" if strict else "english_any_rise"
        auction, now = AuctionFactory(**terms), START
        for who, minor in script:
            now += timedelta(seconds=1)
            try:
                if minor:
                    bid(auction, self.people[who], f"{minor // 100}.{minor % 100:02}", at=now)
                else:
                    retract(auction, self.people[who], now=now)
            except DomainError:
                continue
        other = AuctionFactory(**terms)
        rows = get_bid_model()._default_manager.filter(auction=auction, retracted_at=None)
        for row in rows.exclude(kind="retraction").order_by("sequence"):
            amount = f"{row.maximum // 100}.{row.maximum % 100:02}"
            place_bid(auction_id=other.pk, bidder=row.bidder, amount=amount, now=START)
        auction.refresh_from_db()
        other.refresh_from_db()
        names = ("price", "leader_id", "leader_maximum", "reserve_met", "bid_count")
        assert [getattr(auction, n) for n in names] == [getattr(other, n) for n in names]
        last = get_bid_model()._default_manager.filter(auction=auction).order_by("-sequence").first()
        assert last is None or (last.price, last.leader_id) == (auction.price, auction.leader_id)
