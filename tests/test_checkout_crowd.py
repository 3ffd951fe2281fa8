"""A crowd at the checkout, in processes of which some are killed: what is left agrees, to the last piece.

Each guard was taken out once, to see this fail: the condition of the stock's UPDATE, the order in which
stocks are locked, the lock of the cart.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest
from conftest import OpenSite
from django.db import connection
from django.db.models import F, Sum
from replays.makers import ADDRESS, CARD, goods, user
from story import clock, shoppers
from story.databases import manage
from story.server import KILLED, STARTING, Site
from story.shoppers import Visit
from story.state import assert_ledger_is_zero, assert_log_is_whole

from chowk_core.models import Delivery
from chowk_core.money import money_to_minor
from chowk_core.targets import Target
from chowk_marketplace import services
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import (
    get_order_group_model,
    get_order_line_model,
    get_order_model,
    get_stock_hold_model,
    get_stock_model,
)
from chowk_payments.abstract_models import AccountKind
from chowk_payments.gateways.base import Card
from chowk_payments.models import (
    get_balance_model,
    get_payment_attempt_model,
    get_payment_part_model,
)
from chowk_payments.services import top_up

FUNDS = 500_00
REFUSALS = {"out_of_stock", "not_for_sale", "not_found", "cart_empty"}
"""Sold out, or ordered in the buyer's other tab."""


class Crowd:
    """``buyers`` with carts of three SKUs, of which there is not enough; one in ten orders in two tabs."""

    def __init__(self, site: Site, buyers: int, seed: int = 7) -> None:
        self.site, self.stock = site, buyers // 3
        self.chance = random.Random(seed)
        coat, scarf = goods(title="Coat", stock=self.stock), goods(title="Scarf", stock=self.stock)
        large = services.add_variant(listing=coat, options={"Size": "L"}, stock=self.stock)
        self.skus = [coat.variants.get(position=0), large, scarf.variants.get(position=0)]
        self.visits: list[Visit] = []
        for number in range(buyers):
            self.come(number)
        shoppers.plan(site.folder, self.visits)

    def come(self, number: int) -> None:
        """A buyer fills a cart in an order of their own, one SKU twice."""
        buyer = user()
        services.save_address(user=buyer, **ADDRESS)
        cart = services.open_cart(user=buyer)
        wanted = self.chance.sample(self.skus, self.chance.randint(1, 3))
        for variant in [*wanted, wanted[0]] if number % 3 else wanted:
            services.add_to_cart(cart=cart, listing=variant.listing, variant=variant)
        pay = "declined" if number % 10 == 0 else ("wallet", "card", "lost")[number % 3]
        if pay == "wallet":
            top_up(payer=buyer, amount=FUNDS, currency="USD", card=Card(**CARD))
        holds = self.chance.random() < 0.5
        for tab in range(2 if number % 10 == 5 else 1):
            self.visits.append(Visit(str(buyer.pk), pay, holds, f"{buyer.pk}-{tab}"))

    def shop(self, *, workers: int, threads: int, lives: tuple[int, ...]) -> None:
        """Everybody at once. The first workers have short ``lives``: they are killed after so many orders."""
        lasting = [*lives, *[0] * (workers - len(lives))]
        hired = [self.site.hire(f"{n}/{workers}/{threads}/{life}") for n, life in enumerate(lasting)]
        for worker, life in zip(hired, lasting, strict=True):
            assert self.site.wait_for(worker) == (KILLED if life else "0"), self.site.log()

    def let_time_pass(self) -> None:
        """The periodic work frees what the killed held, cancels what is unpaid, and ends what they began."""
        self.site.move_clock(clock.now() + marketplace_settings.PAYMENT_WINDOW, past=timedelta(hours=1))

        def begun() -> bool:
            return (
                get_order_model()._default_manager.filter(status="pending_payment").exists()
                or get_stock_hold_model()._default_manager.exists()
                or get_payment_attempt_model()._default_manager.open().exists()
                or Delivery.objects.exclude(state=Delivery.State.DONE).exists()
            )

        deadline = time.monotonic() + 2 * STARTING
        while begun() or begun():  # twice, for one thing may lead to another between two looks
            assert time.monotonic() < deadline, f"what was begun never ends:\n{self.site.log()}"
            self.site.move_clock(clock.now() + timedelta(seconds=61))  # the work of every minute is due
            time.sleep(0.5)


@pytest.mark.parametrize(
    ("buyers", "workers", "threads", "lives"),
    [
        pytest.param(24, 3, 3, (2,), id="a few"),
        pytest.param(200, 5, 6, (5, 9), id="two hundred", marks=[pytest.mark.slow, pytest.mark.crowd]),
    ],
)
def test_a_crowd_at_the_checkout(
    open_site: OpenSite, buyers: int, workers: int, threads: int, lives: tuple[int, ...]
) -> None:
    with open_site() as site:
        crowd = Crowd(site, buyers)
        crowd.shop(workers=workers, threads=threads, lives=lives)
        said = shoppers.answers(site.folder)
        crowd.let_time_pass()
        site.revive()
        assert site.starts == 1
        assert {code for _step, status, code in said if status >= 400} <= REFUSALS
        usual = [("pay", 201, "captured"), ("place", 409, "out_of_stock")]
        usual += [("pay", 201, "failed")] if buyers >= 200 else []  # of a few, those may find nothing left
        assert all(said[answer] for answer in usual), said
        assert_no_deadlock()
        assert_stock_agrees(crowd)
        assert_money_agrees()
        assert_log_is_whole()
        manage(site.folder, site.database, "chowk_check_ledger")
        print(f"{len(crowd.visits)} checkouts: {dict(said)}")


def assert_no_deadlock() -> None:
    """The database counts them, also those that somebody tried again after."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            assert cursor.fetchone() == (0,)


def assert_stock_agrees(crowd: Crowd) -> None:
    """Nothing is oversold or held, and what was not paid for is back."""
    assert services.check_stock() == []
    assert set(get_order_model()._default_manager.values_list("status", flat=True)) == {"paid", "cancelled"}
    groups = get_order_group_model()._default_manager
    assert groups.count() == groups.values("cart").distinct().count()
    sold = get_order_line_model()._default_manager.filter(order__status="paid")
    for variant in crowd.skus:
        count = sold.filter(variant=variant).aggregate(total=Sum("quantity"))["total"] or 0
        stock = get_stock_model()._default_manager.get(variant=variant)
        assert (stock.on_hand, stock.held, stock.allocated) == (crowd.stock, 0, count)
        assert 0 < count <= crowd.stock


def assert_money_agrees() -> None:
    """Each paid order has its escrow, each other one nothing; the ledger sums to zero."""
    owed = 0
    for order in get_order_model()._default_manager.all():
        parts = get_payment_part_model()._default_manager.of_target(Target.of(order))  # type: ignore[attr-defined]
        held = [part.amount for part in parts.filter(payment__state="captured") if part.left]
        assert held == ([money_to_minor(order.total)] if order.status == "paid" else [])
        owed += sum(held)
    assert balance(AccountKind.ESCROW) == owed > 0
    assert_ledger_is_zero()


def balance(kind: str) -> int:
    rows = get_balance_model()._default_manager.filter(account__kind=kind)
    return int(rows.aggregate(total=Sum(F("credits_posted") - F("debits_posted")))["total"])
