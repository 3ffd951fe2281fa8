from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money
from rest_framework.test import APIClient

from chowk_core.testing.events import deliver_all
from chowk_marketplace import desire_selectors, services
from chowk_marketplace.models import (
    get_category_model,
    get_listing_model,
    get_saved_search_model,
    get_view_model,
)
from chowk_marketplace.services.saved_searches import searches_for
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    CategoryFactory,
    ListingFactory,
    UserFactory,
    reread,
    told,
)
from tests.goods.models import Book

pytestmark = pytest.mark.django_db
WISHES, ALERTS, SEARCHES = "/api/wishlist/", "/api/price-alerts/", "/api/saved-searches/"
VIEWED = "/api/recently-viewed/"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def codes(response):
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def reprice(listing, amount, currency="USD"):
    services.update_listing(listing=listing, actor=listing.seller, price=Money(amount, currency))
    deliver_all()


def test_a_wishlist(buyer, stranger):
    listing = ActiveListingFactory(title="Chair")

    made = client(buyer).post(WISHES, {"listing": str(listing.pk)})
    again = client(buyer).post(WISHES, {"listing": str(listing.pk)})

    assert (made.status_code, made.json()["listing"]["title"]) == (201, "Chair")
    assert again.json()["id"] == made.json()["id"]
    assert client(buyer).get(WISHES).json()["count"] == 1
    assert client(stranger).get(WISHES).json()["count"] == 0
    assert client().get(WISHES).status_code in {401, 403}
    assert codes(client(buyer).post(WISHES, {"listing": str(ListingFactory().pk)})) == {
        ("listing", "unknown_listing")
    }
    assert client(stranger).delete(f"{WISHES}{made.json()['id']}/").status_code == 404
    assert desire_selectors.wished(buyer, [listing]) == {listing.pk}
    services.archive_listing(listing=listing)
    assert client(buyer).get(WISHES).json()["count"] == 0, "what one may not see is not shown"
    services.activate_listing(listing=services.relist_listing(listing=listing))
    assert client(buyer).delete(f"{WISHES}{made.json()['id']}/").status_code == 204
    assert client(buyer).get(WISHES).json()["count"] == 0


def test_statements_of_a_wishlist_do_not_grow(buyer):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            client(buyer).get(WISHES)
        return len(captured)

    services.add_wish(user=buyer, listing=ActiveListingFactory())
    few = statements()
    for _number in range(6):
        services.add_wish(user=buyer, listing=ActiveListingFactory())
    assert statements() == few <= 4


def test_a_drop_is_told_once(buyer, seller):
    listing = ActiveListingFactory(seller=seller, price=Money(100, "USD"))
    made = client(buyer).post(ALERTS, {"listing": str(listing.pk)})
    assert made.status_code == 201, made.json()

    reprice(listing, 90)
    services.tell_price_drops(listing=listing)
    services.update_listing(listing=listing, actor=seller, city="Lahore")
    deliver_all()
    reprice(listing, 95)
    reprice(listing, 80)

    drops = [(event["old_price"], event["price"]) for event in told("price_dropped")]
    assert drops == [("100.00", "90.00"), ("95.00", "80.00")]
    assert told("price_dropped")[0]["user_id"] == str(buyer.pk)
    assert client(buyer).get(ALERTS).json()["results"][0]["last_price"] == usd("80.00")
    url = f"{ALERTS}{made.json()['id']}/"
    assert client(buyer).patch(url, {"target_price": usd("50.00")}).json()["target_price"] == usd("50.00")
    reprice(listing, 60)
    assert len(told("price_dropped")) == 2
    reprice(listing, 50)
    assert len(told("price_dropped")) == 3
    assert client(buyer).delete(url).status_code == 204
    reprice(listing, 10)
    assert len(told("price_dropped")) == 3


@pytest.mark.parametrize(
    ("target", "problem"),
    [(usd("0"), "invalid_price"), ({"amount": "5", "currency": "EUR"}, "other_currency"), ("5", "not_money")],
    ids=str,
)
def test_a_wrong_target(buyer, target, problem):
    listing = ActiveListingFactory()
    answer = client(buyer).post(ALERTS, {"listing": str(listing.pk), "target_price": target})
    assert problem in {code for _attr, code in codes(answer)}


