"""One left and twenty who want it, on every way to it and on several at once: one has it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from replays.makers import ADDRESS, auction, goods, user
from rest_framework.test import APIClient

from chowk_core.relay import relay
from chowk_marketplace import services
from chowk_marketplace.models import (
    get_listing_model,
    get_order_group_model,
    get_order_line_model,
    get_stock_model,
)

BUYERS = 20
REFUSALS = {"out_of_stock", "not_for_sale", "auction_not_open", "auction_ended"}

pytestmark = pytest.mark.usefixtures("database")

Way = Callable[[Any], tuple[str, dict[str, Any]]]
"""Prepares somebody to buy the thing; the request that does it."""


def by_cart(thing: Any) -> Way:
    def prepare(buyer: Any) -> tuple[str, dict[str, Any]]:
        services.save_address(user=buyer, **ADDRESS)
        services.add_to_cart(cart=services.open_cart(user=buyer), listing=thing)
        return "checkout/", {}

    return prepare


def by_purchase(thing: Any) -> Way:
    return lambda buyer: (f"listings/{thing.pk}/purchase/", {})


def by_order(thing: Any) -> Way:
    return lambda buyer: ("orders/", {"listing": str(thing.pk)})


def at_once(ways: Sequence[Way]) -> Counter[tuple[int, str]]:
    """Twenty buyers, each in their turn of ``ways``, start together; how often which answer came."""
    together = Barrier(BUYERS)

    def buy(request: tuple[Any, tuple[str, dict[str, Any]]]) -> tuple[int, str]:
        buyer, (path, body) = request
        client = APIClient()
        client.force_authenticate(buyer)
        together.wait(120)
        try:
            answer = client.post(f"/api/{path}", body, format="json")
        finally:
            connections.close_all()
        return answer.status_code, "" if answer.status_code < 300 else answer.json()["errors"][0]["code"]

    buyers = [user() for _each in range(BUYERS)]
    requests = [(buyer, way(buyer)) for buyer, way in zip(buyers, itertools.cycle(ways), strict=False)]
    with ThreadPoolExecutor(BUYERS) as pool:
        answers = Counter(pool.map(buy, requests))
    relay(now=timezone.now() + timedelta(hours=1))
    return answers


@pytest.mark.parametrize(
    "ways",
    [(by_cart,), (by_purchase,), (by_order,), (by_cart, by_purchase), (by_order, by_cart, by_purchase)],
    ids=lambda ways: "+".join(way.__name__ for way in ways),
)
def test_one_of_twenty_has_it(ways: Sequence[Callable[[Any], Way]]) -> None:
    thing = goods(stock=1)
    answers = at_once([way(thing) for way in ways])
    assert_sold_once(answers, thing)


def test_one_of_twenty_buys_it_out_of_its_auction() -> None:
    found = auction(buy_now_price="90.00")
    answers = at_once([lambda buyer: (f"auctions/{found.pk}/buy-now/", {})])
    found.refresh_from_db()
    assert (found.status, found.sale_number, found.bid_count) == ("sold", 1, 1)
    assert_sold_once(answers, found.target.get())


def assert_sold_once(answers: Counter[tuple[int, str]], thing: Any) -> None:
    assert answers[201, ""] == 1
    assert answers.total() == BUYERS
    assert {code for status, code in answers if status != 201} <= REFUSALS
    line = get_order_line_model()._default_manager.get(listing=thing.pk)
    assert (line.quantity, line.order.status) == (1, "pending_payment")
    stock = get_stock_model()._default_manager.get(variant__listing=thing.pk)
    assert (stock.on_hand, stock.held, stock.allocated) == (1, 0, 1)
    listing = get_listing_model().objects.non_polymorphic().get(pk=thing.pk)  # type: ignore[attr-defined]
    assert (listing.status, listing.stock) == ("sold", 0)
    lines = get_order_line_model()._default_manager.filter(listing=thing.pk)
    groups = get_order_group_model()._default_manager.filter(orders__lines__in=lines)
    assert groups.count() == (0 if line.order.group_id is None else 1)
    assert services.check_stock() == []
