from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money
from rest_framework.test import APIClient

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
    cart_of,
    picture,
    reread,
)
from tests.goods.models import Book

pytestmark = pytest.mark.django_db
URL = "/api/listings/"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def codes(response):
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def terms(category, **fields):
    return {
        "title": "Chair",
        "category": category.slug,
        "price": {"amount": "12.50", "currency": "USD"},
        **fields,
    }


def test_a_list_shows_what_is_on_offer(seller):
    shown = ActiveListingFactory(seller=seller, title="Shown", price=Money("12.345", "KWD"), city="Kuwait")
    ListingFactory(title="Pending")
    services.add_image(listing=shown, upload=picture(), alt_text="A chair")

    body = client().get(URL).json()

    assert body["count"] == 1
    card = body["results"][0]
    assert (card["id"], card["type"], card["title"]) == (str(shown.pk), "listing", "Shown")
    assert card["price"] == {"amount": "12.345", "currency": "KWD"}
    assert card["seller"] == {"id": str(seller.pk), "name": seller.username}
    assert (card["category"], card["category_name"]) == (shown.category.slug, shown.category.name)
    assert card["primary_image"]["alt_text"] == "A chair"
    assert set(card["primary_image"]["thumbnails"]) == {"320", "640"}
    assert "external_reference" not in card


def test_the_newest_come_first():
    for title in "abc":
        ActiveListingFactory(title=title)

    def titles(**query):
        return [card["title"] for card in client().get(URL, query).json()["results"]]

    assert titles() == ["c", "b", "a"]
    assert titles(ordering="title") == ["a", "b", "c"]
    assert titles(size=2, page=2) == ["a"]


def statements(url, user=None):
    with CaptureQueriesContext(connection) as captured:
        response = client(user).get(url)
    assert response.status_code == 200, response.json()
    return len(captured)


@pytest.mark.parametrize(
    "query", ["", "?category=goods&price_min=1&ordering=price", "?search=book&type=book"]
)
def test_statements_do_not_grow_with_rows(query):
    category = CategoryFactory(name="Goods")
    url = f"{URL}{query}{'&' if query else '?'}size=50"
    make_listings(5, category)
    deliver_all()
    client().get(url)
    few = statements(url)
    make_listings(45, category)

    deliver_all()
    assert client().get(url).json()["count"] == 50
    assert statements(url) == few <= 6


def make_listings(count, category):
    for number in range(count):
        listing = ActiveListingFactory(
            category=category, seller=UserFactory(), title=f"Book {number}", listing_model=Book
        )
        services.add_image(listing=listing, upload=picture((40, 30)))


def test_pending_listings_are_for_their_seller_and_staff(seller, stranger, staff):
    listing = ListingFactory(seller=seller)

    for viewer, status in [(None, 404), (stranger, 404), (seller, 200), (staff, 200)]:
        assert client(viewer).get(f"{URL}{listing.pk}/").status_code == status
        found = client(viewer).get(URL, {"status": "pending"}).json()["count"]
        assert found == (1 if status == 200 else 0)
    assert client(seller).get(URL).json()["count"] == 0
    assert client(seller).get(URL, {"seller": "me", "status": ["pending", "active"]}).json()["count"] == 1


def test_filters():
    tree = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=tree)
    lahore = ActiveListingFactory(category=chairs, title="Oak chair", city="Lahore", country="PK")
    dear = ActiveListingFactory(category=tree, title="Table", price=Money(900, "EUR"), condition="new")
    lot = AuctionedListingFactory(title="Old clock", description="from oak")
    book = ActiveListingFactory(title="Diwan", listing_model=Book, author="Ghalib")

    deliver_all()

    def found(**query):
        return {card["title"] for card in client().get(URL, query).json()["results"]}

    assert found() == {"Oak chair", "Table", "Old clock", "Diwan"}
    assert found(category="furniture") == {"Oak chair", "Table"}
    assert found(category=str(chairs.pk)) == {"Oak chair"}
    assert found(price_min="100.01") == {"Table"}
    assert found(price_max="900", currency="EUR") == {"Table"}
    assert found(condition=["new", "refurbished"]) == {"Table"}
    assert found(city="lahore", country="PK") == {"Oak chair"}
    assert found(sale_format="auction") == {"Old clock"}
    assert found(seller=str(dear.seller_id)) == {"Table"}
    assert found(type="book") == {"Diwan"}
    assert found(search="OAK") == {"Oak chair", "Old clock"}
    assert [
        card["title"] for card in client().get(URL, {"ordering": "-title", "size": 2}).json()["results"]
    ] == [
        "Table",
        "Old clock",
    ]
    assert {lahore.title, lot.title, book.title} <= found()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("category=nothing", 400),
        ("category=%00", 400),
        ("type=spaceship", 400),
        ("price_min=cheap", 400),
        ("price_min=-1", 400),
        ("price_min=NaN", 400),
        ("price_max=1e999", 400),
        ("currency=XXL", 400),
        ("condition=worn", 400),
        ("country=Pakistan", 400),
        ("sale_format=barter", 400),
        ("status=lost", 400),
        ("seller=%F0%9F%9A%97", 400),
        ("ordering=seller__password", 400),
        ("colour=red", 400),
        ("page=0", 400),
        ("page=two", 400),
        ("page=99", 404),
        ("size=0", 400),
        ("size=100000", 400),
    ],
)
def test_a_wrong_filter_is_an_error(query, status):
    ActiveListingFactory()

    response = client().get(f"{URL}?{query}")

    assert response.status_code == status, response.json()
    assert response.json()["errors"][0]["code"]


