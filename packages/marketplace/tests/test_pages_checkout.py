"""The cart and the checkout as pages, without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from moneyed import Money

from chowk_marketplace.models import get_order_group_model, get_order_model
from tests.factories import ActiveListingFactory, UserFactory, paid

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

ADDRESS = {
    "step": "address",
    "name": "Ann Noor",
    "line1": "4 Mall Road",
    "city_name": "Lahore",
    "country": "PK",
}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def put(client: Client, listing: Any) -> None:
    assert client.post(f"/listings/{listing.pk}/cart/")["Location"] == "/cart/"


def test_a_guests_cart(client: Client) -> None:
    assert "Your cart is empty" in client.get("/cart/").content.decode()
    lamp = ActiveListingFactory(title="A reading lamp", stock=3)
    put(client, lamp)
    page = client.get("/cart/").content.decode()
    assert "A reading lamp" in page
    change = re.search(r'action="(/cart/[^"]+/)"', page)
    assert change is not None
    client.post(change[1], {"quantity": "3"})
    assert "$300.00" in client.get("/cart/").content.decode()
    client.post(change[1], {"quantity": "9"})
    assert "$300.00" in client.get("/cart/").content.decode()
    assert Client().post(change[1], {"quantity": "0"}).status_code == 404
    client.post(change[1], {"quantity": "0"})
    assert "Your cart is empty" in client.get("/cart/").content.decode()


def test_what_stands_in_the_way_is_said(client: Client) -> None:
    lamp = ActiveListingFactory(title="A reading lamp")
    put(client, lamp)
    lamp.price = Money("120.00", "USD")
    lamp.save()
    assert "It was" in client.get("/cart/").content.decode()
    type(lamp).objects.filter(pk=lamp.pk).update(status="archived")
    page = client.get("/cart/").content.decode()
    assert "can no longer be bought" in page
    assert "/checkout/" not in page


def test_from_cart_to_a_group_of_two_sellers_orders() -> None:
    buyer = UserFactory()
    client = browser(buyer)
    assert client.get("/checkout/")["Location"] == "/cart/"
    for title in ("A reading lamp", "A kettle"):
        put(client, ActiveListingFactory(title=title))
    page = client.get("/checkout/").content.decode()
    assert "Where shall it go?" in page
    assert client.post("/checkout/", {"step": "address", "name": "x"}).status_code == 400
    assert client.post("/checkout/", ADDRESS)["Location"] == "/checkout/"
    page = client.get("/checkout/").content.decode()
    assert "4 Mall Road" in page
    total = re.search(r'name="total" value="([\d.]+)"', page)
    assert total is not None
    wrong = client.post("/checkout/", {"step": "reckon", "discount_code": "NOTHING"})
    assert wrong.status_code == 400
    assert 'value="NOTHING"' in wrong.content.decode()
    stale = client.post("/checkout/", {"step": "place", "total": "1.00", "currency": "USD"})
    assert stale.status_code == 400
    assert not get_order_model().objects.exists()
    placed = client.post("/checkout/", {"step": "place", "total": total[1], "currency": "USD"})
    group = get_order_group_model().objects.get()
    assert placed["Location"] == f"/checkout/{group.pk}/"
    assert group.ship_to["line1"] == "4 Mall Road"
    page = client.get(placed["Location"]).content.decode()
    for order in get_order_model().objects.all():
        assert order.number in page
    assert browser(UserFactory()).get(placed["Location"]).status_code == 404
    assert client.get("/checkout/nothing/").status_code == 404
    assert "Your cart is empty" in client.get("/cart/").content.decode()


def test_an_order_without_an_address_is_asked_for_one(settings: Any) -> None:
    settings.CHOWK_MARKETPLACE = {"SHIPPING_FLAT": {"USD": "5.00"}}
    buyer, lamp = UserFactory(), ActiveListingFactory(title="A reading lamp")
    client = browser(buyer)
    url = client.post(f"/listings/{lamp.pk}/buy/")["Location"]
    order = get_order_model().objects.get()
    assert order.delivery_due
    assert f"{url}delivery/" in client.get(url).content.decode()
    assert "Where shall it go?" in client.get(f"{url}delivery/").content.decode()
    assert client.post(f"{url}delivery/", {"step": "place"}).status_code == 400
    assert client.post(f"{url}delivery/", {"step": "address", "name": "x"}).status_code == 400
    assert client.post(f"{url}delivery/", ADDRESS)["Location"] == f"{url}delivery/"
    page = client.get(f"{url}delivery/").content.decode()
    assert "4 Mall Road" in page
    assert "$105.00" in page
    stale = client.post(f"{url}delivery/", {"step": "place", "total": "100.00", "currency": "USD"})
    assert stale.status_code == 400
    balloon = client.post(f"{url}delivery/", {"step": "reckon", f"shipping-{order.seller_id}": "balloon"})
    assert balloon.status_code == 400
    assert "$105.00" in balloon.content.decode()
    settled = client.post(f"{url}delivery/", {"step": "place", "total": "105.00", "currency": "USD"})
    assert settled["Location"] == url
    page = client.get(url).content.decode()
    assert "4 Mall Road" in page
    assert "Standard delivery" in page
    assert browser(order.seller).get(f"{url}delivery/").status_code == 404
    assert "4 Mall Road" in browser(order.seller).get(url).content.decode()
    paid(get_order_model().objects.get())
    assert client.get(f"{url}delivery/")["Location"] == url
