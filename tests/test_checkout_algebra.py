"""From the cart to the last refund, to the minor unit: any sellers, discounts, currencies, by Hypothesis."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.db.models import F, Sum
from django.test import override_settings
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from replays.makers import ADDRESS, CARD, goods, staff, user

from chowk_core.money import from_minor, money_to_minor
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.services.checkout import Wishes
from chowk_payments import services as payments
from chowk_payments.gateways.base import Card
from chowk_payments.models import get_balance_model
from chowk_payments.services.audit import check_ledger

RATES = {"JPY": "7", "USD": "4.99", "KWD": "1.005"}
"""Currencies with 0, 2 and 3 decimals, and what sending costs."""
KINDS = ("percent", "fixed", "free_shipping")

pytestmark = pytest.mark.usefixtures("database")


@st.composite
def checkouts(draw: st.DrawFn) -> dict[str, Any]:
    """One to twenty sellers' prices and quantities, and perhaps a discount."""
    return {
        "currency": draw(st.sampled_from(sorted(RATES))),
        "wanted": draw(
            st.lists(st.tuples(st.integers(1, 99_999), st.integers(1, 3)), min_size=1, max_size=20)
        ),
        "kind": draw(st.sampled_from(["", *KINDS])),
        "worth": draw(st.integers(1, 10_000)),
    }


def play(checkout: dict[str, Any], data: st.DataObject) -> None:
    """Order, pay by card, deliver some, and give all back in parts."""
    before = balances(checkout["currency"])
    group, off = place(checkout)
    orders = list(group.orders.order_by("pk"))
    assert_split(checkout, group, orders, off)
    assume(group.total)
    payment = payments.pay(payer=group.buyer, target=Target.of(group), method="card", card=Card(**CARD))
    assert payment.state == "captured"
    parts = {str(part.target_id): part for part in payment.parts.all()}
    owed = {str(order.pk): money_to_minor(order.total) for order in orders if order.total}
    assert {key: part.amount for key, part in parts.items()} == owed
    assert payment.amount == sum(owed.values())

    for order in orders:
        part = parts.get(str(order.pk))
        if part and data.draw(st.booleans(), label="delivered"):
            marketplace.ship_order(order=order, actor=order.seller)
            marketplace.deliver_order(order=order, actor=order.buyer)
        while part and data.draw(st.booleans(), label="refunded in part"):
            part.refresh_from_db()
            if not part.left:
                break
            payments.refund_part(part=part, amount=data.draw(st.integers(1, part.left), label="amount"))
    payments.refund_payment(payment=payment)
    assert balances(checkout["currency"]) == before
    assert check_ledger().sound


def place(checkout: dict[str, Any]) -> tuple[Any, int]:
    """The group, and what the discount should take off the goods."""
    currency, kind, worth = checkout["currency"], checkout["kind"], checkout["worth"]
    things = [goods(price=from_minor(price, currency)) for price, _quantity in checkout["wanted"]]
    buyer = user()
    cart = marketplace.open_cart(user=buyer)
    for thing, (_price, quantity) in zip(things, checkout["wanted"], strict=True):
        marketplace.add_to_cart(cart=cart, listing=thing, quantity=quantity)
    base, code = sum(price * quantity for price, quantity in checkout["wanted"]), ""
    off = {"percent": half_down(base * worth), "fixed": min(base, worth)}.get(kind, 0)
    if kind:
        code = f"D-{uuid4().hex[:12]}".upper()
        terms = (
            {"percent": Decimal(worth) / 100} if kind == "percent" else {"amount": worth * (kind == "fixed")}
        )
        payments.create_discount(by=staff(), code=code, kind=kind, currency=currency, **terms)
    wishes = Wishes(ship_to=ADDRESS, discount_code=code)
    return marketplace.place_checkout(cart=cart, buyer=buyer, wishes=wishes), off


def half_down(ten_thousandths: int) -> int:
    """Rounded to the nearest unit; half a unit stays with the sellers."""
    whole, rest = divmod(ten_thousandths, 10_000)
    return whole + (rest > 5_000)


def assert_split(checkout: dict[str, Any], group: Any, orders: list[Any], off: int) -> None:
    """Orders add up to their group, and lines to their order, in every figure."""
    for name in ("goods", "shipping", "discount", "tax", "total"):
        whole = money_to_minor(getattr(group, name))
        assert whole == sum(money_to_minor(getattr(order, name)) for order in orders)
    shipping = money_to_minor(group.shipping)
    free = shipping if checkout["kind"] == "free_shipping" else 0
    assert money_to_minor(group.discount) == off + free
    for order in orders:
        assert money_to_minor(order.goods) == sum(
            money_to_minor(line.unit_price) * line.quantity for line in order.lines.all()
        )
        parts = (order.goods, order.shipping, order.tax)
        assert money_to_minor(order.total) == sum(map(money_to_minor, parts)) - money_to_minor(order.discount)
        assert money_to_minor(order.total) >= 0


def balances(currency: str) -> dict[str, int]:
    """What all accounts of each kind come to."""
    rows = get_balance_model()._default_manager.filter(account__currency=currency)
    sums = rows.values_list("account__kind").annotate(total=Sum(F("credits_posted") - F("debits_posted")))
    return {kind: total for kind, total in sums if total}


def examples(count: int) -> Any:
    """So many, and as long as a slow machine needs."""
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _rates(database: str) -> Any:
    with override_settings(CHOWK_MARKETPLACE={**site.CHOWK_MARKETPLACE, "SHIPPING_FLAT": RATES}):
        yield


@given(checkout=checkouts(), data=st.data())
@examples(5)
def test_to_the_minor_unit(checkout: dict[str, Any], data: st.DataObject) -> None:
    play(checkout, data)


@pytest.mark.slow
@given(checkout=checkouts(), data=st.data())
@examples(25)
def test_to_the_minor_unit_over_many(checkout: dict[str, Any], data: st.DataObject) -> None:
    play(checkout, data)