@pytest.mark.parametrize(
    "key", ["nothing", "0", "-1", "00000000-0000-0000-0000-000000000000", "%00", "9" * 40]
)
def test_a_wrong_key_is_404(key):
    for tail in ("", "images/"):
        assert client().get(f"{URL}{key}/{tail}").status_code == 404


def test_a_detail_has_the_path_of_its_category_and_its_own_fields(seller):
    chairs = CategoryFactory(name="Chairs", parent=CategoryFactory(name="Furniture"))
    book = ActiveListingFactory(
        category=chairs, listing_model=Book, author="Ghalib", external_reference="mine"
    )

    body = client().get(f"{URL}{book.pk}/").json()

    assert body["type"] == "book"
    assert body["author"] == "Ghalib"
    assert [step["slug"] for step in body["category_path"]] == ["furniture", "chairs"]
    assert "external_reference" not in body


def test_create_change_offer_archive_relist_delete(seller):
    category = CategoryFactory()
    mine = client(seller)

    made = mine.post(URL, terms(category, stock=2, country="PK", external_reference="A1"))
    assert made.status_code == 201, made.json()
    assert (made.json()["status"], made.json()["stock"]) == ("pending", 2)
    url = f"{URL}{made.json()['id']}/"
    assert (
        mine.patch(url, {"price": {"amount": "9.99", "currency": "EUR"}}).json()["price"]["amount"] == "9.99"
    )
    assert mine.put(url, terms(category, title="Stool")).json()["slug"] == "stool"
    assert mine.post(f"{url}activate/").json()["status"] == "active"
    assert mine.delete(url).status_code == 409
    assert mine.post(f"{url}archive/").json()["status"] == "archived"
    assert mine.post(f"{url}relist/").json()["status"] == "pending"
    assert mine.delete(url).status_code == 204
    assert mine.get(url).status_code == 404


def test_a_type_is_created_at_the_common_address_and_at_its_own(seller):
    CategoryFactory(name="Books")
    fields = {"title": "Diwan", "author": "Ghalib", "price": {"amount": "5.00", "currency": "USD"}}

    common = client(seller).post(URL, {**fields, "type": "book"})
    own = client(seller).post("/api/books/", fields)

    for made in (common, own):
        assert made.status_code == 201, made.json()
        assert (made.json()["type"], made.json()["author"]) == ("book", "Ghalib")
        assert made.json()["category"] == "books"
    pk = own.json()["id"]
    assert client(seller).patch(f"/api/books/{pk}/", {"author": "Faiz"}).json()["author"] == "Faiz"
    assert client(seller).patch(f"{URL}{pk}/", {"type": "listing"}).status_code == 400
    client(seller).post(f"/api/books/{pk}/activate/")
    assert [card["author"] for card in client().get("/api/books/").json()["results"]] == ["Faiz"]
    assert client().get(f"/api/books/{ActiveListingFactory().pk}/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": ""}, ("title", "blank")),
        ({"title": "x" * 201}, ("title", "max_length")),
        ({"price": None}, ("price", "invalid_price")),
        ({"price": {"amount": "0", "currency": "USD"}}, ("price", "invalid_price")),
        ({"price": {"amount": "-1", "currency": "USD"}}, ("price", "invalid_price")),
        ({"price": {"amount": "1.001", "currency": "USD"}}, ("price", "invalid_amount")),
        ({"price": {"amount": "1e3", "currency": "USD"}}, ("price", "invalid_amount")),
        ({"price": {"amount": "1", "currency": "XYZ"}}, ("price", "unknown_currency")),
        ({"price": 12.5}, ("price", "not_money")),
        ({"sale_format": "auction"}, ("price", "auction_has_no_price")),
        ({"sale_format": "auction", "price": None, "stock": 2}, ("stock", "invalid_stock")),
        ({"sale_format": "barter"}, ("sale_format", "invalid_choice")),
        ({"stock": -1}, ("stock", "min_value")),
        ({"stock": 2_000_000}, ("stock", "invalid_stock")),
        ({"stock": 10**30}, ("stock", "max_value")),
        ({"stock": "many"}, ("stock", "invalid")),
        ({"country": "Atlantis"}, ("country", "invalid_choice")),
        ({"category": "nothing"}, ("category", "unknown_category")),
        ({"category": 7.5}, ("category", "unknown_category")),
        ({"type": "spaceship"}, ("type", "unknown_listing_type")),
        ({"type": ["book"]}, ("type", "unknown_listing_type")),
    ],
    ids=str,
)
def test_wrong_input_is_named_and_changes_nothing(seller, fields, problem):
    category = CategoryFactory()

    response = client(seller).post(URL, {**terms(category), **fields})

    assert response.status_code == 400, response.json()
    assert problem in codes(response)
    assert not get_listing_model().objects.exists()


