"""Buying beside raw SQL: ``python -m benchmarks.buying [--json FILE] [--batch N] [--repeats N]``.

Four operations as an application calls them, each beside psycopg with a statement a step on the same tables
(``buying_raw``): put an item into a cart that has two, read a cart of three, order that cart (two sellers, so
two orders in a group), and pay for an order from the wallet. Handlers of events are left to the relay on both
sides: their deliveries are written, and run elsewhere.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.buying_raw import Raw
from benchmarks.harness import Result, compare_prepared, count, database, raw_dsn, report, statements
from chowk_core.testing.settings import DJANGO_APPS, MIDDLEWARE, TEMPLATES, databases

SELLERS = 2
LISTINGS = 60
IN_CART = 3
STOCK = 10_000


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Print a table, and return ``{"results": [a dict a line], "met": whether every aim was reached}``."""
    parser = argparse.ArgumentParser(prog="benchmarks.buying", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--batch", type=int, default=50, help="operations a measurement")
    parser.add_argument("--repeats", type=int, default=7, help="pairs of measurements")
    options = parser.parse_args(arguments)
    set_up()
    with database("buying"):
        results = measure(batch=options.batch, repeats=options.repeats)
    return report("Buying beside raw SQL, medians of paired runs", results, options.json)


def set_up() -> None:
    """Django on PostgreSQL with marketplace and payments, which pay for its orders."""
    os.environ["CHOWK_TEST_DATABASE"] = "postgres"
    settings.configure(
        SECRET_KEY="benchmarks",
        INSTALLED_APPS=[
            *DJANGO_APPS,
            *("rest_framework", "django_filters", "drf_spectacular", "polymorphic", "treebeard"),
            *("chowk_core", "chowk_marketplace", "chowk_payments"),
        ],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=TEMPLATES,
        DATABASES=databases("bench_buying"),
        ROOT_URLCONF="chowk_marketplace.api.urls",
        STATIC_URL="/static/",
        USE_TZ=True,
        CHOWK_CORE={"RELAY": "manual"},
        CHOWK_PAYMENTS={
            "PAYABLES": {"chowk_marketplace.order": "chowk_marketplace.policies.charge_for_order"}
        },
    )
    django.setup()


class Shop:
    """Sellers with fixed-price listings, and buyers with money and a cart, made anew for each measurement."""

    def __init__(self, batch: int) -> None:
        from django.contrib.auth import get_user_model
        from moneyed import Money

        from chowk_marketplace import services
        from chowk_marketplace.models import get_listing_model

        users: Any = get_user_model()._default_manager
        sellers = [users.create(username=f"seller{number}") for number in range(SELLERS)]
        self.buyers = [users.create(username=f"buyer{number}") for number in range(batch)]
        category = services.create_category(name="Things")
        self.listings = []
        for number in range(LISTINGS):
            seller = sellers[number % SELLERS]
            listing = services.create_listing(
                listing_model=get_listing_model(),
                seller=seller,
                category=category,
                title=f"Thing {number}",
                sale_format="fixed_price",
                price=Money(10 + number, "USD"),
                stock=STOCK,
            )
            self.listings.append(services.activate_listing(listing=listing, actor=seller))
        self._fill_wallets()

    def _fill_wallets(self) -> None:
        from chowk_payments import services

        mint = services.open_account(kind="external", currency="USD", name="benchmark")
        for buyer in self.buyers:
            wallet = services.wallet_of(buyer, "USD")
            services.transfer(legs=[services.Leg(debit=mint, credit=wallet, amount=10**9, code="funding")])

    def carts(self, filled: int) -> list[tuple[Any, int, Any]]:
        """Each buyer's open cart with so many items, the buyer, and a listing that is not in it."""
        from moneyed import Money

        from chowk_marketplace.models import get_cart_item_model, get_cart_model

        carts, items = get_cart_model(), get_cart_item_model()
        carts._default_manager.filter(status="open").delete()
        made = carts._default_manager.bulk_create(carts(user=buyer) for buyer in self.buyers)
        chosen = [
            [self.listings[(number + place) % LISTINGS] for place in range(filled + 1)]
            for number in range(len(made))
        ]
        items._default_manager.bulk_create(
            items(cart=cart, variant=self.variants[listing.pk], quantity=1, price=Money(10, "USD"))
            for cart, listings in zip(made, chosen, strict=True)
            for listing in listings[:filled]
        )
        return [
            (cart.pk, cart.user_id, listings[filled].pk) for cart, listings in zip(made, chosen, strict=True)
        ]

    @property
    def variants(self) -> dict[Any, Any]:
        """The one variant of each listing, by the listing's key."""
        from chowk_marketplace.models import get_variant_model

        return {row.listing_id: row for row in get_variant_model()._default_manager.all()}

    def orders(self) -> list[tuple[Any, int]]:
        """An unpaid order of each buyer, and the buyer."""
        from chowk_marketplace import services
        from chowk_marketplace.services.quoting import Wishes

        there = Wishes(ship_to={"name": "Ali", "line1": "Mall 1", "city": "Lahore", "country": "PK"})
        made = [
            services.purchase(listing=self.listings[number % LISTINGS], buyer=buyer, wishes=there)
            for number, buyer in enumerate(self.buyers)
        ]
        return [(order.pk, order.buyer_id) for order in made]


def measure(*, batch: int, repeats: int) -> list[Result]:
    """Every line of the table."""
    from django.contrib.contenttypes.models import ContentType

    from chowk_marketplace.models import get_order_model

    shop = Shop(batch)
    raw = Raw(raw_dsn(), ContentType.objects.get_for_model(get_order_model()).pk)
    add, read, place, pay = ours(shop)
    half, full = (lambda: shop.carts(IN_CART - 1)), (lambda: shop.carts(IN_CART))
    cases: list[tuple[str, Callable[[Any], Any], Callable[[Any], Any], Callable[[], Any], str]] = [
        ("cart: add an item", add, raw.add, half, "raw: 6 +2"),
        ("cart: read three items", read, raw.read, full, "raw: 4"),
        ("place order: three items, two sellers", place, raw.place, full, "raw: 27 +2"),
        ("pay an order by wallet", pay, raw.pay, shop.orders, "raw: 14 +2"),
    ]
    results = []
    for name, operation, limit, prepare, note in cases:
        operation(prepare()[0])
        item = prepare()[0]
        with statements() as sent:
            operation(item)
        results.append(
            compare_prepared(
                name, operation, limit, prepare, repeats=repeats, statements=count(sent), note=note
            )
        )
    raw.connection.close()
    verify()
    return results


def ours(shop: Shop) -> tuple[Callable[[Any], Any], ...]:
    """The four operations by our services and selectors, from keys, as a request has them."""
    from chowk_core.targets import Target
    from chowk_marketplace import cart_selectors, services
    from chowk_marketplace.models import get_cart_model, get_listing_model
    from chowk_payments.services import pay as pay_for

    people = {buyer.pk: buyer for buyer in shop.buyers}
    carts, listings = get_cart_model(), get_listing_model()

    def add(item: tuple[Any, int, Any]) -> None:
        cart, _buyer, listing = item
        services.add_to_cart(cart=carts(pk=cart), listing=listings(pk=listing))

    def read(item: tuple[Any, int, Any]) -> None:
        contents = cart_selectors.cart_contents(cart_selectors.cart_of(user=people[item[1]]))
        assert contents.count == IN_CART

    def place(item: tuple[Any, int, Any]) -> None:
        services.place_checkout(cart=carts(pk=item[0]), buyer=people[item[1]])

    def pay(item: tuple[Any, int]) -> None:
        target = Target(type="chowk_marketplace.order", id=str(item[0]))
        assert pay_for(payer=people[item[1]], target=target, method="wallet").state == "captured"

    return add, read, place, pay


def verify() -> None:
    """Both sides did the work: stock, orders and ledger agree. Raises AssertionError."""
    from django.db.models import F, Sum

    from chowk_marketplace.models import get_listing_model, get_order_line_model, get_stock_model
    from chowk_payments.services.audit import check_ledger

    stocks: Any = get_stock_model()._default_manager
    sold = get_order_line_model()._default_manager.aggregate(sum=Sum("quantity"))["sum"]
    assert stocks.aggregate(sum=Sum("allocated"))["sum"] == sold > 0
    listings: Any = get_listing_model()._default_manager
    left = stocks.aggregate(sum=Sum(F("on_hand") - F("held") - F("allocated")))["sum"]
    assert listings.aggregate(sum=Sum("stock"))["sum"] == left
    assert check_ledger().sound


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
