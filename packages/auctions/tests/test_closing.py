from __future__ import annotations

from datetime import timedelta

import pytest

from chowk_auctions.exceptions import AuctionNotFound, AuctionNotOpen, BuyNowUnavailable, HasBids, NotSold
from chowk_auctions.models import get_auction_model, get_bid_model
from chowk_auctions.services import (
    buy_now,
    cancel_auction,
    close_auction,
    close_due_auctions,
    default_overdue_settlements,
    default_settlement,
    mark_settled,
    open_due_auctions,
)
from chowk_core.exceptions import NotAllowed
from chowk_core.testing.events import published
from tests.factories import START, AuctionFactory, UserFactory, bid

pytestmark = pytest.mark.django_db

END = START + timedelta(days=7)


def told(name):
    return [event.payload for event in published(name)]


def test_scheduled_auction_opens_when_due():
    auction = AuctionFactory(starts_at=START + timedelta(hours=2))
    assert auction.status == "scheduled"
    assert open_due_auctions(now=START + timedelta(hours=1)) == 0
    assert open_due_auctions(now=START + timedelta(hours=2)) == 1
    assert open_due_auctions(now=START + timedelta(hours=3)) == 0
    auction.refresh_from_db()
    assert auction.status == "open"
    assert len(told("auctions.scheduled")) == len(told("auctions.opened")) == 1


def test_closes_as_sold_to_the_leader_with_a_settlement_deadline(settings):
    settings.CHOWK_AUCTIONS = {"SETTLEMENT_PERIOD": timedelta(hours=12)}
    auction, ann = AuctionFactory(title="Watch"), UserFactory()
    bid(auction, ann, "50.00")
    assert close_due_auctions(now=END - timedelta(seconds=1)) == 0
    assert close_due_auctions(now=END) == 1
    assert close_due_auctions(now=END) == 0
    auction.refresh_from_db()
    assert (auction.status, auction.leader, auction.settle_by) == ("sold", ann, END + timedelta(hours=12))
    target = auction.target
    assert told("auctions.sold") == [
        {
            "auction_id": str(auction.pk),
            "target_type": target.type,
            "target_id": target.id,
            "title": "Watch",
            "seller_id": str(auction.seller_id),
            "buyer_id": str(ann.pk),
            "price": "10.00",
            "currency": "USD",
            "settle_by": "2026-03-09T00:00:00+00:00",
            "sale_number": 1,
        }
    ]


def test_closes_as_unsold_without_bids_or_below_the_reserve():
    empty, short = AuctionFactory(), AuctionFactory(reserve_price="100.00")
    bid(short, UserFactory(), "99.99")
    assert close_due_auctions(now=END) == 2
    reasons = {event["auction_id"]: event["reason"] for event in told("auctions.unsold")}
    assert reasons == {str(empty.pk): "no_bids", str(short.pk): "reserve_not_met"}
    assert set(get_auction_model()._default_manager.values_list("status", flat=True)) == {"unsold"}


def test_closer_works_through_many_batches(settings):
    settings.CHOWK_AUCTIONS = {"CLOSE_BATCH": 2}
    for _ in range(5):
        AuctionFactory()
    assert close_due_auctions(now=END) == 5
    assert len(told("auctions.unsold")) == 5


def test_extended_auction_is_not_closed_at_its_old_end():
    auction = AuctionFactory()
    bid(auction, UserFactory(), "20.00", at=END - timedelta(seconds=5))
    assert close_due_auctions(now=END) == 0
    assert close_auction(auction_id=auction.pk, now=END) is False
    assert close_auction(auction_id=auction.pk, now=END + timedelta(seconds=115)) is True


def test_buy_now_sells_at_once():
    auction, ann = AuctionFactory(buy_now_price="75.00"), UserFactory()
    placed = buy_now(auction_id=str(auction.pk), buyer=ann, now=START)
    auction.refresh_from_db()
    assert (placed.price, auction.status, auction.leader, auction.price) == (75_00, "sold", ann, 75_00)
    assert get_bid_model()._default_manager.get().kind == "buy_now"
    assert told("auctions.sold")[0]["price"] == "75.00"
    with pytest.raises(AuctionNotOpen):
        buy_now(auction_id=str(auction.pk), buyer=UserFactory(), now=START)


