from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from chowk_marketplace import services
from chowk_marketplace.models import get_city_model, get_order_group_model, get_province_model
from chowk_marketplace.places import load
from tests.factories import ActiveListingFactory, reread

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return APIClient()


def signed_in(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


ADDRESS = {"name": "Ali", "line1": "Main road 1", "city_name": "Berlin", "country": "DE"}


def test_a_guest_buys_after_signing_in(guest, buyer):
    buyer.set_password("secret")
    buyer.save()
    listing = ActiveListingFactory(stock=3, title="Lamp")
    assert guest.get("/api/cart/").json() == {"items": [], "count": 0, "quantity": 0, "subtotals": []}

    made = guest.post("/api/cart/items/", {"listing": str(listing.pk), "quantity": 2})
    assert made.status_code == 201, made.content
    [item] = made.json()["items"]
    assert (item["title"], item["quantity"], item["total"]["amount"]) == ("Lamp", 2, "200.00")
    item_url = f"/api/cart/items/{item['id']}/"
    assert APIClient().patch(item_url, {"quantity": 1}).status_code == 404
    assert guest.patch(item_url, {"quantity": 9}).json()["errors"][0]["code"] == "out_of_stock"
    assert guest.patch(item_url, {"quantity": 3}).json()["quantity"] == 3
    assert guest.post("/api/checkout/").status_code in {401, 403}

    assert guest.login(username=buyer.username, password="secret")
    assert guest.get("/api/cart/").json()["quantity"] == 3
    assert guest.post("/api/checkout/", {}).status_code == 404
    address = guest.post("/api/addresses/", ADDRESS).json()
    assert address["is_default"]
    quote = guest.post("/api/checkout/quote/", {}).json()
    assert (quote["total"]["amount"], quote["orders"][0]["rates"][0]["code"]) == ("300.00", "standard")
    assert "held_until" in guest.post("/api/checkout/begin/").json()
    placed = guest.post("/api/checkout/", {"address": address["id"], "total": quote["total"]})

    assert placed.status_code == 201, placed.content
    [order] = placed.json()["orders"]
    assert (order["ship_to"]["city"], order["total"]["amount"], order["platform_fee"]) == (
        "Berlin",
        "300.00",
        None,
    )
    assert order["group"] == placed.json()["id"]
    assert guest.get("/api/cart/").json()["count"] == 0
    assert guest.post("/api/checkout/", {}).json()["errors"][0]["code"] == "cart_empty"
    assert guest.get("/api/order-groups/").json()["count"] == 1
    seen = signed_in(listing.seller).get(f"/api/orders/{order['id']}/").json()
    assert (seen["group"], seen["ship_to"]["name"]) == (None, "Ali")
    assert signed_in(listing.seller).get(f"/api/order-groups/{placed.json()['id']}/").status_code == 404


def test_the_same_key_places_once(buyer):
    client = signed_in(buyer)
    services.save_address(user=buyer, **ADDRESS)
    listing = ActiveListingFactory(stock=5)
    client.post("/api/cart/items/", {"listing": str(listing.pk)})

    answers = [client.post("/api/checkout/", {}, headers={"Idempotency-Key": "k1"}) for _time in range(3)]

    assert {answer.json()["id"] for answer in answers} == {str(get_order_group_model().objects.get().pk)}
    assert reread(listing).stock == 4


def test_items_are_taken_out_and_the_cart_cleared(buyer):
    client = signed_in(buyer)
    for _time in range(3):
        client.post("/api/cart/items/", {"listing": str(ActiveListingFactory().pk)})
    [first, *_rest] = client.get("/api/cart/").json()["items"]

    assert client.delete(f"/api/cart/items/{first['id']}/").json()["count"] == 2
    assert client.delete(f"/api/cart/items/{first['id']}/").status_code == 404
    assert client.post("/api/cart/clear/").json()["count"] == 0


def test_addresses_are_ones_own_and_one_is_the_default(buyer, stranger):
    load(get_province_model(), get_city_model())
    client = signed_in(buyer)
    lahore = client.get("/api/cities/", {"province": "PK-PB", "search": "Lahore"}).json()["results"][0]
    pakistani = {"name": "Ali", "line1": "Mall 1", "city": lahore["id"], "country": "PK"}

    first = client.post("/api/addresses/", pakistani).json()
    second = client.post("/api/addresses/", {**ADDRESS, "is_default": True}).json()

    rows = client.get("/api/addresses/").json()["results"]
    assert [(row["id"], row["is_default"]) for row in rows] == [(second["id"], True), (first["id"], False)]
    wrong = client.post("/api/addresses/", {**pakistani, "country": "DE"})
    assert wrong.json()["errors"][0]["code"] == "invalid_place"
    assert signed_in(stranger).get(f"/api/addresses/{first['id']}/").status_code == 404
    assert client.patch(f"/api/addresses/{first['id']}/", {"line2": "Flat 2"}).json()["line2"] == "Flat 2"
    assert client.delete(f"/api/addresses/{second['id']}/").status_code == 204
    assert client.get(f"/api/addresses/{first['id']}/").json()["is_default"]
    assert client.get("/api/provinces/", {"country": "pk"}).json()["count"] == 7
