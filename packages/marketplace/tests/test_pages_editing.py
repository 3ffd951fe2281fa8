"""Changing one's own listing by form, whatever its type."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from chowk_core.policies import Refusal
from chowk_marketplace import services
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.services.quoting import Wishes
from tests.factories import (
    SHIP_TO,
    ActiveListingFactory,
    AuctionedListingFactory,
    CategoryFactory,
    ListingFactory,
    UserFactory,
    reread,
    told,
)
from tests.goods.models import Book

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

AUCTIONED = "It is being auctioned. Call the auction off first."


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(listing: Any) -> str:
    return f"/listings/{listing.pk}/edit/"


def filled(client: Client, listing: Any, **changes: str) -> dict[str, str]:
    """What the page's form would send, with changes."""
    page = client.get(address(listing))
    assert page.status_code == 200
    form = page.context["form"]
    asked = {one.html_name: one.value() for one in form if not (one.name == "sale_format" and form.offered)}
    key = re.search(r'name="form_key" value="([^"]+)"', page.content.decode())
    assert key is not None
    sent = {name: "" if value is None else str(value) for name, value in asked.items()}
    return {**sent, "form_key": key[1], **changes}


def on_auction(*, actor: Any, listing: Any) -> Refusal | None:
    return Refusal("on_auction", AUCTIONED)


@pytest.fixture
def auctioned(settings: Any) -> None:
    settings.CHOWK_MARKETPLACE = {"MAY_UPDATE": ["tests.test_pages_editing.on_auction"]}


@pytest.fixture
def formed_books(settings: Any) -> None:
    settings.CHOWK_MARKETPLACE = {"LISTING_TYPES": {"book": "tests.goods.listing_types.FormedBookType"}}


def test_what_it_says_stands_in_the_form_and_is_changed() -> None:
    listing = ActiveListingFactory(title="A lamp", description="It shines.", city="Lahore")
    client, category = browser(listing.seller), CategoryFactory()
    page = client.get(address(listing)).content.decode()
    for text in ('value="A lamp"', "It shines.", 'value="Lahore"', 'value="100.00"'):
        assert text in page, text

    answer = client.post(
        address(listing),
        filled(
            client,
            listing,
            title="A reading lamp",
            category=str(category.pk),
            condition="refurbished",
            description="It still shines.",
            price="89.50",
        ),
    )

    assert answer["Location"] == f"/listings/{listing.pk}/"
    now = reread(listing)
    assert (now.title, now.slug, now.category, now.condition) == (
        "A reading lamp",
        "a-reading-lamp",
        category,
        "refurbished",
    )
    assert (now.description, now.city, now.price) == ("It still shines.", "Lahore", Money("89.50", "USD"))
    assert "Your changes are saved." in client.get(answer["Location"]).content.decode()


def test_another_price_is_told_as_the_api_tells_it() -> None:
    listing = ActiveListingFactory()
    client = browser(listing.seller)
    client.post(address(listing), filled(client, listing, price="80"))
    services.update_listing(listing=listing, actor=listing.seller, price=Money("70.00", "USD"))
    page, api = told("listing_changed")
    assert (page["old_price"], page["price"], page["currency"]) == ("100.00", "80.00", "USD")
    assert page.keys() == api.keys()
    assert api["old_price"] == "80.00"


@pytest.mark.parametrize(("price", "shown"), [(Money(5000, "JPY"), "5000"), (Money("1.250", "KWD"), "1.250")])
def test_a_price_keeps_its_currency_and_its_decimals(price: Money, shown: str) -> None:
    listing = ListingFactory(price=price)
    client = browser(listing.seller)
    sent = filled(client, listing, title="Other")
    assert sent["price"] == shown
    client.post(address(listing), sent)
    assert (reread(listing).price, reread(listing).title) == (price, "Other")
    finer = client.post(address(listing), filled(client, listing, price="1.2345"))
    assert list(finer.context["form"].errors) == ["price"]


