from __future__ import annotations

from datetime import timedelta

import pytest

from chowk_auctions.exceptions import (
    AmountOutOfRange,
    AuctionEnded,
    AuctionNotFound,
    AuctionNotOpen,
    BidTooLow,
    RaiseTooLow,
    SellerCannotBid,
    WrongCurrency,
)
from chowk_auctions.models import get_bid_model
from chowk_auctions.services import cancel_auction, place_bid
from chowk_core.exceptions import DomainError
from chowk_core.models import LoggedEvent
from chowk_core.money import InvalidAmount
from tests.factories import START, AuctionFactory, UserFactory, bid

pytestmark = pytest.mark.django_db


def test_first_bid_opens_at_the_starting_price():
    auction, ann = AuctionFactory(), UserFactory()
    placed = bid(auction, ann, "500.00")
    auction.refresh_from_db()
    assert (auction.price, auction.leader, auction.bid_count) == (10_00, ann, 1)
    assert (placed.price, placed.leading, placed.next_minimum, placed.sequence) == (10_00, True, 10_50, 1)


def test_price_is_second_highest_maximum_plus_its_increment():
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    bid(auction, ann, "500.00")
    placed = bid(auction, bob, "99.00")  # tier 25-100: 1.00
    assert (placed.price, placed.leading) == (100_00, False)
    placed = bid(auction, bob, "600.00")  # tier of Ann's 500.00: 10.00
    assert (placed.price, placed.leading) == (510_00, True)


def test_leader_pays_no_more_than_their_maximum():
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    bid(auction, ann, "50.40")
    assert bid(auction, bob, "50.00").price == 50_40


def test_tie_goes_to_the_earlier_bid():
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    bid(auction, ann, "50.00")
    placed = bid(auction, bob, "50.00")
    auction.refresh_from_db()
    assert (placed.leading, auction.leader, auction.price) == (False, ann, 50_00)


def test_own_raise_leaves_the_price():
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    bid(auction, ann, "50.00")
    placed = bid(auction, ann, "80.00")
    assert (placed.price, placed.kind.value, placed.sequence) == (10_00, "raise", 2)
    assert bid(auction, bob, "70.00").leading is False
    with pytest.raises(RaiseTooLow):
        bid(auction, ann, "80.00")


def test_price_jumps_to_the_reserve_when_a_maximum_meets_it():
    auction, ann, bob = AuctionFactory(reserve_price="200.00"), UserFactory(), UserFactory()
    assert bid(auction, ann, "50.00").price == 10_00
    placed = bid(auction, bob, "199.99")
    assert (placed.price, placed.reserve_met) == (51_00, False)
    placed = bid(auction, bob, "200.00")
    assert (placed.price, placed.reserve_met, placed.kind.value) == (200_00, True, "raise")


def test_bid_is_recorded_and_told():
    auction, ann = AuctionFactory(), UserFactory()
    placed = bid(auction, ann, "500.00")
    row = get_bid_model()._default_manager.get()
    assert (row.sequence, row.bidder, row.leader, row.maximum, row.price, row.pk) == (
        1, ann, ann, 500_00, 10_00, placed.id,
    )  # fmt: skip
    event = LoggedEvent.objects.get(name="auctions.bid_placed")
    assert event.stream == f"auctions.auction:{auction.pk}"
    assert event.seq == 2  # opened, then the bid
    assert event.payload == {
        "auction_id": str(auction.pk),
        "bid_id": str(row.pk),
        "sequence": 1,
        "bidder_id": str(ann.pk),
        "price": "10.00",
        "currency": "USD",
        "next_minimum": "10.50",
        "bid_count": 1,
        "leader_id": str(ann.pk),
        "reserve_met": True,
        "ends_at": "2026-03-08T12:00:00+00:00",
        "extended": False,
    }


def test_late_bid_extends_the_end_up_to_the_hard_end():
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    before = auction.ends_at - timedelta(minutes=2, seconds=1)
    assert bid(auction, ann, "20.00", at=before).extended is False
    late = auction.ends_at - timedelta(seconds=10)
    placed = bid(auction, bob, "30.00", at=late)
    assert (placed.extended, placed.ends_at) == (True, late + timedelta(minutes=2))
    row = get_bid_model()._default_manager.get(sequence=2)
    assert row.extended_to == placed.ends_at


def test_extension_stops_at_the_hard_end():
    end = START + timedelta(days=1)
    auction = AuctionFactory(ends_at=end, hard_ends_at=end + timedelta(seconds=30))
    placed = bid(auction, UserFactory(), "20.00", at=end - timedelta(seconds=1))
    assert placed.ends_at == auction.hard_ends_at
    placed = bid(auction, UserFactory(), "40.00", at=end + timedelta(seconds=20))
    assert (placed.ends_at, placed.extended) == (auction.hard_ends_at, False)


