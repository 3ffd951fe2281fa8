from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_core.policies import Refusal, Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    AuctionOnly,
    InvalidQuantity,
    NotForSale,
    OutOfStock,
    OwnListing,
    PriceChanged,
    PriceTooLarge,
)
from chowk_marketplace.models import get_order_model
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    ListingFactory,
    OrderFactory,
    UserFactory,
    reread,
    told,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def refuse_all(**question):
    return Refusal("blocked", "You are blocked.")


def test_a_purchase_takes_stock_and_freezes_the_price(buyer):
    listing = ActiveListingFactory(stock=5, price=Money("19.99", "EUR"), title="Lamp")

    order = services.purchase(listing=listing, buyer=buyer, quantity=2, now=NOON)

    order = reread(order)
    assert (order.status, order.total) == ("pending_payment", Money("39.98", "EUR"))
    assert (order.buyer, order.seller) == (buyer, listing.seller)
    assert order.pay_by == NOON + timedelta(hours=24)
    line = order.lines.get()
    assert (line.title, line.quantity, line.unit_price) == ("Lamp", 2, Money("19.99", "EUR"))
    assert [(step.from_status, step.to_status, step.actor) for step in order.transitions.all()] == [
        ("", "pending_payment", buyer)
    ]
    assert (reread(listing).stock, reread(listing).status) == (3, "active")
    services.update_listing(listing=listing, actor=listing.seller, price=Money("25.00", "EUR"), title="New")
    assert reread(order).total == Money("39.98", "EUR")
    assert reread(line).title == "Lamp"


def test_it_is_told(buyer):
    listing = ActiveListingFactory(price=Money(1500, "JPY"))

    order = services.purchase(listing=listing, buyer=buyer, now=NOON)

    assert told("order_placed") == [
        {
            "order_id": str(order.pk),
            "number": order.number,
            "buyer_id": str(buyer.pk),
            "seller_id": str(listing.seller_id),
            "total": "1500",
            "currency": "JPY",
            "pay_by": "2030-01-02T12:00:00+00:00",
            "source_type": "",
            "source_id": "",
            "source_round": 1,
            "delivery_due": True,
        }
    ]
    assert len(told("listing_sold")) == 1


def test_the_last_one_sells_the_listing_out(buyer):
    listing = ActiveListingFactory(stock=2)

    services.purchase(listing=listing, buyer=buyer, quantity=2)

    assert (reread(listing).stock, reread(listing).status) == (0, "sold")
    with pytest.raises(OutOfStock):
        services.purchase(listing=listing, buyer=buyer)


def test_numbers_tell_the_day_and_differ(buyer):
    listing = ActiveListingFactory(stock=2)

    orders = [services.purchase(listing=listing, buyer=buyer, now=NOON) for _time in range(2)]

    assert all(order.number.startswith("300101-") for order in orders)
    assert orders[0].number != orders[1].number


class Counting:
    """Gives a number that is taken, then a free one."""

    numbers = iter(())

    def __call__(self, *, now):
        return next(Counting.numbers)


def test_a_number_that_is_taken_is_asked_for_again(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"ORDER_NUMBER": "tests.test_purchase.Counting"}
    Counting.numbers = iter(["A", "A", "A", "B"])
    listing = ActiveListingFactory(stock=2)

    orders = [services.purchase(listing=listing, buyer=buyer) for _time in range(2)]

    assert [order.number for order in orders] == ["A", "B"]


@pytest.mark.parametrize("quantity", [0, -1, True, 10**9])
def test_wrong_quantities(buyer, quantity):
    listing = ActiveListingFactory(stock=5)

    with pytest.raises(InvalidQuantity):
        services.purchase(listing=listing, buyer=buyer, quantity=quantity)

    assert reread(listing).stock == 5


def test_more_than_there_is(buyer):
    listing = ActiveListingFactory(stock=2)

    with pytest.raises(OutOfStock) as error:
        services.purchase(listing=listing, buyer=buyer, quantity=3)

    assert error.value.detail == "Only 2 left."
    assert reread(listing).stock == 2


def test_a_total_that_nobody_could_hold(buyer):
    listing = ActiveListingFactory(stock=20, price=Money(10**12, "USD"))

    with pytest.raises(PriceTooLarge):
        services.purchase(listing=listing, buyer=buyer, quantity=11)

    assert reread(listing).stock == 20
    assert services.purchase(listing=listing, buyer=buyer, quantity=10).total == Money(10**13, "USD")


def test_what_cannot_be_bought(buyer):
    archived = ActiveListingFactory()
    services.archive_listing(listing=archived)
    own = ActiveListingFactory(seller=buyer)
    cases = [
        (ListingFactory(), NotFound),
        (archived, NotForSale),
        (AuctionedListingFactory(), AuctionOnly),
        (own, OwnListing),
    ]
    for listing, error in cases:
        with pytest.raises(error):
            services.purchase(listing=listing, buyer=buyer)
        assert reread(listing).stock == 1

    assert not get_order_model().objects.exists()
    assert told("order_placed") == []


@pytest.mark.parametrize("agreed", [Money("99.99", "USD"), Money("100.00", "EUR")])
def test_a_price_that_changed_meanwhile(buyer, agreed):
    listing = ActiveListingFactory()

    with pytest.raises(PriceChanged):
        services.purchase(listing=listing, buyer=buyer, agreed_price=agreed)

    assert reread(listing).stock == 1
    services.purchase(listing=listing, buyer=buyer, agreed_price=Money("100", "USD"))


def test_a_policy_may_refuse(buyer, settings):
    settings.CHOWK_MARKETPLACE = {"MAY_BUY": ["tests.test_purchase.refuse_all"]}
    listing = ActiveListingFactory()

    with pytest.raises(Refused):
        services.purchase(listing=listing, buyer=buyer)

    assert reread(listing).stock == 1


@pytest.mark.parametrize(
    "columns",
    [{"total": 0}, {"source_type": "x"}, {"status": "cancelled"}, {"cancel_reason": "buyer"}],
    ids=str,
)
def test_the_database_keeps_orders_sound(columns):
    order = OrderFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_model().objects.filter(pk=order.pk).update(**columns)


def test_the_database_keeps_buyer_and_seller_apart():
    order = OrderFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_model().objects.filter(pk=order.pk).update(buyer=order.seller)


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [
        ("0.10", 3, "0.30"),
        ("19.99", 7, "139.93"),
        ("0.07", 100, "7.00"),
        ("123456789.01", 99, "12222222111.99"),
    ],
)
def test_several_at_a_price_that_binary_fractions_miss(buyer, price, quantity, total):
    order = services.purchase(
        listing=ActiveListingFactory(price=Money(price, "USD"), stock=quantity),
        buyer=buyer,
        quantity=quantity,
    )

    assert reread(order).total == Money(total, "USD")
    assert reread(order).lines.get().total == Money(total, "USD")


@pytest.mark.parametrize(
    "columns", [{"quantity": 0}, {"total": 5}, {"total": "100.001"}, {"unit_price": -1}], ids=str
)
def test_the_database_keeps_lines_sound(columns):
    line = OrderFactory().lines.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        type(line).objects.filter(pk=line.pk).update(**columns)


def test_one_number_one_order():
    first, second = OrderFactory(), OrderFactory(buyer=UserFactory())

    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_model().objects.filter(pk=second.pk).update(number=first.number)