def test_what_is_auctioned_has_no_alert(buyer):
    answer = client(buyer).post(ALERTS, {"listing": str(AuctionedListingFactory().pk)})
    assert (answer.status_code, codes(answer)) == (409, {(None, "alert_needs_price")})


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(prices=st.lists(st.integers(1, 9), max_size=8), target=st.none() | st.integers(1, 9))
def test_alerts_tell_exactly_the_drops(seller, buyer, prices, target):
    listing = ActiveListingFactory(seller=seller, price=Money(5, "USD"))
    goal = None if target is None else Money(target, "USD")
    alert = services.set_price_alert(user=buyer, listing=listing, target_price=goal)
    before, drops = 5, 0
    for price in prices:
        drops += price < before and (target is None or price <= target)
        before = price
        services.update_listing(listing=listing, actor=seller, price=Money(price, "USD"))
        services.tell_price_drops(listing=listing)
    mine = [event for event in told("price_dropped") if event["alert_id"] == str(alert.pk)]
    assert len(mine) == drops


def save(user, listing_type="", **query):
    return client(user).post(
        SEARCHES, {"name": "Mine", "listing_type": listing_type, "query": query}, format="json"
    )


def test_a_saved_search_from_birth_to_end(buyer, stranger):
    CategoryFactory(name="Chairs")
    made = save(buyer, category="chairs", condition=["used", "new"], price_max=200, search="Oak")

    assert made.status_code == 201, made.json()
    assert made.json()["query"] == {
        "category": ["chairs"],
        "condition": ["new", "used"],
        "price_max": ["200"],
        "search": ["Oak"],
    }
    url = f"{SEARCHES}{made.json()['id']}/"
    assert client(stranger).get(url).status_code == 404
    assert client(buyer).patch(url, {"alerts": False}).json()["alerts"] is False
    changed = client(buyer).patch(url, {"query": {"city": ["Lahore"]}}, format="json")
    assert changed.json()["query"] == {"city": ["Lahore"]}
    assert get_saved_search_model()._default_manager.get().criteria.count() == 1
    assert client(buyer).delete(url).status_code == 204


@pytest.mark.parametrize(
    ("kind", "query", "code"),
    [
        ("", {}, "empty_search"),
        ("", {"colour": "red"}, "unknown_filter"),
        ("", {"author": "Ghalib"}, "unknown_filter"),
        ("", {"price_max": "cheap"}, "invalid"),
        ("", {"condition": "worn"}, "invalid"),
        ("", {"category": "nothing"}, "unknown_category"),
        ("", {"status": "sold"}, "unsavable_filter"),
        ("spaceship", {"city": "Lahore"}, "unknown_listing_type"),
        ("", {"city": [["x"]]}, "invalid_query"),
        ("", "city=Lahore", "invalid_query"),
    ],
    ids=str,
)
def test_a_wrong_search_is_not_saved(buyer, kind, query, code):
    answer = client(buyer).post(SEARCHES, {"name": "x", "listing_type": kind, "query": query}, format="json")

    assert answer.status_code == 400, answer.json()
    assert code in {found for _attr, found in codes(answer)}
    assert not get_saved_search_model()._default_manager.exists()


def test_a_new_listing_tells_each_search_once(buyer, seller, stranger):
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    fits = save(buyer, category="furniture", price_min=50, price_max=150, condition=["used"], search="oak")
    save(stranger, category="furniture", price_max=99)
    save(seller, category="furniture")
    quiet = save(stranger, category="chairs").json()["id"]
    client(stranger).patch(f"{SEARCHES}{quiet}/", {"alerts": False})

    listing = ActiveListingFactory(seller=seller, category=chairs, title="A chair of Oak")
    deliver_all()
    services.update_listing(listing=listing, actor=seller, city="Lahore")
    deliver_all()

    events = told("saved_search_matched")
    assert [event["search_id"] for event in events] == [fits.json()["id"]]
    assert (events[0]["user_id"], events[0]["listing_id"]) == (str(buyer.pk), str(listing.pk))
    matched = client(buyer).get(f"{SEARCHES}{fits.json()['id']}/matches/").json()
    assert [card["id"] for card in matched["results"]] == [str(listing.pk)]
    reprice(listing, 90)
    assert {event["user_id"] for event in told("saved_search_matched")} == {str(buyer.pk), str(stranger.pk)}


