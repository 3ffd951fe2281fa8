"""What must hold when many act at once. Each guard was taken out once, to see its test fail."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from threading import Thread

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_core.targets import Target
from chowk_marketplace import services
from chowk_marketplace.exceptions import OutOfStock, WrongTransition
from chowk_marketplace.models import (
    get_listing_image_model,
    get_order_line_model,
    get_order_model,
    get_order_transition_model,
)
from chowk_marketplace.policies import may_auction
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    ListingFactory,
    OrderFactory,
    UserFactory,
    picture,
    reread,
    told,
)
from tests.race import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_buyers_and_one_left():
    listing = ActiveListingFactory(stock=1)
    buyers = UserFactory.create_batch(20)

    answers = together([partial(services.purchase, listing=listing, buyer=buyer) for buyer in buyers])

    assert Counter(type(answer) for answer in answers) == {get_order_model(): 1, OutOfStock: 19}
    assert (reread(listing).stock, reread(listing).status) == (0, "sold")
    assert get_order_model().objects.count() == get_order_line_model().objects.count() == 1
    assert len(told("order_placed")) == len(told("listing_sold")) == 1


def test_twenty_buyers_of_three_and_ten_left():
    listing = ActiveListingFactory(stock=10)
    buyers = UserFactory.create_batch(20)

    answers = together(
        [partial(services.purchase, listing=listing, buyer=buyer, quantity=3) for buyer in buyers]
    )

    assert Counter(type(answer) for answer in answers) == {get_order_model(): 3, OutOfStock: 17}
    assert list(get_order_line_model().objects.values_list("quantity", flat=True)) == [3, 3, 3]
    assert (reread(listing).stock, reread(listing).status) == (1, "active")


def test_bought_and_cancelled_in_any_order_the_stock_is_whole():
    listing = ActiveListingFactory(stock=3)

    def buy_and_cancel(buyer):
        order = services.purchase(listing=listing, buyer=buyer)
        return services.cancel_order(order=order, actor=buyer)

    together([partial(buy_and_cancel, buyer) for buyer in UserFactory.create_batch(12)])

    assert (reread(listing).stock, reread(listing).status) == (3, "active")
    assert not get_order_model().objects.exclude(status="cancelled").exists()


def test_cancelled_by_many_at_once_the_stock_comes_back_once():
    listing = ActiveListingFactory(stock=5)
    order = OrderFactory(listing=listing, quantity=2)
    later = order.pay_by + timedelta(hours=1)

    answers = together(
        [
            *[partial(services.cancel_order, order=order, actor=order.buyer) for _time in range(5)],
            *[partial(services.cancel_overdue_orders, now=later) for _time in range(5)],
        ]
    )

    done = [answer for answer in answers if not isinstance(answer, WrongTransition) and answer != 0]
    assert len(done) == 1
    assert reread(listing).stock == 5
    assert len(told("order_cancelled")) == 1


def test_paid_and_overdue_at_once_has_one_outcome():
    orders = [OrderFactory() for _time in range(6)]
    later = timezone.now() + timedelta(days=2)

    together(
        [
            *[
                partial(services.mark_order_paid, order=order, payment_id=f"p{order.pk}", amount=order.total)
                for order in orders
            ],
            *[partial(services.cancel_overdue_orders, now=later) for _time in range(4)],
        ]
    )

    for order in map(reread, orders):
        stock = order.lines.get().listing.stock
        refused = [row for row in told("payment_refused") if row["order_id"] == str(order.pk)]
        assert (order.status, stock, len(refused)) in {("paid", 0, 0), ("cancelled", 1, 1)}


def test_a_payment_told_many_times_at_once_pays_once():
    order = OrderFactory()

    answers = together(
        [
            partial(services.mark_order_paid, order=order, payment_id=f"p{number % 2}", amount=order.total)
            for number in range(10)
        ]
    )

    assert Counter(answers) == {True: 5, False: 5}
    assert len(told("order_paid")) == 1
    assert get_order_transition_model().objects.filter(order=order, to_status="paid").count() == 1


def test_one_auction_makes_one_order_however_often_it_is_told():
    listing = AuctionedListingFactory()
    buyer = UserFactory()
    call = partial(
        services.place_order_for_auction,
        listing_id=listing.pk,
        buyer_id=buyer.pk,
        price=Money(50, "USD"),
        pay_by=timezone.now() + timedelta(hours=1),
        source=Target(type="auctions.auction", id="a1"),
    )

    orders = together([call] * 10)

    assert {order.pk for order in orders} == {get_order_model().objects.get().pk}
    assert len(told("order_placed")) == 1


def test_two_auctions_of_one_thing_sell_it_once():
    listing = AuctionedListingFactory()
    calls = [
        partial(
            services.place_order_for_auction,
            listing_id=listing.pk,
            buyer_id=buyer.pk,
            price=Money(50, "USD"),
            pay_by=timezone.now() + timedelta(hours=1),
            source=Target(type="auctions.auction", id=f"a{buyer.pk}"),
        )
        for buyer in UserFactory.create_batch(8)
    ]

    answers = together(calls)

    assert Counter(type(answer) for answer in answers) == {get_order_model(): 1, OutOfStock: 7}
    assert reread(listing).stock == 0


def test_whatever_is_done_to_images_at_once_exactly_one_is_primary():
    listing = ListingFactory()
    images = [services.add_image(listing=listing, upload=picture((40, 30))) for _time in range(4)]

    def change(number):
        chance = random.Random(number)
        for _time in range(3):
            chosen = chance.choice(images)
            act = chance.choice(["add", "primary", "remove"])
            try:
                if act == "add":
                    first = chance.random() < 0.5
                    services.add_image(listing=listing, upload=picture((40, 30)), primary=first)
                elif act == "primary":
                    services.set_primary_image(listing=listing, image_id=chosen.pk)
                else:
                    services.remove_image(listing=listing, image_id=chosen.pk)
            except NotFound:
                continue  # another one removed it first

    together([partial(change, number) for number in range(8)])

    assert primaries(listing) == 1 or not listing.images.exists()
    positions = list(listing.images.values_list("position", flat=True))
    assert len(positions) == len(set(positions))


def primaries(listing):
    """How many images of the listing no other one stands before: by SQL of its own."""
    table = get_listing_image_model()._meta.db_table
    key = get_listing_image_model()._meta.get_field("listing").get_db_prep_value(listing.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} a WHERE a.listing_id = %s AND NOT EXISTS "
            f"(SELECT 1 FROM {table} b WHERE b.listing_id = a.listing_id AND b.position < a.position)",
            [key],
        )
        return cursor.fetchone()[0]


def test_whoever_writes_past_the_services_cannot_make_two_primaries_or_none():
    listing = ListingFactory()
    images = [services.add_image(listing=listing, upload=picture((40, 30))) for _time in range(5)]
    rows = get_listing_image_model()._base_manager

    def write(number):
        try:
            with transaction.atomic():
                rows.filter(pk=images[number % 5].pk).update(position=-number // 3)
        except (IntegrityError, OperationalError):  # two that wait for each other: PostgreSQL refuses one
            return "refused"
        return "written"

    answers = together([partial(write, number) for number in range(12)])
    assert set(answers) <= {"written", "refused"}
    assert primaries(listing) == 1

    while (first := rows.filter(listing=listing).order_by("position").first()) is not None:
        assert primaries(listing) == 1
        rows.filter(pk=first.pk).delete()


def test_a_listing_is_not_archived_while_its_auction_is_being_made():
    listing = AuctionedListingFactory()

    def archive():
        try:
            services.archive_listing(listing=listing)
        finally:
            connection.close()

    archiving = Thread(target=archive)
    with transaction.atomic():
        assert may_auction(seller=listing.seller, target=Target.of(listing)) is None
        archiving.start()
        archiving.join(timeout=1)
        assert archiving.is_alive()
    archiving.join()

    assert reread(listing).status == "archived"
