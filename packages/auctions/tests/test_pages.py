"""The pages in a site that has nothing but this package: as installed, whatever the keys."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chowk_auctions import services
from chowk_auctions.models import get_auction_model, get_bid_model
from tests.factories import AuctionFactory, UserFactory

pytestmark = pytest.mark.django_db


def open_auction(**terms: Any) -> Any:
    return AuctionFactory(now=timezone.now(), **terms)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_house_and_a_lot_are_open_to_everybody(client: Client) -> None:
    auction = open_auction(title="A brass telescope")
    assert "A brass telescope" in client.get("/auctions/").content.decode()
    page = client.get(f"/auctions/{auction.pk}/").content.decode()
    assert "A brass telescope" in page
    assert "$10" in page
    assert "<form" not in page


@pytest.mark.parametrize("key", ["0", "nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_lot_is_404(client: Client, key: str) -> None:
    assert client.get(f"/auctions/{key}/").status_code == 404


def test_a_scheduled_lot_is_its_sellers(client: Client) -> None:
    auction = open_auction(starts_at=timezone.now() + timedelta(days=1))
    assert client.get(f"/auctions/{auction.pk}/").status_code == 404
    assert "Not open yet" in browser(auction.seller).get(f"/auctions/{auction.pk}/").content.decode()


def test_a_bid_by_form(client: Client) -> None:
    auction, bidder = open_auction(), UserFactory()
    url = f"/auctions/{auction.pk}/bid/"
    assert client.post(url, {"amount": "20"}).status_code == 302
    assert not get_bid_model().objects.exists()
    assert browser(bidder).post(url, {"amount": "20"})["Location"] == f"/auctions/{auction.pk}/"
    assert get_bid_model().objects.get().bidder == bidder
    refused = browser(UserFactory()).post(url, {"amount": "10.10"})
    assert refused.status_code == 400
    assert 'value="10.10"' in refused.content.decode()


@pytest.mark.parametrize("amount", ["", "x", "-5", "1.234", "1e99", "NaN", "Infinity", "9" * 40])
def test_a_senseless_amount_changes_nothing(amount: str) -> None:
    auction = open_auction()
    answer = browser(UserFactory()).post(f"/auctions/{auction.pk}/bid/", {"amount": amount})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not get_bid_model().objects.exists()


def test_the_story_tells_of_the_reserve_and_of_late_bids() -> None:
    auction = open_auction(reserve_price="50.00", ends_at=timezone.now() + timedelta(minutes=90))
    first, second = UserFactory(), UserFactory()
    services.place_bid(auction_id=auction.pk, bidder=first, amount=Decimal(40))
    late = auction.ends_at - timedelta(seconds=30)
    services.place_bid(auction_id=auction.pk, bidder=second, amount=Decimal(60), now=late)
    page = browser(first).get(f"/auctions/{auction.pk}/").content.decode()
    for sentence in ("The reserve is met", "A late bid", "You took the lead", "You&#x27;re outbid"):
        assert sentence in page or sentence.replace("&#x27;", "'") in page, sentence


def test_starting_an_auction_of_ones_own(client: Client) -> None:
    from chowk_core.targets import Target
    from tests.factories import ThingFactory

    target = Target.of(ThingFactory())
    url = f"/auctions/new/?type={target.type}&id={target.id}"
    assert client.get(url).status_code == 302
    seller = UserFactory()
    assert browser(seller).get("/auctions/new/?type=no.model&id=1").status_code == 404
    stranger = Target.of(seller)
    nameless = f"/auctions/new/?type={stranger.type}&id={stranger.id}"
    assert browser(seller).get(nameless).status_code == 404
    assert browser(seller).post(nameless, {"starting_price": "5", "duration": "60"}).status_code == 404
    assert ThingFactory._meta.model.objects.get().name in browser(seller).get(url).content.decode()
    assert browser(seller).post(url, {"starting_price": "", "duration": "60"}).status_code == 400
    assert browser(seller).post(url, {"starting_price": "5", "duration": "60"}).status_code == 302
    again = browser(seller).post(url, {"starting_price": "5", "duration": "60"})
    assert again.status_code == 400
    assert "on auction already" in again.content.decode()
    assert get_auction_model().objects.count() == 1


def test_pages_hold_no_script_of_their_own(client: Client) -> None:
    page = client.get(f"/auctions/{open_auction().pk}/").content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", page)


def test_watching_by_button() -> None:
    auction, ann = open_auction(), UserFactory()
    url, web = f"/auctions/{auction.pk}/", browser(ann)
    assert web.post(f"{url}watch/", {"watch": "yes"})["Location"] == url
    assert "1 person watches this" in web.get(url).content.decode()
    assert auction.title in web.get("/auctions/?show=watched").content.decode()
    web.post(f"{url}watch/", {"watch": "no"})
    assert auction.title not in web.get("/auctions/?show=watched").content.decode()
    assert "0 people watch this" in browser(auction.seller).get(url).content.decode()


def test_taking_a_bid_back_by_form() -> None:
    auction, ann = open_auction(), UserFactory()
    url, web = f"/auctions/{auction.pk}/", browser(ann)
    services.place_bid(auction_id=auction.pk, bidder=ann, amount="5000")
    assert "Take your bid back" in web.get(url).content.decode()
    web.post(f"{url}retract/", {"reason": "typo", "amount": ""})
    assert get_bid_model().objects.count() == 1
    web.post(f"{url}retract/", {"reason": "typo", "amount": "50"})
    page = web.get(url).content.decode()
    assert "You took your bid back" in page
    assert "taken back since" in page
    assert get_bid_model().objects.count() == 3


@pytest.mark.parametrize(
    ("answer", "status", "buyer"), [("accept", "sold", True), ("decline", "sold", False)]
)
def test_the_second_chance_on_its_bidders_page(answer: str, status: str, buyer: bool) -> None:
    auction, ann, bob = open_auction(second_chance=True), UserFactory(), UserFactory()
    for who, amount in ((ann, "90"), (bob, "80")):
        services.place_bid(auction_id=auction.pk, bidder=who, amount=amount)
    services.close_due_auctions(now=auction.ends_at)
    services.default_settlement(auction_id=auction.pk)
    services.pursue_buyers()
    url = f"/auctions/{auction.pk}/"
    for other in (ann, auction.seller):
        assert "Your second chance" not in browser(other).get(url).content.decode()
    page = browser(bob).get(url).content.decode()
    assert "Your second chance" in page
    assert "$80" in page
    browser(bob).post(f"{url}second-chance/{answer}/")
    auction.refresh_from_db()
    assert (auction.status, auction.buyer == bob) == (status, buyer)
    assert ("You won." in browser(bob).get(url).content.decode()) == buyer


def test_an_unsold_lot_runs_again_by_button() -> None:
    auction = open_auction()
    services.close_due_auctions(now=auction.ends_at)
    url, web = f"/auctions/{auction.pk}/", browser(auction.seller)
    assert "Run it again" in web.get(url).content.decode()
    assert "Run it again" not in browser(UserFactory()).get(url).content.decode()
    fresh = web.post(f"{url}relist/")["Location"]
    assert fresh != url
    assert auction.title in web.get(fresh).content.decode()
    assert "Run it again" not in web.get(url).content.decode()


def test_a_sealed_lot_tells_nothing_and_then_everything() -> None:
    auction, ann = open_auction(format="sealed_first_price"), UserFactory()
    url, web = f"/auctions/{auction.pk}/", browser(ann)
    web.post(f"{url}bid/", {"amount": "7391846"})
    page = web.get(url).content.decode()
    assert "Your bid is sealed." in page
    assert "7,391,846" not in page
    services.close_due_auctions(now=auction.ends_at)
    page = browser(UserFactory()).get(url).content.decode()
    assert "7,391,846" in page
    assert "bid</span>" in page


def test_scheduling_from_the_form() -> None:
    from chowk_core.targets import Target
    from tests.factories import ThingFactory

    target = Target.of(ThingFactory())
    seller = UserFactory()
    body = {"starting_price": "5", "duration": "60", "starts_in": "1440", "format": "sealed_first_price"}
    answer = browser(seller).post(f"/auctions/new/?type={target.type}&id={target.id}", body)
    auction = get_auction_model().objects.get()
    assert (answer.status_code, auction.status, auction.format) == (302, "scheduled", "sealed_first_price")
    assert auction.title in browser(seller).get("/auctions/?show=coming").content.decode()


def test_a_called_off_lots_page_says_so() -> None:
    auction = open_auction()
    services.cancel_auction(auction_id=auction.pk, actor=auction.seller, reason="It broke.")
    page = browser(UserFactory()).get(f"/auctions/{auction.pk}/").content.decode()
    assert "Called off" in page
    assert "It broke." in page
