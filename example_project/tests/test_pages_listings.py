"""A listing's page: who sees it, buying from it, selling."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from chowk_marketplace.models import get_listing_model, get_order_model
from tests.factories import UserFactory, make_car
from tests.pages import MOST_STATEMENTS, SignIn, statements

pytestmark = pytest.mark.django_db


def test_a_pending_listing_is_its_sellers_alone(sign_in: SignIn) -> None:
    car = make_car(active=False)
    url = f"/listings/{car.pk}/"
    assert Client().get(url).status_code == 404
    assert sign_in(UserFactory()).get(url).status_code == 404
    seller = sign_in(car.seller)
    assert seller.get(url).status_code == 200
    seller.post(f"{url}activate/")
    assert Client().get(url).status_code == 200


def test_listing_shows_specification_and_placeholder(client: Client) -> None:
    page = client.get(f"/listings/{make_car().pk}/").content.decode()
    assert "Power (hp)" in page
    assert "/static/vehicles/bodies/wagon.svg#" in page
    assert "$5,000" in page


def test_a_listing_costs_little(client: Client) -> None:
    assert statements(client, f"/listings/{make_car().pk}/") <= MOST_STATEMENTS


def test_buying_at_the_price_that_was_shown(sign_in: SignIn) -> None:
    car, buyer = make_car(price=5000), UserFactory()
    client = sign_in(buyer)
    stale = client.post(f"/listings/{car.pk}/buy/", {"price": "4000.000", "currency": "USD"}, follow=True)
    assert not get_order_model().objects.exists()
    assert "price" in stale.content.decode()
    bought = client.post(f"/listings/{car.pk}/buy/", {"price": "5000.000", "currency": "USD"})
    order = get_order_model().objects.get()
    assert bought["Location"] == f"/orders/{order.pk}/"
    assert order.buyer == buyer


def test_visitors_are_asked_to_sign_in_and_come_back(client: Client) -> None:
    car = make_car()
    page = client.get(f"/listings/{car.pk}/").content.decode()
    assert f"/sign-in/?next=%2Flistings%2F{car.pk}%2F" in page
    assert client.post(f"/listings/{car.pk}/buy/").status_code == 302
    assert client.get(f"/listings/{car.pk}/buy/")["Location"] == f"/listings/{car.pk}/"


def test_selling_something_by_auction_from_form_to_hammer(sign_in: SignIn) -> None:
    seller = UserFactory()
    make_car()  # brings the category
    client = sign_in(seller)
    category = get_listing_model().objects.get().category
    form = {"title": "A drum kit", "category": category.pk, "condition": "used", "sale_format": "auction"}
    assert client.post("/listings/new/?kind=other", form | {"title": ""}).status_code == 400
    url = client.post("/listings/new/?kind=other", form)["Location"]
    listing = get_listing_model().objects.get(title="A drum kit")
    assert url == f"/listings/{listing.pk}/"
    start = re.search(r'href="(/auctions/new/[^"]+)"', client.get(url).content.decode())
    assert start is not None
    address = start[1].replace("&amp;", "&")
    refused = client.post(address, {"starting_price": "100", "reserve_price": "50", "duration": "60"})
    assert refused.status_code == 400
    assert "reserve" in refused.content.decode()
    opened = client.post(address, {"starting_price": "100", "duration": "60"})
    assert opened.status_code == 302
    assert client.get(opened["Location"]).status_code == 200
