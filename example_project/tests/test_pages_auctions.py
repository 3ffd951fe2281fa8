"""Auctions: bidding, who sees what, how they end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_auctions import services as auctions
from chowk_core.testing.events import deliver_all
from chowk_marketplace.models import get_order_model
from tests.factories import UserFactory, make_auction, make_car
from tests.pages import MOST_STATEMENTS, SignIn, statements

pytestmark = pytest.mark.django_db


def test_auctions_cost_the_same_with_5_and_50(sign_in: SignIn) -> None:
    viewer, seller = sign_in(UserFactory()), UserFactory()
    for _ in range(5):
        make_auction(car=make_car(seller=seller, price=None))
    few = statements(viewer, "/auctions/")
    for _ in range(45):
        make_auction(car=make_car(seller=seller, price=None))
    assert statements(viewer, "/auctions/") == few <= MOST_STATEMENTS


def test_an_auction_costs_the_same_with_5_and_50_bids(sign_in: SignIn) -> None:
    bidders, auction = [UserFactory(), UserFactory()], make_auction()
    viewer = sign_in(bidders[0])

    def bid(times: range) -> None:
        for i in times:
            auctions.place_bid(auction_id=auction.pk, bidder=bidders[i % 2], amount=Decimal(1000 + 100 * i))

    bid(range(5))
    few = statements(viewer, f"/auctions/{auction.pk}/")
    bid(range(5, 50))
    assert statements(viewer, f"/auctions/{auction.pk}/") == few <= MOST_STATEMENTS


def test_bidding_without_script(sign_in: SignIn) -> None:
    auction, bidder = make_auction(), UserFactory()
    client = sign_in(bidder)
    url = f"/auctions/{auction.pk}/"
    for amount, sentence in (("", "Enter the most"), ("abc", "Enter an amount"), ("1", "Bid at least")):
        refused = client.post(f"{url}bid/", {"amount": amount})
        assert refused.status_code == 400
        assert sentence in refused.content.decode()
        assert f'value="{amount}"' in refused.content.decode()
    assert client.post(f"{url}bid/", {"amount": "1500"})["Location"] == url
    page = client.get(url).content.decode()
    assert "You lead." in page
    assert "$1,500" in page


def test_my_maximum_is_shown_to_me_alone(sign_in: SignIn) -> None:
    auction, leader, rival = make_auction(), UserFactory(), UserFactory()
    auctions.place_bid(auction_id=auction.pk, bidder=leader, amount=Decimal(987654321))
    auctions.place_bid(auction_id=auction.pk, bidder=rival, amount=Decimal(1100))
    url = f"/auctions/{auction.pk}/"
    assert "987,654,321" in sign_in(leader).get(url).content.decode()
    for viewer in (Client(), sign_in(rival), sign_in(auction.seller), sign_in(UserFactory(is_staff=True))):
        page = viewer.get(url).content.decode()
        assert "987,654,321" not in page
        assert "987654321" not in page


def test_outbid_says_who_leads_at_what(sign_in: SignIn) -> None:
    auction, first, second = make_auction(), UserFactory(), UserFactory()
    auctions.place_bid(auction_id=auction.pk, bidder=first, amount=Decimal(1500))
    auctions.place_bid(auction_id=auction.pk, bidder=second, amount=Decimal(3000))
    page = sign_in(first).get(f"/auctions/{auction.pk}/").content.decode()
    assert "You&#x27;re outbid" in page or "You're outbid" in page


def test_the_seller_gets_no_bid_form(sign_in: SignIn) -> None:
    auction = make_auction()
    assert "data-bid-form" not in sign_in(auction.seller).get(f"/auctions/{auction.pk}/").content.decode()
    assert sign_in(auction.seller).post(f"/auctions/{auction.pk}/bid/", {"amount": "5000"}).status_code == 403


def test_buy_now_leads_to_the_order_and_its_payment(sign_in: SignIn) -> None:
    auction, buyer = make_auction(buy_now_price=Decimal(4000)), UserFactory()
    client = sign_in(buyer)
    client.post(f"/auctions/{auction.pk}/buy-now/")
    deliver_all()
    order = get_order_model().objects.get()
    page = client.get(f"/auctions/{auction.pk}/").content.decode()
    assert "You won." in page
    assert f"/orders/{order.pk}/" in page
    assert f"/orders/{order.pk}/" not in Client().get(f"/auctions/{auction.pk}/").content.decode()


def test_the_api_leads_the_winner_to_the_order_and_nobody_else(api: APIClient) -> None:
    auction = make_auction(buy_now_price=Decimal(4000))
    buyer: Any = UserFactory()
    url = f"/api/auctions/{auction.pk}/"
    api.force_authenticate(buyer)
    assert api.post(f"{url}buy-now/").status_code == 201
    deliver_all()
    order = get_order_model().objects.get()
    assert api.get(url).json()["you"]["pay_url"] == f"/orders/{order.pk}/"
    others: tuple[Any, ...] = (auction.seller, UserFactory(is_staff=True), None)
    for viewer in others:
        api.force_authenticate(viewer)
        assert api.get(url).json()["you"]["pay_url"] is None


def test_ended_auctions_say_how(client: Client) -> None:
    sold, unsold = make_auction(), make_auction()
    auctions.place_bid(auction_id=sold.pk, bidder=UserFactory(), amount=Decimal(2000))
    auctions.close_due_auctions(now=timezone.now() + timedelta(hours=2))
    assert "The hammer fell" in client.get(f"/auctions/{sold.pk}/").content.decode()
    assert "Nobody bid this time" in client.get(f"/auctions/{unsold.pk}/").content.decode()
    ended = client.get("/auctions/?show=ended").content.decode()
    assert str(sold.pk) in ended
    assert str(unsold.pk) in ended
