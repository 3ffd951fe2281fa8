from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from moneyed import Money

from chowk_core.money import InvalidAmount
from chowk_core.policies import Refusal, Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    AuctionHasNoPrice,
    InvalidPrice,
    InvalidSaleFormat,
    InvalidStock,
    ListingClosed,
    NotOwner,
    PriceTooLarge,
    ReferenceTaken,
    UnknownField,
)
from chowk_marketplace.models import get_listing_model
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    CategoryFactory,
    ListingFactory,
    reread,
)
from tests.goods.models import Book

pytestmark = pytest.mark.django_db


def refuse_all(**question):
    return Refusal("not_today", "Not today.")


def test_a_new_listing_is_pending_and_has_a_slug(seller):
    listing = ListingFactory(seller=seller, title="Blue Bicycle, 28 inches")

    assert (listing.status, listing.slug) == ("pending", "blue-bicycle-28-inches")
    assert reread(listing).price == Money("100.00", "USD")


def test_a_title_without_latin_letters_still_has_a_slug():
    assert ListingFactory(title="سائیکل").slug == "listing"


def test_a_child_type_is_created_and_read_as_itself(seller):
    book = ListingFactory(seller=seller, listing_model=Book, author="Ghalib", pages=300)

    found = get_listing_model().objects.get(pk=book.pk)
    assert isinstance(found, Book)
    assert (found.author, found.pages) == ("Ghalib", 300)


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"price": None}, InvalidPrice),
        ({"price": Money(0, "USD")}, InvalidPrice),
        ({"price": Money(-5, "USD")}, InvalidPrice),
        ({"price": Money("1.005", "USD")}, InvalidAmount),
        ({"price": Money("10000000000000.01", "USD")}, PriceTooLarge),
        ({"price": Money("1000000000000.001", "KWD")}, PriceTooLarge),
        ({"price": Money("1e40", "USD")}, InvalidAmount),
        ({"price": Money("0.5", "JPY")}, InvalidAmount),
        ({"stock": -1}, InvalidStock),
        ({"stock": 10**9}, InvalidStock),
        ({"stock": True}, InvalidStock),
        ({"sale_format": "auction"}, AuctionHasNoPrice),
        ({"sale_format": "auction", "price": None, "stock": 2}, InvalidStock),
        ({"sale_format": "barter"}, InvalidSaleFormat),
        ({"status": "active"}, UnknownField),
        ({"slug": "mine"}, UnknownField),
    ],
)
def test_wrong_terms_are_refused(seller, terms, error):
    category = CategoryFactory()

    with pytest.raises(error):
        ListingFactory(seller=seller, category=category, **terms)

    assert not get_listing_model().objects.exists()


@pytest.mark.parametrize(
    "price",
    [
        Money("9999999999999.99", "USD"),
        Money("10000000000000", "USD"),
        Money("999999999999.999", "KWD"),
        Money("999999999999999", "JPY"),
        Money("0.001", "KWD"),
    ],
    ids=str,
)
def test_a_price_is_kept_to_the_last_unit(price):
    assert reread(ListingFactory(price=price)).price == price


@pytest.mark.parametrize(
    "columns",
    [
        {"sale_format": "barter"},
        {"sale_format": "auction"},
        {"price": None},
        {"price": 0},
        {"stock": -1},
        {"status": "lost"},
        {"status": "sold"},
    ],
    ids=str,
)
def test_the_database_refuses_them_too(columns):
    listing = ListingFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        get_listing_model().objects.filter(pk=listing.pk).update(**columns)


@pytest.mark.parametrize("columns", [{"stock": 2}, {"price": 5}, {"sale_format": "fixed_price"}], ids=str)
def test_the_database_keeps_an_auctioned_listing_single_and_unpriced(columns):
    listing = AuctionedListingFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        get_listing_model().objects.filter(pk=listing.pk).update(**columns)


def test_three_decimals_and_none(seller):
    dinar = ListingFactory(seller=seller, price=Money("12.345", "KWD"))
    yen = ListingFactory(seller=seller, price=Money(1500, "JPY"))

    assert reread(dinar).price == Money("12.345", "KWD")
    assert reread(yen).price == Money(1500, "JPY")


def test_a_status_cannot_be_set_but_by_its_machine():
    listing = ListingFactory()

    with pytest.raises(AttributeError):
        listing.status = "active"

    services.activate_listing(listing=listing)
    listing.refresh_from_db()
    assert listing.status == "active"
    with pytest.raises(AttributeError):
        listing.status = "sold"


def test_a_reference_is_unique_for_its_seller(seller, stranger):
    ListingFactory(seller=seller, external_reference="A-1")
    ListingFactory(seller=stranger, external_reference="A-1")
    ListingFactory(seller=seller)
    ListingFactory(seller=seller)

    with pytest.raises(ReferenceTaken):
        ListingFactory(seller=seller, external_reference="A-1")


def test_a_policy_may_keep_somebody_from_selling(seller, settings):
    settings.CHOWK_MARKETPLACE = {"MAY_SELL": ["tests.test_create_listing.refuse_all"]}

    with pytest.raises(Refused) as refused:
        ListingFactory(seller=seller)

    assert refused.value.code == "not_today"


def test_the_seller_changes_a_listing(seller):
    listing = ListingFactory(seller=seller, listing_model=Book, author="Ghalib")

    services.update_listing(
        listing=listing, actor=seller, title="Diwan", price=Money("9.99", "EUR"), stock=4, author="Faiz"
    )

    changed = reread(listing)
    assert (changed.title, changed.slug, changed.author) == ("Diwan", "diwan", "Faiz")
    assert (changed.price, changed.stock) == (Money("9.99", "EUR"), 4)


def test_nobody_else_changes_it(stranger):
    listing = ListingFactory(title="Mine")

    with pytest.raises(NotOwner):
        services.update_listing(listing=listing, actor=stranger, title="Yours")

    assert reread(listing).title == "Mine"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"price": None}, InvalidPrice),
        ({"stock": 0}, InvalidStock),
        ({"sale_format": "auction", "price": None}, ListingClosed),
        ({"status": "sold"}, UnknownField),
        ({"seller": None}, UnknownField),
        ({"colour": "red"}, UnknownField),
    ],
    ids=str,
)
def test_wrong_changes_of_an_active_listing_change_nothing(seller, changes, error):
    listing = ActiveListingFactory(seller=seller)

    with pytest.raises(error):
        services.update_listing(listing=listing, actor=seller, title="Changed", **changes)

    assert reread(listing).title == listing.title


def test_a_pending_listing_may_change_its_format(seller):
    listing = ListingFactory(seller=seller)

    services.update_listing(listing=listing, actor=seller, sale_format="auction", price=None)

    assert reread(listing).is_auction