def test_a_form_that_is_sent_twice_acts_once() -> None:
    listing = ActiveListingFactory()
    client = browser(listing.seller)
    sent = filled(client, listing, price="80")
    for _time in range(2):
        assert client.post(address(listing), sent)["Location"] == f"/listings/{listing.pk}/"
    assert len(told("listing_changed")) == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": ""}, "title", "Say what it is"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"category": "nowhere"}, "category", "valid"),
        ({"condition": "lost"}, "condition", "valid choice"),
        ({"price": ""}, "price", "Enter the price"),
        ({"price": "-1"}, "price", "greater than or equal to 0"),
        ({"price": "cheap"}, "price", "number"),
        ({"price": "1.234"}, "price", "at most 2 decimals"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    changes: dict[str, str], field: str, words: str
) -> None:
    listing = ActiveListingFactory(title="A lamp")
    client = browser(listing.seller)
    answer = client.post(address(listing), {**filled(client, listing, city="Typed"), **changes})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.content.decode()
    assert 'value="Typed"' in answer.content.decode()
    assert (reread(listing).title, reread(listing).city, told("listing_changed")) == ("A lamp", "", [])


def test_how_it_is_sold_is_chosen_until_it_is_for_sale() -> None:
    draft = ListingFactory()
    client = browser(draft.seller)
    client.post(address(draft), filled(client, draft, sale_format="auction"))
    assert (reread(draft).sale_format, reread(draft).price) == ("auction", None)
    client.post(address(draft), filled(client, draft, sale_format="fixed_price", price="30"))
    assert (reread(draft).sale_format, reread(draft).price) == ("fixed_price", Money(30, "USD"))

    services.activate_listing(listing=draft)
    assert 'name="sale_format"' not in client.get(address(draft)).content.decode()
    refused = client.post(address(draft), filled(client, draft, sale_format="auction"))
    assert refused.status_code == 400
    assert "How it is sold can be changed only before it is for sale." in refused.content.decode()
    assert reread(draft).sale_format == "fixed_price"


def test_several_pieces_are_not_auctioned() -> None:
    draft = ListingFactory(stock=3)
    client = browser(draft.seller)
    refused = client.post(address(draft), filled(client, draft, sale_format="auction"))
    assert list(refused.context["form"].errors) == ["sale_format"]
    assert "Change the stock first" in refused.content.decode()


def test_nor_are_variants() -> None:
    draft = ListingFactory(stock=0)
    services.add_variant(listing=draft, options={"Size": "M"}, stock=1)
    client = browser(draft.seller)
    refused = client.post(address(draft), filled(client, draft, sale_format="auction"))
    assert refused.status_code == 409
    assert "Something sold by auction has no variants." in refused.content.decode()
    assert reread(draft).sale_format == "fixed_price"


def test_what_is_sold_by_auction_has_no_price_here() -> None:
    listing = AuctionedListingFactory()
    client = browser(listing.seller)
    page = client.get(address(listing)).content.decode()
    assert 'name="price"' not in page
    assert "has its own prices" in page
    client.post(address(listing), filled(client, listing, title="A clock", price="5"))
    assert (reread(listing).title, reread(listing).price) == ("A clock", None)


def test_a_refusal_of_the_site_is_said_before_and_after(auctioned: None, settings: Any) -> None:
    listing = AuctionedListingFactory(title="A clock")
    client = browser(listing.seller)
    page = client.get(address(listing))
    assert page.status_code == 200
    assert AUCTIONED in page.content.decode()
    assert 'name="title"' not in page.content.decode()

    settings.CHOWK_MARKETPLACE = {}
    sent = filled(client, listing, title="A watch")
    settings.CHOWK_MARKETPLACE = {"MAY_UPDATE": ["tests.test_pages_editing.on_auction"]}
    refused = client.post(address(listing), sent)
    assert refused.status_code == 403
    assert AUCTIONED in refused.content.decode()
    assert 'value="A watch"' in refused.content.decode()
    assert reread(listing).title == "A clock"


