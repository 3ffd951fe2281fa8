from __future__ import annotations

from datetime import timedelta

import pytest

from chowk_auctions.exceptions import (
    AmountOutOfRange,
    InvalidPrices,
    InvalidTimes,
    InvalidTitle,
    TargetOnAuction,
    UnknownFormat,
)
from chowk_auctions.models import get_auction_model
from chowk_auctions.services import cancel_auction
from chowk_core.models import LoggedEvent
from chowk_core.money import InvalidAmount, UnknownCurrency
from chowk_core.policies import Refusal, Refused
from chowk_core.targets import Target, UnknownTarget
from tests.factories import START, AuctionFactory, ThingFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_opens_at_once_and_tells():
    auction = AuctionFactory(title="  A watch  ", reserve_price="20", buy_now_price="90.5")
    auction.refresh_from_db()
    assert (auction.title, auction.status, auction.price) == ("A watch", "open", 10_00)
    assert (auction.reserve_price, auction.buy_now_price) == (20_00, 90_50)
    assert auction.hard_ends_at == auction.ends_at + HOUR
    (event,) = LoggedEvent.objects.all()
    assert event.name == "auctions.opened"
    assert event.payload["starting_price"] == "10.00"
    assert "20" not in event.payload["starting_price"]


@pytest.mark.parametrize(
    ("terms", "error", "field"),
    [
        ({"currency": "XYZ"}, UnknownCurrency, None),
        ({"currency": ""}, UnknownCurrency, None),
        ({"starting_price": "0"}, AmountOutOfRange, "starting_price"),
        ({"starting_price": "-1"}, AmountOutOfRange, "starting_price"),
        ({"starting_price": "1.001"}, InvalidAmount, "starting_price"),
        ({"reserve_price": "NaN"}, InvalidAmount, "reserve_price"),
        ({"reserve_price": "9.99"}, InvalidPrices, "reserve_price"),
        ({"buy_now_price": "9.99"}, InvalidPrices, "buy_now_price"),
        ({"buy_now_price": "15", "reserve_price": "20"}, InvalidPrices, "buy_now_price"),
        ({"ends_at": START}, InvalidTimes, "ends_at"),
        ({"ends_at": START - HOUR}, InvalidTimes, "ends_at"),
        ({"ends_at": START + timedelta(days=91)}, InvalidTimes, "ends_at"),
        ({"starts_at": START + timedelta(days=8)}, InvalidTimes, "ends_at"),
        ({"starts_at": START + timedelta(days=91)}, InvalidTimes, "starts_at"),
        ({"hard_ends_at": START + HOUR}, InvalidTimes, "hard_ends_at"),
        ({"extension": -HOUR}, InvalidTimes, "extension"),
        ({"extension_window": timedelta(days=999)}, InvalidTimes, "extension_window"),
        ({"title": " "}, InvalidTitle, "title"),
        ({"title": "x" * 201}, InvalidTitle, "title"),
        ({"format": "dutch"}, UnknownFormat, "format"),
    ],
)
def test_wrong_terms_change_nothing(terms, error, field):
    with pytest.raises(error) as caught:
        AuctionFactory(**terms)
    assert caught.value.field == field
    assert not get_auction_model()._default_manager.exists()
    assert not LoggedEvent.objects.exists()


@pytest.mark.parametrize(
    "target", [Target("goods.thing", "12345"), Target("goods.thing", "x"), Target("no.model", "1")]
)
def test_target_must_exist(target):
    with pytest.raises(UnknownTarget):
        AuctionFactory(target=target)


def test_one_running_auction_a_target():
    thing = Target.of(ThingFactory())
    first = AuctionFactory(target=thing)
    with pytest.raises(TargetOnAuction):
        AuctionFactory(target=thing)
    with pytest.raises(TargetOnAuction):
        AuctionFactory(target=thing, starts_at=START + HOUR)
    cancel_auction(auction_id=first.pk, actor=first.seller)
    AuctionFactory(target=thing)


def only_things_of_staff(*, seller, target):
    if target.type == "goods.thing" and not seller.is_staff:
        return Refusal("not_yours", "That is not yours to sell.")
    return None


def test_policy_may_refuse(settings):
    settings.CHOWK_AUCTIONS = {"MAY_AUCTION": ["tests.test_create_auction.only_things_of_staff"]}
    with pytest.raises(Refused) as caught:
        AuctionFactory()
    assert caught.value.code == "not_yours"
    AuctionFactory(seller=UserFactory(is_staff=True))