def test_buy_now_goes_with_the_first_bid_or_with_the_met_reserve():
    plain, reserved = (
        AuctionFactory(buy_now_price="75.00"),
        AuctionFactory(buy_now_price="75.00", reserve_price="60.00"),
    )
    ann, bob = UserFactory(), UserFactory()
    for auction in (plain, reserved, AuctionFactory()):
        bid(auction, ann, "20.00")
    with pytest.raises(BuyNowUnavailable):
        buy_now(auction_id=plain.pk, buyer=bob, now=START)
    with pytest.raises(BuyNowUnavailable):
        buy_now(auction_id=auction.pk, buyer=bob, now=START)
    bid(reserved, ann, "60.00")
    with pytest.raises(BuyNowUnavailable):
        buy_now(auction_id=reserved.pk, buyer=bob, now=START)


def test_buy_now_below_the_reserve_outbids_a_standing_bid():
    auction, ann, bob = (
        AuctionFactory(buy_now_price="75.00", reserve_price="60.00"),
        UserFactory(),
        UserFactory(),
    )
    bid(auction, ann, "20.00")
    assert buy_now(auction_id=auction.pk, buyer=bob, now=START).sequence == 2
    auction.refresh_from_db()
    assert (auction.leader, auction.price, auction.reserve_met) == (bob, 75_00, True)


def test_cancel_by_seller_only_before_bids_and_by_staff_later():
    auction, staff = AuctionFactory(), UserFactory(is_staff=True)
    with pytest.raises(NotAllowed):
        cancel_auction(auction_id=auction.pk, actor=UserFactory())
    bid(auction, UserFactory(), "20.00")
    with pytest.raises(HasBids):
        cancel_auction(auction_id=auction.pk, actor=auction.seller)
    cancel_auction(auction_id=auction.pk, actor=staff, reason="Stolen.", now=START)
    assert [event["reason"] for event in told("auctions.cancelled")] == ["Stolen."]
    with pytest.raises(AuctionNotOpen):
        cancel_auction(auction_id=auction.pk, actor=staff)
    with pytest.raises(AuctionNotFound):
        cancel_auction(auction_id="nonsense", actor=staff)
    own = AuctionFactory()
    cancel_auction(auction_id=own.pk, actor=own.seller)
    assert close_due_auctions(now=END) == 0


@pytest.fixture
def sold():
    auction = AuctionFactory()
    bid(auction, UserFactory(), "20.00")
    close_due_auctions(now=END)
    auction.refresh_from_db()
    return auction


def test_settled_once(sold):
    assert mark_settled(auction_id=sold.pk, now=END) is True
    assert mark_settled(auction_id=sold.pk, now=END) is False
    assert len(told("auctions.settled")) == 1
    with pytest.raises(NotSold):
        default_settlement(auction_id=sold.pk)
    assert default_overdue_settlements(now=END + timedelta(days=9)) == 0


def test_defaulted_once(sold):
    assert default_settlement(auction_id=sold.pk, now=END) is True
    assert default_settlement(auction_id=sold.pk, now=END) is False
    assert mark_settled(auction_id=sold.pk, now=END) is False  # too late
    (event,) = told("auctions.payment_defaulted")
    assert (event["buyer_id"], event["price"]) == (str(sold.leader_id), "10.00")


def test_overdue_settlement_defaults_by_itself_unless_told_not_to(sold, settings):
    late = END + timedelta(hours=24)
    assert default_overdue_settlements(now=late - timedelta(seconds=1)) == 0
    settings.CHOWK_AUCTIONS = {"ENFORCE_SETTLEMENT_DEADLINE": False}
    assert default_overdue_settlements(now=late) == 0
    settings.CHOWK_AUCTIONS = {}
    assert default_overdue_settlements(now=late) == 1
    assert default_overdue_settlements(now=late) == 0


def test_only_a_sold_auction_is_settled():
    auction = AuctionFactory()
    for service in (mark_settled, default_settlement):
        with pytest.raises(NotSold):
            service(auction_id=auction.pk)
        with pytest.raises(AuctionNotFound):
            service(auction_id="nonsense")
