from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chowk_core.exceptions import NotFound
from chowk_marketplace import selectors, services
from tests.factories import (
    ActiveListingFactory,
    CategoryFactory,
    ListingFactory,
    OrderFactory,
    WonOrderFactory,
    paid,
    picture,
    shipped,
)
from tests.goods.models import Book

pytestmark = pytest.mark.django_db


def test_a_page_of_cards_takes_four_statements_whatever_the_number_of_rows():
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)

    def statements(size):
        with CaptureQueriesContext(connection) as captured:
            count, rows = selectors.browse(None, size=size)
            shown = [
                (
                    row.title,
                    row.seller.username,
                    row.price,
                    [node.slug for node in row.category_path],
                    row.primary_image.thumbnail_url(320),
                    row.facts(),
                    row.polymorphic_ctype.model,
                )
                for row in rows
            ]
        return len(captured), count, shown

    for number in range(5):
        add(number, chairs)
    few, count, shown = statements(5)
    assert (few, count, len(shown)) == (4, 5, 5)
    assert shown[0][3] == ["furniture", "chairs"]
    for number in range(45):
        add(number, furniture if number % 2 else chairs)

    assert statements(50)[:2] == (4, 50)
    assert statements(20)[0] == 4


def add(number, category):
    kind = {"listing_model": Book} if number % 2 else {}
    listing = ActiveListingFactory(category=category, **kwargs_of(kind))
    for _time in range(2):
        services.add_image(listing=listing, upload=picture((8, 8)))


def kwargs_of(kind):
    return {**kind, "author": "A"} if kind else {}


def test_pages_of_a_category_and_past_the_end():
    chairs = CategoryFactory(name="Chairs", parent=CategoryFactory(name="Furniture"))
    for _time in range(3):
        ActiveListingFactory(category=chairs)
    ActiveListingFactory()

    count, rows = selectors.browse(None, page=2, size=2, category=selectors.category_for("furniture"))
    assert (count, len(rows)) == (3, 1)
    assert selectors.browse(None, page=9, size=2)[1] == []


def test_own_types_keep_what_was_loaded():
    book = ActiveListingFactory(listing_model=Book, author="Ghalib")
    services.add_image(listing=book, upload=picture((8, 8)), alt_text="Cover")
    ActiveListingFactory()
    _count, rows = selectors.browse(None)

    with CaptureQueriesContext(connection) as captured:
        own = selectors.as_own_types(rows)
        found = {row.title: (type(row).__name__, row.category.name, row.category_path) for row in own}
        pictures = [row.primary_image.alt_text for row in own if row.primary_image]
    assert len(captured) == 1
    assert found[book.title][0] == "Book"
    assert pictures == ["Cover"]


@pytest.mark.parametrize("pk", ["nothing", None, "", [], "9" * 40])
def test_keys_that_are_none(pk, staff):
    for read in (selectors.listing_for, selectors.visible_listing, selectors.order_for):
        with pytest.raises(NotFound):
            read(staff, pk)


def test_who_sees_which_listing(seller, stranger, staff):
    pending, active = ListingFactory(seller=seller), ActiveListingFactory(seller=seller)
    archived = ActiveListingFactory(seller=seller)
    services.archive_listing(listing=archived)
    sold = OrderFactory(listing__seller=seller).lines.get().listing

    def seen(viewer):
        return set(selectors.visible_listings(viewer).values_list("pk", flat=True))

    public = {active.pk, sold.pk}
    assert seen(None) == seen(AnonymousUser()) == seen(stranger) == public
    assert seen(seller) == seen(staff) == public | {pending.pk, archived.pk}
    for hidden in (pending, archived):
        with pytest.raises(NotFound):
            selectors.listing_for(stranger, hidden.pk)


def test_who_sees_which_order(stranger, staff):
    order = WonOrderFactory()

    for viewer, seen in [
        (order.buyer, True),
        (order.seller, True),
        (staff, True),
        (stranger, False),
        (None, False),
    ]:
        assert selectors.visible_orders(viewer).exists() == seen
        assert selectors.order_history(viewer, order).exists() == seen
        found = selectors.order_for_source(viewer, order.source_type, order.source_id)
        assert found == (order if seen else None)


def test_what_can_be_done_to_an_order(staff, stranger):
    order = OrderFactory()
    assert selectors.order_actions(order.buyer, order) == ["delivery", "cancel"]
    assert selectors.order_actions(order.seller, order) == ["cancel"]
    order = paid(order)
    assert selectors.order_actions(order.seller, order) == ["confirm", "ship", "cancel"]
    assert selectors.order_actions(order.buyer, order) == ["cancel"]
    order = shipped(OrderFactory())
    assert selectors.order_actions(order.buyer, order) == ["deliver"]
    assert selectors.order_actions(order.seller, order) == []
    assert selectors.order_actions(staff, order) == ["deliver"]
    assert selectors.order_actions(stranger, order) == []
    won = WonOrderFactory()
    assert selectors.order_actions(won.buyer, won) == ["delivery"]
    assert selectors.order_actions(None, won) == []


@pytest.mark.parametrize("key", ["", "nothing", "chairs\0", "\ud800"])
def test_no_such_category(key):
    CategoryFactory(name="Chairs")

    with pytest.raises(NotFound):
        selectors.category_for(key)