def test_no_category_and_no_usual_one(seller):
    response = client(seller).post(URL, {"title": "x", "price": {"amount": "1", "currency": "USD"}})

    assert (response.status_code, codes(response)) == (400, {("category", "required")})


def test_a_status_is_not_written(seller):
    listing = ListingFactory(seller=seller)

    client(seller).patch(f"{URL}{listing.pk}/", {"status": "sold", "slug": "mine"})

    assert (reread(listing).status, reread(listing).slug) == ("pending", listing.slug)


def test_who_may_write(seller, stranger):
    listing = ActiveListingFactory(seller=seller)
    url = f"{URL}{listing.pk}/"

    for method, address in [("post", URL), ("patch", url), ("delete", url), ("post", f"{url}archive/")]:
        assert getattr(client(), method)(address, {}).status_code in {401, 403}
    for method, address in [("patch", url), ("delete", url), ("post", f"{url}archive/")]:
        response = getattr(client(stranger), method)(address, {})
        assert (response.status_code, codes(response)) == (403, {(None, "not_owner")})
    assert reread(listing).status == "active"


def test_purchase(buyer):
    listing = ActiveListingFactory(stock=3)
    url = f"{URL}{listing.pk}/purchase/"

    response = client(buyer).post(url, {"quantity": 2, "price": {"amount": "100.00", "currency": "USD"}})

    assert response.status_code == 201, response.json()
    assert response.json()["total"] == {"amount": "200.00", "currency": "USD"}
    assert response.json()["lines"][0]["listing"] == str(listing.pk)
    assert response.json()["actions"] == ["delivery", "cancel"]
    assert reread(listing).stock == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quantity": 4}, 409, "out_of_stock"),
        ({"quantity": 0}, 400, "min_value"),
        ({"quantity": 2_000_000}, 400, "invalid_quantity"),
        ({"quantity": "two"}, 400, "invalid"),
        ({"price": {"amount": "99.00", "currency": "USD"}}, 409, "price_changed"),
        ({"price": {"amount": "100.00", "currency": "EUR"}}, 409, "price_changed"),
        ({"price": "100"}, 400, "not_money"),
    ],
    ids=str,
)
def test_a_wrong_purchase_changes_nothing(buyer, body, status, code):
    listing = ActiveListingFactory(stock=3)

    response = client(buyer).post(f"{URL}{listing.pk}/purchase/", body)

    assert (response.status_code, {code for _attr, code in codes(response)}) == (status, {code})
    assert reread(listing).stock == 3
    assert not get_order_model().objects.exists()


def test_what_cannot_be_purchased(buyer, seller):
    cases = [
        (seller, ActiveListingFactory(seller=seller), 403, "own_listing"),
        (buyer, AuctionedListingFactory(), 409, "auction_only"),
        (buyer, reread(OrderFactory().lines.get().listing), 409, "out_of_stock"),
    ]
    for user, listing, status, code in cases:
        response = client(user).post(f"{URL}{listing.pk}/purchase/")
        assert (response.status_code, codes(response)) == (status, {(None, code)})
    assert client(buyer).post(f"{URL}{ListingFactory().pk}/purchase/").status_code == 404
    assert client().post(f"{URL}{ActiveListingFactory().pk}/purchase/").status_code in {401, 403}


def test_the_same_purchase_sent_twice_is_one(buyer):
    listing = ActiveListingFactory(stock=5)
    url = f"{URL}{listing.pk}/purchase/"

    answers = [
        client(buyer).post(url, {"quantity": 2}, headers={"Idempotency-Key": "k1"}) for _time in range(2)
    ]
    other = client(buyer).post(url, {"quantity": 1}, headers={"Idempotency-Key": "k1"})

    assert answers[0].json() == answers[1].json()
    assert get_order_model().objects.count() == 1
    assert reread(listing).stock == 3
    assert (other.status_code, codes(other)) == (422, {(None, "idempotency_key_reused")})


def test_a_listing_in_a_checkout_stays(buyer):
    listing = ActiveListingFactory(stock=2)
    cart = cart_of(buyer, listing)
    services.begin_checkout(cart=cart, buyer=buyer)
    services.archive_listing(listing=listing)
    url = f"{URL}{listing.pk}/"

    refused = client(listing.seller).delete(url)

    assert (refused.status_code, codes(refused)) == (409, {(None, "listing_held")})
    services.release_holds(cart=cart)
    assert client(listing.seller).delete(url).status_code == 204
