"""Checkouts at the same moment. Each guard was taken out once, to see its test fail."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

import pytest
from rest_framework.test import APIClient

from chowk_core.exceptions import NotFound
from chowk_marketplace import services
from chowk_marketplace.exceptions import OutOfStock
from chowk_marketplace.models import (
    get_order_group_model,
    get_order_line_model,
    get_order_model,
    get_stock_hold_model,
)
from tests.factories import ActiveListingFactory, UserFactory, cart_of, reread, told
from tests.race import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "held before"])
def test_twenty_carts_and_one_left(begun):
    listing = ActiveListingFactory(stock=1)
    buyers = UserFactory.create_batch(20)
    carts = [cart_of(buyer, listing) for buyer in buyers]

    def buy(cart, buyer):
        if begun:
            services.begin_checkout(cart=cart, buyer=buyer)
        return services.place_checkout(cart=cart, buyer=buyer)

    answers = together([partial(buy, cart, buyer) for cart, buyer in zip(carts, buyers, strict=True)])

    assert Counter(type(answer) for answer in answers) == {get_order_group_model(): 1, OutOfStock: 19}
    assert (reread(listing).stock, reread(listing).status) == (0, "sold")
    assert get_order_line_model().objects.count() == len(told("listing_sold")) == 1
    assert services.check_stock() == []


def test_a_cart_placed_by_many_at_once_is_ordered_once():
    buyer, listing = UserFactory(), ActiveListingFactory(stock=50)
    cart = cart_of(buyer, listing)

    answers = together([partial(services.place_checkout, cart=cart, buyer=buyer)] * 10)

    assert Counter(type(answer) for answer in answers) == {get_order_group_model(): 1, NotFound: 9}
    assert reread(listing).stock == 49


def test_one_key_fifty_times_at_once_is_one_checkout():
    buyer, listing = UserFactory(), ActiveListingFactory(stock=99)
    cart_of(buyer, listing)
    services.save_address(user=buyer, name="Ali", line1="1", city_name="Berlin", country="DE")

    def post(_number):
        client = APIClient()
        client.force_authenticate(buyer)
        while True:
            answer = client.post("/api/checkout/", {}, headers={"Idempotency-Key": "one"})
            if answer.status_code != 409:  # still running elsewhere
                return answer.status_code, answer.json()["id"]

    answers = []
    for _round in range(5):
        answers += together([partial(post, number) for number in range(10)])

    assert set(answers) == {(201, str(get_order_group_model().objects.get().pk))}
    assert reread(listing).stock == 98


def test_a_history_put_right_by_many_at_once_is_put_right_once():
    stocks = [ActiveListingFactory(stock=3).variants.get().stock for _each in range(10)]
    for stock in stocks:
        stock.changes.all().delete()

    together([partial(services.check_stock, fix=True)] * 4)

    assert services.check_stock() == []
    assert [stock.changes.count() for stock in stocks] == [1] * 10


@pytest.mark.slow
def test_two_hundred_checkouts_of_three_things_in_any_order():
    listings = [ActiveListingFactory(stock=40) for _time in range(3)]
    large = [services.add_variant(listing=listing, options={"Size": "L"}, stock=40) for listing in listings]
    chance = random.Random(7)
    buyers = UserFactory.create_batch(200)
    carts = []
    for buyer in buyers:
        cart = services.open_cart(user=buyer)
        for number in chance.sample(range(3), 3):
            for variant in (large[number], listings[number].variants.get(position=0)):
                if chance.random() < 0.7:
                    services.add_to_cart(cart=cart, listing=listings[number], variant=variant)
        carts.append((cart, buyer, chance.random() < 0.1, chance.random() < 0.5))

    def buy(share):
        for cart, buyer, fails, holds in share:
            try:
                if holds:
                    services.begin_checkout(cart=cart, buyer=buyer)
                group = services.place_checkout(cart=cart, buyer=buyer)
            except OutOfStock:
                continue
            for order in group.orders.all():
                if fails:
                    services.cancel_order(order=order, actor=buyer)
                else:
                    services.mark_order_paid(order=order, payment_id=f"p{group.pk}", amount=order.total)

    carts = [entry for entry in carts if entry[0].items.exists()]
    together([partial(buy, carts[number::16]) for number in range(16)])

    for cart, _buyer, _fails, _holds in carts:
        if reread(cart).status == "open":
            services.release_holds(cart=cart)
    assert services.check_stock() == []
    assert not get_stock_hold_model().objects.exists()
    paid = get_order_line_model().objects.filter(order__status="paid")
    for variant in [*large, *(listing.variants.get(position=0) for listing in listings)]:
        sold = sum(paid.filter(variant=variant).values_list("quantity", flat=True))
        assert reread(variant.stock).available == 40 - sold >= 0
    assert set(get_order_model().objects.values_list("status", flat=True)) <= {"paid", "cancelled"}