def test_searches_of_a_type(buyer):
    save(buyer, "book", author=["GHALIB", "Faiz"], pages_max=100)
    save(buyer, "book", pages=120)

    ActiveListingFactory(title="Diwan", listing_model=Book, author="Ghalib", pages=90)
    ActiveListingFactory(title="Poems", listing_model=Book, author="Faiz", pages=120)
    ActiveListingFactory(title="A chair")
    ListingFactory(title="Pending", listing_model=Book, author="Faiz", pages=10)
    deliver_all()

    assert [event["title"] for event in told("saved_search_matched")] == ["Diwan", "Poems"]


def test_a_listing_finds_its_searches_by_one_statement(buyer):
    listing = ActiveListingFactory(city="Lahore")
    for number in range(30):
        services.save_search(
            user=buyer, name="x", query={"city": ["Lahore"], "price_max": [str(number * 10)]}
        )

    with CaptureQueriesContext(connection) as captured:
        found = list(searches_for(listing))

    assert len(found) == 20
    assert len(captured) <= 3, "its category's path, and the searches"


CITIES, CONDITIONS = ["Lahore", "Karachi"], ["new", "used"]
queries = st.fixed_dictionaries(
    {},
    optional={
        "city": st.lists(st.sampled_from(CITIES), min_size=1, max_size=2),
        "condition": st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=2),
        "price_min": st.integers(1, 4).map(lambda n: [str(n)]),
        "price_max": st.integers(1, 4).map(lambda n: [str(n)]),
        "category": st.sampled_from([["top"], ["below"]]),
    },
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    query=queries.filter(bool),
    city=st.sampled_from(CITIES),
    condition=st.sampled_from(CONDITIONS),
    price=st.integers(1, 4),
    below=st.booleans(),
)
def test_a_search_matches_what_its_list_holds(seller, buyer, *, query, city, condition, price, below):
    get_listing_model().objects.all().delete()
    get_category_model().objects.all().delete()
    top = CategoryFactory(name="Top")
    low = CategoryFactory(name="Below", parent=top)
    search = services.save_search(user=buyer, name="x", query=query)
    listing = ActiveListingFactory(
        seller=seller,
        category=low if below else top,
        city=city,
        condition=condition,
        price=Money(price, "USD"),
    )

    listed = client().get("/api/listings/", query).json()["count"] == 1
    assert (search in searches_for(listing)) == listed
    search.delete()


def test_recently_viewed_of_users_and_sessions(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"RECENTLY_VIEWED": 2}
    listings = [ActiveListingFactory(title=title) for title in "abc"]
    start = timezone.now()
    for number, listing in enumerate([*listings, listings[1]]):
        services.record_view(listing=listing, user=buyer, now=start + timedelta(seconds=number))

    assert [row["listing"]["title"] for row in client(buyer).get(VIEWED).json()["results"]] == ["b", "c"]
    guest = client()
    assert guest.get(VIEWED).json()["count"] == 0
    assert guest.post(VIEWED, {"listing": str(listings[0].pk)}).status_code == 204
    assert guest.get(VIEWED).json()["count"] == 1
    assert client().get(VIEWED).json()["count"] == 0
    services.record_view(listing=listings[0])
    assert get_view_model()._default_manager.count() == 3
    assert services.forget_views(now=start + timedelta(days=91)) == 3


def test_similar_listings(buyer):
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    one = ActiveListingFactory(category=chairs, title="Chair", price=Money(100, "USD"))
    ActiveListingFactory(category=chairs, title="Dear chair", price=Money(900, "USD"))
    ActiveListingFactory(category=chairs, title="Near chair", price=Money(110, "USD"))
    ActiveListingFactory(category=furniture, title="Table", price=Money(100, "USD"))
    ActiveListingFactory(title="Elsewhere")
    ListingFactory(category=chairs, title="Pending")

    answer = client().get(f"/api/listings/{one.pk}/similar/")

    assert [card["title"] for card in answer.json()] == ["Near chair", "Dear chair", "Table"]
    book = ActiveListingFactory(title="Diwan", listing_model=Book, author="Ghalib", category=chairs)
    ActiveListingFactory(title="Poems", listing_model=Book, author="Faiz", category=chairs)
    ActiveListingFactory(title="Letters", listing_model=Book, author="Ghalib", category=chairs)
    answer = client().get(f"/api/books/{book.pk}/similar/").json()
    assert [card["title"] for card in answer] == ["Letters", "Poems"]
    assert reread(book).pk and UserFactory().pk