def test_refused_bid_and_silent_raise_do_not_extend():
    auction, ann = AuctionFactory(), UserFactory()
    bid(auction, ann, "20.00")
    late = auction.ends_at - timedelta(seconds=10)
    with pytest.raises(BidTooLow):
        bid(auction, UserFactory(), "10.00", at=late)
    assert bid(auction, ann, "30.00", at=late).extended is False
    auction.refresh_from_db()
    assert auction.ends_at == START + timedelta(days=7)


def test_own_raise_extends_where_the_site_says_so(settings):
    settings.CHOWK_AUCTIONS = {"OWN_RAISE_EXTENDS": True}
    auction, ann = AuctionFactory(), UserFactory()
    bid(auction, ann, "20.00")
    assert bid(auction, ann, "30.00", at=auction.ends_at - timedelta(seconds=10)).extended is True


def test_any_rise_format_takes_anything_above_the_price():
    strict, lenient = AuctionFactory(), AuctionFactory(format="english_any_rise")
    ann, bob = UserFactory(), UserFactory()
    bid(strict, ann, "20.00")
    bid(lenient, ann, "20.00")
    with pytest.raises(BidTooLow):
        bid(strict, bob, "10.01")
    placed = bid(lenient, bob, "10.01")
    assert (placed.price, placed.next_minimum) == (10_51, 10_52)
    with pytest.raises(BidTooLow):
        bid(lenient, bob, "10.51")


@pytest.mark.parametrize(
    ("currency", "amount", "error"),
    [
        ("USD", "0", AmountOutOfRange),
        ("USD", "-5", AmountOutOfRange),
        ("USD", "NaN", InvalidAmount),
        ("USD", "sNaN", InvalidAmount),
        ("USD", "Infinity", InvalidAmount),
        ("USD", "", InvalidAmount),
        ("USD", "ten", InvalidAmount),
        ("USD", "10.001", InvalidAmount),
        ("JPY", "1000.5", InvalidAmount),
        ("KWD", "10.0001", InvalidAmount),
        ("USD", "1e999999999", AmountOutOfRange),
        ("USD", "10000000000000.01", AmountOutOfRange),
        ("USD", "1e-999999", InvalidAmount),
        ("USD", None, InvalidAmount),
        ("USD", 20.5, InvalidAmount),
        ("USD", True, InvalidAmount),
        ("USD", "10.49", BidTooLow),
    ],
)
def test_wrong_amounts_change_nothing(currency, amount, error):
    auction = AuctionFactory(currency=currency, starting_price="10")
    bid(auction, UserFactory(), "15")
    before = _everything(auction)
    with pytest.raises(error) as caught:
        bid(auction, UserFactory(), amount)
    assert caught.value.field == "amount"
    assert _everything(auction) == before


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1000"), ("KWD", "10.125"), ("USD", "10.50")])
def test_every_precision_of_currency(currency, amount):
    auction = AuctionFactory(currency=currency, starting_price=amount)
    placed = bid(auction, UserFactory(), amount)
    assert placed.price == int(amount.replace(".", ""))


def test_wrong_actor_state_currency_and_key():
    auction, ann = AuctionFactory(), UserFactory()
    before = _everything(auction)
    with pytest.raises(SellerCannotBid):
        bid(auction, auction.seller, "20.00")
    with pytest.raises(WrongCurrency):
        place_bid(auction_id=auction.pk, bidder=ann, amount="20.00", currency="PKR", now=START)
    with pytest.raises(AuctionEnded):
        bid(auction, ann, "20.00", at=auction.ends_at)
    for key in ("nonsense", "", None, "\x00", "9" * 40, "00000000-0000-7000-8000-000000000000", -1):
        with pytest.raises(AuctionNotFound):
            place_bid(auction_id=key, bidder=ann, amount="20.00", now=START)
    assert _everything(auction) == before
    cancel_auction(auction_id=auction.pk, actor=auction.seller, now=START)
    with pytest.raises(AuctionNotOpen):
        bid(auction, ann, "20.00")


def test_scheduled_auction_takes_no_bids():
    auction = AuctionFactory(starts_at=START + timedelta(days=1))
    with pytest.raises(AuctionNotOpen):
        bid(auction, UserFactory(), "20.00")


def test_errors_name_no_maximum():
    auction = AuctionFactory()
    ann = UserFactory()
    bid(auction, ann, "7777.77")
    for bidder, amount in ((UserFactory(), "10.00"), (ann, "20.00")):
        with pytest.raises(DomainError) as caught:
            bid(auction, bidder, amount)
        assert "7777" not in f"{caught.value.detail} {caught.value.params} {caught.value.__cause__}"


def _everything(auction):
    auction.refresh_from_db()
    row = {field.attname: getattr(auction, field.attname) for field in auction._meta.concrete_fields}
    return row, get_bid_model()._default_manager.count(), LoggedEvent.objects.count()
