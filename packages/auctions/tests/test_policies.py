from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk_auctions import selectors
from chowk_auctions.exceptions import BidTooLow, TargetOnAuction
from chowk_auctions.models import get_bid_model
from chowk_auctions.policies import EbayIncrements, MaskedName, not_on_auction
from chowk_auctions.services import (
    buy_now,
    cancel_auction,
    close_due_auctions,
    default_settlement,
    open_due_auctions,
)
from chowk_core.policies import Refusal, Refused
from tests.factories import START, AuctionFactory, ThingFactory, UserFactory, bid

# https://pages.ebay.com/help/buy/bid-increments.html, in cents
LADDER = [
    (1, 99, 5), (100, 499, 25), (500, 2_499, 50), (2_500, 9_999, 100), (10_000, 24_999, 250),
    (25_000, 49_999, 500), (50_000, 99_999, 1_000), (100_000, 249_999, 2_500), (250_000, 499_999, 5_000),
    (500_000, 10**15, 10_000),
]  # fmt: skip


@pytest.mark.parametrize(("low", "high", "step"), LADDER)
def test_ebays_ten_tiers(low, high, step):
    policy = EbayIncrements()
    assert policy.increment(low, "USD") == policy.increment(high, "USD") == step


def test_tiers_follow_the_currencys_decimals():
    policy = EbayIncrements()
    assert policy.increment(3, "JPY") == 1  # a quarter of a yen is no amount
    assert policy.increment(120, "JPY") == 3  # 2.50, rounded up
    assert policy.increment(5_000, "JPY") == 100
    assert policy.increment(1_000, "KWD") == 250
    assert policy.increment(5_000_000, "KWD") == 100_000


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**15), st.sampled_from(["USD", "JPY", "KWD"]))
def test_increments_are_positive_and_never_fall(price, currency):
    policy = EbayIncrements()
    assert 0 < policy.increment(price, currency) <= policy.increment(price + 1, currency)


def test_masked_names_are_stable_in_one_auction_and_not_across():
    name = MaskedName()
    assert name(bidder_id="7", auction_id="1") == name(bidder_id="7", auction_id="1")
    assert name(bidder_id="7", auction_id="1") != name(bidder_id="7", auction_id="2")
    assert len({name(bidder_id=str(n), auction_id="1") for n in range(200)}) == 200


class FlatIncrements:
    def increment(self, price_minor, currency):
        return 5_00


class NoIncrements:
    def increment(self, price_minor, currency):
        return 0


def first_letter(*, bidder_id, auction_id):
    return f"p{bidder_id}"


def not_ann(*, bidder, auction):
    if bidder.first_name == "Ann" and auction.title == "Gold":
        return Refusal("not_ann", "Ann may not bid on gold.")
    return None


@pytest.mark.django_db
def test_a_sites_own_increments_and_names(settings):
    settings.CHOWK_AUCTIONS = {
        "INCREMENTS": "tests.test_policies.FlatIncrements",
        "BIDDER_NAME": "tests.test_policies.first_letter",
    }
    auction, ann = AuctionFactory(), UserFactory()
    assert bid(auction, ann, "20.00").next_minimum == 15_00
    with pytest.raises(BidTooLow) as caught:
        bid(auction, UserFactory(), "14.99")
    assert caught.value.detail == "Bid at least 15.00 USD."
    auction.refresh_from_db()
    assert selectors.bid_history(auction, None)[0].bidder == f"p{ann.pk}"


@pytest.mark.django_db
def test_a_policy_may_refuse_a_bidder(settings):
    settings.CHOWK_AUCTIONS = {"MAY_BID": ["tests.test_policies.not_ann"]}
    gold, tin = AuctionFactory(title="Gold", buy_now_price="90"), AuctionFactory(title="Tin")
    ann = UserFactory(first_name="Ann")
    with pytest.raises(Refused) as caught:
        bid(gold, ann, "20.00")
    assert caught.value.code == "not_ann"
    with pytest.raises(Refused):
        buy_now(auction_id=gold.pk, buyer=ann, now=START)
    assert not get_bid_model()._default_manager.exists()
    assert bid(tin, ann, "20.00").leading


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("site", "found"),
    [
        ({"FORMATS": {"english": None}}, "chowk_auctions.E001"),
        ({"FORMATS": {"dutch": "tests.test_policies.FlatIncrements"}}, "chowk_auctions.E002"),
        ({"INCREMENTS": "tests.test_policies.NoIncrements"}, "chowk_auctions.E003"),
        ({"INCREMENTS": "tests.test_policies.first_letter"}, "chowk_auctions.E003"),
    ],
)
def test_checks_tell_of_wrong_settings(settings, site, found):
    settings.CHOWK_AUCTIONS = site
    assert found in {message.id for message in run_checks()}


@pytest.mark.django_db
def test_checks_are_silent_by_default():
    assert run_checks() == []


@pytest.mark.django_db
def test_what_is_on_auction_stays_as_it_is():
    auction = AuctionFactory(now=START, starts_at=START + timedelta(days=1))
    thing = auction.target.get()
    assert not_on_auction(actor=auction.seller, listing=thing).code == "on_auction"
    open_due_auctions(now=START + timedelta(days=1))
    assert not_on_auction(actor=auction.seller, listing=thing).code == "on_auction"
    assert not_on_auction(actor=auction.seller, listing=ThingFactory()) is None
    cancel_auction(auction_id=auction.pk, actor=auction.seller)
    assert not_on_auction(actor=auction.seller, listing=thing) is None


@pytest.mark.django_db
def test_what_is_sold_is_spoken_for_until_it_is_settled():
    auction = AuctionFactory()
    bid(auction, UserFactory(), "20.00")
    close_due_auctions(now=START + timedelta(days=7))
    thing = auction.target.get()
    assert not_on_auction(actor=auction.seller, listing=thing).code == "on_auction"
    with pytest.raises(TargetOnAuction):
        AuctionFactory(target=auction.target, seller=auction.seller)
    default_settlement(auction_id=auction.pk)
    assert not_on_auction(actor=auction.seller, listing=thing) is None
    AuctionFactory(target=auction.target, seller=auction.seller)


@pytest.mark.django_db
def test_what_was_called_off_before_it_opened_stays_its_sellers():
    auction, shown = AuctionFactory(starts_at=START + timedelta(days=1)), AuctionFactory()
    for one in (auction, shown):
        cancel_auction(auction_id=one.pk, actor=one.seller, now=START + timedelta(hours=1))

    assert (
        list(selectors.visible_auctions(UserFactory())) == list(selectors.visible_auctions(None)) == [shown]
    )
    assert auction in selectors.visible_auctions(auction.seller)
