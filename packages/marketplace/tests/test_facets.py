from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money
from rest_framework.test import APIClient

from chowk_core.testing.events import deliver_all
from chowk_marketplace import services
from chowk_marketplace.models import get_category_model, get_listing_model
from tests.factories import ActiveListingFactory, AuctionedListingFactory, CategoryFactory, ListingFactory
from tests.goods.models import Book

pytestmark = pytest.mark.django_db
URL, BOOKS = "/api/listings/", "/api/books/"


def get(url, **query):
    answer = APIClient().get(url, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def counts(body, name):
    facet = next(one for one in body["facets"] if one["name"] == name)
    return {value["value"]: value["count"] for value in facet["values"]}


@pytest.fixture
def stock(staff):
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    ActiveListingFactory(category=chairs, title="Oak chair", city="Lahore", country="PK", condition="new")
    ActiveListingFactory(category=chairs, title="Stool", city="lahore", country="PK", price=Money(20, "USD"))
    ActiveListingFactory(category=furniture, title="Table", city="Karachi", country="PK", condition="new")
    featured = ActiveListingFactory(category=CategoryFactory(name="Clocks"), title="Clock", country="DE")
    services.feature_listing(listing=featured, actor=staff)
    AuctionedListingFactory(category=chairs, title="Throne")
    ListingFactory(category=chairs, title="Pending", city="Quetta")


def test_counts_of_every_facet(stock):
    body = get(f"{URL}facets/")

    assert body["count"] == 5
    assert [(one["value"], one["depth"], one["count"]) for one in body["categories"]] == [
        ("furniture", 1, 4),
        ("chairs", 2, 3),
        ("clocks", 1, 1),
    ]
    assert counts(body, "condition") == {"used": 3, "new": 2}
    assert {city.casefold(): n for city, n in counts(body, "city").items()} == {"lahore": 2, "karachi": 1}
    assert counts(body, "country") == {"PK": 3, "DE": 1}
    assert counts(body, "featured") == {"true": 1}
    assert counts(body, "sale_format") == {"fixed_price": 4, "auction": 1}
    price = next(one for one in body["facets"] if one["name"] == "price")
    assert (price["min"], price["max"], price["count"]) == ("20", "100", 4)


def test_a_facet_is_counted_without_its_own_choice_and_with_all_others(stock):
    deliver_all()
    body = get(f"{URL}facets/", condition="new", category="furniture")

    assert counts(body, "condition") == {"new": 2, "used": 2}
    assert counts(body, "city") == {"Lahore": 1, "Karachi": 1}
    assert [(one["value"], one["count"]) for one in body["categories"]] == [("furniture", 2), ("chairs", 1)]
    assert counts(get(f"{URL}facets/", search="oak"), "condition") == {"new": 1}


def test_wrong_filters_are_errors_here_too(stock):
    for query in ({"colour": "red"}, {"price_min": "cheap"}, {"category": "nothing"}, {"city": "x" * 200}):
        assert APIClient().get(f"{URL}facets/", query).status_code == 400


def test_types_declare_their_own(stock):
    ActiveListingFactory(title="Diwan", listing_model=Book, author="Ghalib", pages=200)
    ActiveListingFactory(title="Letters", listing_model=Book, author="ghalib", pages=90)
    ActiveListingFactory(title="Poems", listing_model=Book, author="Faiz", pages=120)

    body = get(f"{BOOKS}facets/", pages_min=100)

    assert {name.casefold(): n for name, n in counts(body, "author").items()} == {"faiz": 1, "ghalib": 1}
    pages = next(one for one in body["facets"] if one["name"] == "pages")
    assert (pages["min"], pages["max"]) == ("90", "200")
    assert get(BOOKS, author="Ghalib", pages_max=100)["count"] == 1
    assert get(BOOKS, author=["ghalib", "FAIZ"])["count"] == 3
    assert get(BOOKS, pages=120)["results"][0]["title"] == "Poems"
    assert get(f"{BOOKS}facets/", author="Ghalib")["count"] == 2


def test_statements_are_as_many_as_facets(stock):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            get(f"{URL}facets/", condition="new")
        return len(captured)

    few = statements()
    for number in range(10):
        ActiveListingFactory(city=f"City {number}", condition="new")
    assert statements() == few <= 12


CITIES = ["Lahore", "lahore", "Karachi", ""]
rows = st.lists(
    st.tuples(
        st.sampled_from(["new", "used"]), st.sampled_from(CITIES), st.integers(1, 4), st.integers(0, 2)
    ),
    max_size=12,
)
choices = st.fixed_dictionaries(
    {},
    optional={
        "condition": st.lists(st.sampled_from(["new", "used"]), min_size=1, max_size=2),
        "city": st.sampled_from(["Lahore", "KARACHI"]),
        "price_min": st.integers(1, 4),
        "category": st.sampled_from(["top", "below"]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=rows, chosen=choices)
def test_choosing_a_value_gives_as_many_as_were_counted(seller, made, chosen):
    get_listing_model().objects.all().delete()
    get_category_model().objects.all().delete()
    top = CategoryFactory(name="Top")
    nodes = [top, CategoryFactory(name="Below", parent=top), CategoryFactory(name="Beside")]
    for condition, city, price, node in made:
        ActiveListingFactory(
            seller=seller, category=nodes[node], condition=condition, city=city, price=Money(price, "USD")
        )

    body = get(f"{URL}facets/", **chosen)

    assert body["count"] == get(URL, **chosen)["count"]
    for name in ("condition", "city", "sale_format", "category"):
        values = body["categories"] if name == "category" else counts(body, name)
        pairs = (
            [(one["value"], one["count"]) for one in values] if name == "category" else list(values.items())
        )
        for value, number in pairs:
            assert get(URL, **{**chosen, name: value})["count"] == number
