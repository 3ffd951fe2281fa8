from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chowk_marketplace import desire_selectors, services
from tests.factories import ActiveListingFactory, CategoryFactory, UserFactory
from tests.goods.models import Book

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_facets_have_counts_and_are_removable(client: Client) -> None:
    for city in ("Lahore", "Lahore", "Karachi"):
        ActiveListingFactory(city=city)

    page = client.get("/").content.decode()
    assert '<a href="?city=Lahore"><span><bdi>Lahore</bdi></span><span class="number">2</span>' in page
    chosen = client.get("/?city=Lahore&city=karachi&page=1")
    text = chosen.content.decode()
    assert chosen.context["page"].paginator.count == 3
    assert '<a class="chip" href="?city=karachi">' in text
    assert 'name="city" value="Lahore"' in text
    assert client.get("/?city=" + "x" * 500).status_code == 200


def test_a_category_of_a_type_has_the_type_s_facets(client: Client) -> None:
    books = CategoryFactory(name="Books")
    poems = CategoryFactory(name="Poems", parent=books)
    ActiveListingFactory(category=poems, listing_model=Book, author="Ghalib", title="Diwan")
    ActiveListingFactory(category=books, listing_model=Book, author="Faiz", title="Letters")

    answer = client.get("/?category=poems")
    assert [(box.name, [value.text for value in box.values]) for box in answer.context["boxes"]] == [
        ("author", ["Ghalib"])
    ]
    answer = client.get("/?category=books&author=faiz")
    assert [listing.title for listing in answer.context["listings"]] == ["Letters"]
    assert [chip.text for chip in answer.context["chips"]] == ["Books", "Author: Faiz"]


def test_a_wishlist(buyer: Any) -> None:
    listing = ActiveListingFactory(title="Chair")
    mine = browser(buyer)

    assert b"You wish for nothing yet" in mine.get("/wishlist/").content
    assert mine.post(f"/listings/{listing.pk}/wish/").url.endswith(f"/listings/{listing.pk}/")
    assert b"Remove from wishlist" in mine.get(f"/listings/{listing.pk}/").content
    assert b"Chair" in mine.get("/wishlist/").content
    assert (
        mine.post(f"/listings/{listing.pk}/wish/", {"wish": "remove", "back": "wishlist"}).url == "/wishlist/"
    )
    assert not desire_selectors.wishes(buyer).exists()


def test_a_store(client: Client, seller: Any, staff: Any) -> None:
    store = services.create_store(owner=seller, name="Chairs of Lahore", city="Lahore")
    services.verify_seller(profile=services.create_seller_profile(user=seller), actor=staff)
    ActiveListingFactory(seller=seller, store=store, title="Oak chair")
    ActiveListingFactory(seller=seller, title="Not in the store")

    page = client.get(f"/stores/{store.slug}/").content.decode()

    assert "Oak chair" in page
    assert "Verified" in page
    assert "Not in the store" not in page
    assert client.get("/stores/nothing/").status_code == 404


def test_a_listing_shows_similar_ones_and_is_remembered(client: Client) -> None:
    chairs = CategoryFactory(name="Chairs")
    one = ActiveListingFactory(category=chairs, title="Chair")
    ActiveListingFactory(category=chairs, title="Stool")
    user = UserFactory()

    page = browser(user).get(f"/listings/{one.pk}/").content.decode()

    assert "Similar listings" in page
    assert "Stool" in page
    assert desire_selectors.recently_viewed(user).get().listing.pk == one.pk
