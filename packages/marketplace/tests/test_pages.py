"""The pages in a site that has nothing but this package: as installed, whatever the keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chowk_core.testing.events import deliver_all
from chowk_marketplace import services
from chowk_marketplace.models import get_listing_model, get_order_model
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    CategoryFactory,
    ListingFactory,
    OrderFactory,
    UserFactory,
    delivered,
    paid,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_browse_by_category_words_and_price(client: Client) -> None:
    lamp = ActiveListingFactory(title="A reading lamp")
    ActiveListingFactory(title="A kettle")
    AuctionedListingFactory(title="A clock")
    deliver_all()
    everything = client.get("/").content.decode()
    for title in ("A reading lamp", "A kettle", "A clock", "By auction"):
        assert title in everything
    for query in (f"category={lamp.category.slug}", "q=lamp", "q=LAMP+reading"):
        page = client.get(f"/?{query}").content.decode()
        assert "A reading lamp" in page, query
        assert "A kettle" not in page, query
    assert "A kettle" not in client.get("/?price_max=50").content.decode()


def test_a_listing_with_its_drawn_placeholder(client: Client) -> None:
    listing = ActiveListingFactory(description="It shines.\n\nAt night too.")
    page = client.get(f"/listings/{listing.pk}/").content.decode()
    assert "chowk_marketplace/placeholders/listing.svg" in page
    assert "<p>At night too.</p>" in page
    assert client.get("/listings/nothing/").status_code == 404
    assert client.get(f"/listings/{ListingFactory().pk}/").status_code == 404


def test_a_store_with_what_it_sells(client: Client) -> None:
    seller = UserFactory()
    services.create_seller_profile(user=seller, brand="Lamps")
    store = services.create_store(owner=seller, name="The lamp house", city="Lahore", phone="+92 42 1")
    lamp = ActiveListingFactory(seller=seller, title="A reading lamp", store=store)
    ActiveListingFactory(title="A kettle")
    ListingFactory(seller=seller, title="Not yet", store=store)
    page = client.get(f"/stores/{store.slug}/").content.decode()
    assert "The lamp house" in page
    assert "A reading lamp" in page
    assert "A kettle" not in page
    assert "Not yet" not in page
    assert f"/stores/{store.slug}/" in client.get(f"/listings/{lamp.pk}/").content.decode()
    assert client.get("/stores/nowhere/").status_code == 404


def test_an_empty_store_says_how_to_begin(client: Client) -> None:
    store = services.create_store(owner=UserFactory(), name="The lamp house")
    assert "Nothing is for sale here" in client.get(f"/stores/{store.slug}/").content.decode()
    assert "Sell something" in browser(store.owner).get(f"/stores/{store.slug}/").content.decode()


def test_buying_and_its_order() -> None:
    listing, buyer = ActiveListingFactory(), UserFactory()
    client = browser(buyer)
    page = client.get(f"/listings/{listing.pk}/").content.decode()
    assert 'name="price" value="100' in page
    client.post(f"/listings/{listing.pk}/buy/", {"price": "100", "currency": "USD"})
    order = get_order_model().objects.get()
    assert client.get(f"/orders/{order.pk}/").status_code == 200
    assert order.number in client.get("/orders/").content.decode()
    assert browser(UserFactory()).get(f"/orders/{order.pk}/").status_code == 404


def test_each_step_of_an_order_shows_what_there_is_to_do() -> None:
    order = OrderFactory()
    url = f"/orders/{order.pk}/"
    buyer, seller = browser(order.buyer), browser(order.seller)
    paid(order)
    assert "Mark as shipped" in seller.get(url).content.decode()
    assert "Mark as shipped" not in buyer.get(url).content.decode()
    seller.post(f"{url}confirm/")
    seller.post(f"{url}ship/", {"carrier": "Post", "tracking_number": "RR 1"})
    assert "RR 1" in buyer.get(url).content.decode()
    assert "I have received it" in buyer.get(url).content.decode()
    buyer.post(f"{url}deliver/")
    order.refresh_from_db()
    assert order.status == "delivered"
    assert "I have received it" not in buyer.get(url).content.decode()


def test_the_wrong_side_changes_nothing() -> None:
    order = OrderFactory()
    browser(order.buyer).post(f"/orders/{order.pk}/ship/", {"carrier": "Post"})
    browser(order.seller).post(f"/orders/{order.pk}/deliver/")
    browser(UserFactory()).post(f"/orders/{order.pk}/cancel/")
    order.refresh_from_db()
    assert order.status == "pending_payment"


def test_too_long_a_tracking_number_is_said_at_the_field() -> None:
    order = OrderFactory()
    paid(order)
    answer = browser(order.seller).post(f"/orders/{order.pk}/ship/", {"tracking_number": "x" * 81})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()


def test_offering_something() -> None:
    seller, category = UserFactory(), CategoryFactory()
    client = browser(seller)
    form = {"title": "A bench", "category": category.pk, "condition": "used", "sale_format": "fixed_price"}
    assert "Enter the price" in client.post("/listings/new/", form).content.decode()
    assert not get_listing_model().objects.exists()
    url = client.post("/listings/new/", form | {"price": "80"})["Location"]
    client.post(f"{url}activate/")
    listing = get_listing_model().objects.get()
    assert (listing.seller, listing.status) == (seller, "active")


def test_the_whole_way_is_drawn() -> None:
    order = OrderFactory()
    delivered(order)
    page = browser(order.buyer).get(f"/orders/{order.pk}/").content.decode()
    assert page.count('class="done"') >= 3
    assert 'aria-current="step"' in page