@pytest.mark.parametrize("status", ["sold", "archived"])
def test_what_is_closed_says_so(status: str) -> None:
    listing = ActiveListingFactory(title="A lamp")
    client = browser(listing.seller)
    sent = filled(client, listing, title="Another")
    if status == "sold":
        services.purchase(listing=listing, buyer=UserFactory(), wishes=Wishes(ship_to=SHIP_TO))
    else:
        services.archive_listing(listing=listing)
    page = client.get(address(listing)).content.decode()
    assert f"This is {status} and can no longer be changed." in page
    assert 'name="title"' not in page
    refused = client.post(address(listing), sent)
    assert refused.status_code == 409
    assert f"This is {status} and can no longer be changed." in refused.content.decode()
    assert reread(listing).title == "A lamp"


def test_it_is_for_the_seller_and_staff() -> None:
    listing, staff = ActiveListingFactory(), UserFactory(is_staff=True)
    sent = filled(browser(listing.seller), listing, title="Other")
    stranger = browser(UserFactory())
    assert stranger.get(address(listing)).status_code == 404
    assert stranger.post(address(listing), sent).status_code == 404
    assert "login" in Client().get(address(listing))["Location"]
    assert "login" in Client().post(address(listing), sent)["Location"]
    assert reread(listing).title != "Other"
    browser(staff).post(address(listing), sent)
    assert (reread(listing).title, reread(listing).seller) == ("Other", listing.seller)
    assert browser(staff).get("/listings/nobody/edit/").status_code == 404


def test_the_way_there_is_on_ones_own_pages() -> None:
    listing = ActiveListingFactory()
    draft = ListingFactory(seller=listing.seller)
    old = services.archive_listing(listing=ActiveListingFactory(seller=listing.seller))
    client = browser(listing.seller)
    mine = client.get("/listings/mine/").content.decode()
    for one, way in ((listing, True), (draft, True), (old, False)):
        own = client.get(f"/listings/{one.pk}/").content.decode()
        assert (f'href="{address(one)}"' in own) is (f'href="{address(one)}"' in mine) is way
        assert f'href="/listings/{one.pk}/pictures/"' in own
    assert "/edit/" not in browser(UserFactory()).get(f"/listings/{listing.pk}/").content.decode()


def test_a_type_of_the_site_brings_its_own_fields(formed_books: None) -> None:
    book = ListingFactory(listing_model=Book, title="Dune", author="Herbert", pages=412, description="Sand.")
    client = browser(book.seller)
    sent = filled(client, book, author="Frank Herbert", pages="896")
    assert (sent["title"], "blurb" in sent) == ("Dune", False)  # what cannot be read cannot be changed
    client.post(address(book), {**sent, "blurb": "Never asked."})
    now = Book.objects.get(pk=book.pk)
    assert (now.author, now.pages, now.title, now.description) == ("Frank Herbert", 896, "Dune", "Sand.")
    wrong = client.post(address(book), filled(client, book, pages="many"))
    assert list(wrong.context["form"].errors) == ["pages"]


def test_a_type_without_a_form_is_changed_in_what_every_listing_says() -> None:
    book = ListingFactory(listing_model=Book, title="Dune", author="Herbert")
    client = browser(book.seller)
    sent = filled(client, book, title="Dune Messiah")
    assert "author" not in sent
    client.post(address(book), sent)
    now = Book.objects.get(pk=book.pk)
    assert (now.title, now.author) == ("Dune Messiah", "Herbert")


def test_the_page_costs_little() -> None:
    listing = ActiveListingFactory()
    client = browser(listing.seller)
    client.get(address(listing))
    with CaptureQueriesContext(connection) as captured:
        client.get(address(listing))
    assert len(captured) <= 7
    assert get_listing_model().objects.count() == 1
