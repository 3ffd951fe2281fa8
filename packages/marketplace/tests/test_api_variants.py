"""Variants of a listing over the API, for buyers and for who sells them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chowk_core.exceptions import NotAllowed
from chowk_marketplace import services
from tests.factories import ActiveListingFactory, ListingFactory, reread

pytestmark = pytest.mark.django_db


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def codes(response):
    return {error["code"] for error in response.json()["errors"]}


def url_of(listing):
    return f"/api/listings/{listing.pk}/variants/"


@pytest.fixture
def shirt(seller):
    """A listing of one size, of which there are three."""
    listing = ActiveListingFactory(seller=seller, stock=3, sku="S")
    services.update_variant(variant=listing.variants.get(), options={"Size": "S"})
    return listing


def test_a_seller_adds_changes_and_retires_variants(shirt, seller, buyer):
    url, mine = url_of(shirt), client(seller)

    made = mine.post(
        url, {"options": {"Size": "M"}, "sku": "M", "price": usd("120"), "stock": 2, "low_stock_at": 1}
    )
    assert made.status_code == 201, made.json()
    one = f"{url}{made.json()['id']}/"
    assert (made.json()["on_hand"], made.json()["available"], made.json()["costs"]) == (2, 2, usd("120.00"))
    assert reread(shirt).stock == 5
    changed = mine.patch(one, {"price": None, "position": 0, "options": {"Size": "XL"}})
    assert (changed.json()["price"], changed.json()["costs"]) == (None, usd("100.00"))
    assert mine.patch(one, {"stock": 9}).json()["on_hand"] == 2
    services.purchase(listing=shirt, buyer=buyer, variant=made.json()["id"])
    assert mine.delete(one).status_code == 204
    assert mine.get(one).json()["active"] is False
    assert reread(shirt).stock == 3
    never = mine.post(url, {"options": {"Size": "L"}, "active": False}).json()
    assert never["active"] is False
    assert mine.delete(f"{url}{never['id']}/").status_code == 204
    assert mine.get(f"{url}{never['id']}/").status_code == 404
    assert services.check_stock() == []


def test_a_buyer_sees_what_is_on_offer_and_nothing_of_the_stock_room(shirt, seller, stranger):
    hidden = services.add_variant(listing=shirt, options={"Size": "M"}, stock=1)
    services.update_variant(variant=hidden, active=False)
    url, one = url_of(shirt), f"{url_of(shirt)}{hidden.pk}/"

    for viewer in (None, stranger):
        [row] = client(viewer).get(url).json()
        assert (row["options"], row["available"]) == ({"Size": "S"}, 3)
        assert not {"on_hand", "held", "active", "low_stock_at"} & row.keys()
        assert client(viewer).get(one).status_code == 404
        assert client(viewer).get(f"{url}{row['id']}/stock-history/").status_code == 404
    assert [row["active"] for row in client(seller).get(url).json()] == [True, False]
    assert client().post(url, {"options": {"Size": "L"}}).status_code in {401, 403}
    assert codes(client(stranger).post(url, {"options": {"Size": "L"}})) == {"not_owner"}
    shown = f"{url}{shirt.variants.get(sku='S').pk}/"
    assert codes(client(stranger).patch(shown, {"sku": "T"})) == {"not_owner"}
    assert codes(client(stranger).delete(shown)) == {"not_owner"}
    assert codes(client(stranger).post(f"{shown}stock/", {"delta": 1})) == {"not_owner"}
    assert client(stranger).get(url_of(ListingFactory())).status_code == 404
    assert client().get("/api/listings/nobody/variants/").status_code == 404


def test_stock_is_counted_with_a_reason_and_its_history_is_the_sellers(shirt, seller, buyer, staff):
    one = f"{url_of(shirt)}{shirt.variants.get().pk}/"
    mine = client(seller)
    services.purchase(listing=shirt, buyer=buyer, quantity=2)

    came = mine.post(f"{one}stock/", {"delta": 4, "reason": "received", "note": "From the weaver"})
    assert (came.json()["on_hand"], came.json()["allocated"], came.json()["available"]) == (7, 2, 5)
    mine.post(f"{one}stock/", {"delta": -1, "reason": "damaged"})
    assert mine.post(f"{one}stock/", {"on_hand": 10}).json()["available"] == 8
    assert codes(mine.post(f"{one}stock/", {"on_hand": 1})) == {"invalid_stock"}
    assert codes(mine.post(f"{one}stock/", {"on_hand": 1, "delta": 1})) == {"one_of_two"}
    assert codes(mine.post(f"{one}stock/", {})) == {"one_of_two"}
    assert codes(mine.post(f"{one}stock/", {"delta": 1, "reason": "ordered"})) == {"invalid_choice"}

    history = mine.get(f"{one}stock-history/", {"size": 4}).json()
    assert history["count"] == 5
    assert [(row["reason"], row["on_hand"]) for row in history["results"]] == [
        ("counted", 4),
        ("damaged", -1),
        ("received", 4),
        ("ordered", 0),
    ]
    assert history["results"][2]["note"] == "From the weaver"
    assert client(staff).get(f"{one}stock-history/").json()["count"] == 5
    assert client(buyer).get(f"{one}stock-history/").status_code == 404
    assert reread(shirt).stock == 8
    assert services.check_stock() == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"options": {"Size": "S"}}, "options_taken"),
        ({"options": {"Size": ""}}, "blank"),
        ({"options": "M"}, "not_a_dict"),
        ({"options": {"Size": "M"}, "price": {"amount": "5", "currency": "EUR"}}, "invalid_price"),
        ({"options": {"Size": "M"}, "stock": -1}, "min_value"),
        ({"options": {"Size": "M"}, "position": -1}, "min_value"),
        ({"options": {"Size": "M"}, "sku": "S"}, "sku_taken"),
        ({}, "required"),
    ],
)
def test_wrong_variants_are_refused_in_words(shirt, seller, data, code):
    assert codes(client(seller).post(url_of(shirt), data)) == {code}
    assert shirt.variants.count() == 1


def test_a_listing_has_only_so_many_variants(shirt, seller):
    with override_settings(CHOWK_MARKETPLACE={"VARIANTS_PER_LISTING": 2}):
        assert client(seller).post(url_of(shirt), {"options": {"Size": "M"}}).status_code == 201
        assert codes(client(seller).post(url_of(shirt), {"options": {"Size": "L"}})) == {"too_many_variants"}


def test_the_last_variant_stays(shirt, seller):
    one = f"{url_of(shirt)}{shirt.variants.get().pk}/"
    assert codes(client(seller).delete(one)) == {"last_variant"}


def refuse(*, actor, listing):
    raise NotAllowed


def test_a_stock_is_not_counted_where_the_listing_may_not_be_changed(shirt, seller):
    one = f"{url_of(shirt)}{shirt.variants.get().pk}/"
    with override_settings(CHOWK_MARKETPLACE={"MAY_UPDATE": [f"{__name__}.refuse"]}):
        assert client(seller).post(f"{one}stock/", {"on_hand": 0}).status_code == 403
    assert reread(shirt).stock == 3


def test_statements_do_not_grow_with_variants(shirt, seller):
    url, one = url_of(shirt), f"{url_of(shirt)}{shirt.variants.get().pk}/"

    def statements(address):
        with CaptureQueriesContext(connection) as captured:
            assert client(seller).get(address).status_code == 200
        return len(captured)

    few = (statements(url), statements(f"{one}stock-history/"))
    for number in range(8):
        services.add_variant(listing=shirt, options={"Size": str(number)}, stock=number)
        services.adjust_stock(variant=shirt.variants.get(sku="S"), delta=1, actor=seller)
    assert (statements(url), statements(f"{one}stock-history/")) == few == (2, 4)
