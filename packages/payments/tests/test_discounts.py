"""Discounts: what a code takes off, for whom, and how often, whoever asks at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_discount_model, get_discount_use_model, get_payout_model
from chowk_payments.policies import Discounts, platform_fee
from chowk_payments.services.discounts import Line
from tests.factories import UserFactory, WalletFactory
from tests.test_crowd import at_once
from tests.test_escrow import announce

pytestmark = pytest.mark.django_db

LINES = (
    Line(id="1", listing_id="a", seller_id="7", category_ids=("4", "2"), quantity=1, total_minor=1_000),
    Line(id="2", listing_id="b", seller_id="7", category_ids=("5", "2"), quantity=2, total_minor=333),
    Line(id="3", listing_id="c", seller_id="8", category_ids=("6",), quantity=1, total_minor=667),
)
SHIPPING = {"7": 500, "8": 250}


def make(**fields: Any) -> Any:
    fields = {"code": "SALE", "kind": "percent", "percent": Decimal(10), **fields}
    return get_discount_model()._default_manager.create(**fields)


def quote(code: str = "sale ", buyer: Any = None, currency: str = "USD", **more: Any) -> Any:
    return Discounts().quote(
        code=code, buyer=buyer, currency=currency, lines=LINES, shipping=SHIPPING, **more
    )


def hold(key: str, buyer: Any = None, code: str = "SALE") -> Any:
    return Discounts().hold(key=key, code=code, buyer=buyer, currency="USD", lines=LINES, shipping=SHIPPING)


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        call(*args, **kwargs)
    return refusal.value.code


@pytest.mark.parametrize(
    ("fields", "lines", "shipping"),
    [
        ({"percent": Decimal(10)}, {"1": 100, "2": 33, "3": 67}, {}),
        ({"percent": Decimal("33.33")}, {"1": 334, "2": 111, "3": 222}, {}),
        ({"percent": Decimal(100)}, {"1": 1_000, "2": 333, "3": 667}, {}),
        ({"kind": "fixed", "amount": 100, "currency": "USD"}, {"1": 50, "2": 17, "3": 33}, {}),
        ({"kind": "fixed", "amount": 9_999, "currency": "USD"}, {"1": 1_000, "2": 333, "3": 667}, {}),
        ({"category_ids": [2]}, {"1": 100, "2": 33}, {}),
        ({"kind": "free_shipping", "category_ids": ["6"]}, {}, {"8": 250}),
        ({"kind": "free_shipping"}, {}, SHIPPING),
    ],
)
def test_what_it_takes_off(fields: Any, lines: Any, shipping: Any) -> None:
    make(**fields)
    found = quote()
    assert (found.lines, found.shipping, found.code) == (lines, shipping, "SALE")
    assert found.label


def test_a_sellers_discount_is_for_their_goods(buyer: Any) -> None:
    seller = UserFactory()
    make(seller=seller)
    assert refused(quote) == "discount_not_for_these"
    line = Line(id="9", listing_id="z", seller_id=str(seller.pk), quantity=1, total_minor=50)
    found = services.quote_discount(
        code="SALE", buyer=buyer, currency="USD", lines=[*LINES, line], shipping={}
    )
    assert found.lines == {"9": 5}


def test_every_refusal_has_its_code(buyer: Any) -> None:
    now, day = timezone.now(), timedelta(days=1)
    make(code="USER", user=buyer)
    make(code="EARLY", starts_at=now + day)
    make(code="LATE", ends_at=now - day)
    make(code="OFF", active=False)
    make(code="RS", kind="fixed", amount=5, currency="PKR")
    make(code="MIN", minimum=2_001, currency="USD")
    make(code="OTHER", category_ids=["77"])
    make(code="ONE", limit=1, used=1)
    make(code="EACH", limit_per_user=1)
    make(code="FIRST", first_order=True)
    make(code="ENOUGH", minimum=2_000, currency="USD")
    found = {code: refused(quote, code) for code in ("NONE", "USER", "EARLY", "LATE", "OFF", "RS", "MIN")}
    assert found == {
        "NONE": "discount_unknown",
        "USER": "discount_unknown",
        "EARLY": "discount_not_now",
        "LATE": "discount_not_now",
        "OFF": "discount_unknown",
        "RS": "discount_other_currency",
        "MIN": "discount_below_minimum",
    }
    assert refused(quote, "OTHER") == "discount_not_for_these"
    assert refused(quote, "ONE") == "discount_exhausted"
    assert refused(quote, "EACH") == refused(quote, "FIRST") == "discount_needs_user"
    hold("g1", buyer, "EACH")
    assert refused(hold, "g2", buyer, "EACH") == "discount_used"
    assert quote("USER", buyer).lines and quote("ENOUGH").lines


def test_a_first_order(buyer: Any, order: Any) -> None:
    make(first_order=True)
    assert quote(buyer=buyer).lines
    hold("g1", buyer)
    assert refused(hold, "g2", buyer) == "discount_first_order_only"
    services.release_discount(key="g1")
    WalletFactory(owner=buyer, funds=order.total)
    services.pay(payer=buyer, target=Target.of(order), method="wallet")
    assert refused(hold, "g3", buyer) == "discount_first_order_only"


@pytest.mark.django_db(transaction=True)
def test_a_first_order_is_one_of_all_codes(buyer: Any) -> None:
    """Two baskets checked out at once, each with a code of its own."""
    for code in "ABCD":
        make(code=f"FIRST-{code}", first_order=True)
    for _round in range(5):
        answers = at_once(4, partial(checked_out, UserFactory()))
        assert sorted(answers) == [*["discount_first_order_only"] * 3, "ok"]


def checked_out(buyer: Any, number: int) -> None:
    """A checkout: something that refers to the buyer is stored, then a code is taken, then it commits."""
    key = f"{buyer.pk}:{number}"
    with transaction.atomic():
        get_payout_model()._default_manager.create(user=buyer, amount=1, currency="USD", key=key)
        hold(key, buyer, f"FIRST-{'ABCD'[number]}")
        time.sleep(0.05)


def test_held_redeemed_released_by_events(buyer: Any) -> None:
    discount = make(limit=1)
    assert hold("g1", buyer).lines == hold("g1", buyer).lines
    assert refused(hold, "g2", buyer) == "discount_exhausted"
    announce("marketplace.group_cancelled", group_id="g1")
    announce("marketplace.group_cancelled", group_id="g1")
    hold("g2", buyer)
    announce("marketplace.group_paid", group_id="g2")
    announce("marketplace.group_cancelled", group_id="g2")
    discount.refresh_from_db()
    states = get_discount_use_model()._default_manager.order_by("created_at").values_list("state", flat=True)
    assert (list(states), discount.used) == (["released", "redeemed"], 1)


def test_an_order_of_no_checkout_redeems_and_releases_its_own(buyer: Any) -> None:
    discount = make(limit=1)
    hold("o1", buyer)
    announce("marketplace.order_cancelled", order_id="o1", reason="buyer")
    hold("o2", buyer)
    announce("marketplace.order_paid", order_id="o2")
    announce("marketplace.order_cancelled", order_id="o2", reason="buyer")
    discount.refresh_from_db()
    states = get_discount_use_model()._default_manager.order_by("created_at").values_list("state", flat=True)
    assert (list(states), discount.used) == (["released", "redeemed"], 1)


def test_a_key_holds_one_code(buyer: Any) -> None:
    make()
    make(code="OTHER")
    hold("g1", buyer)
    assert refused(hold, "g1", buyer, "OTHER") == "idempotency_key_reused"


def test_the_database_keeps_the_limit() -> None:
    discount = make(limit=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        get_discount_model()._default_manager.filter(pk=discount.pk).update(used=2)


@pytest.mark.django_db(transaction=True)
def test_a_single_use_code_is_used_once_however_many_try() -> None:
    """200 redemptions by 20 threads, ten each."""
    make(limit=1)
    answers: Counter[str] = Counter()

    def redeem(number: int) -> None:
        for attempt in range(10):
            try:
                hold(f"group-{number}-{attempt}")
                answers["ok"] += 1
            except DomainError as error:
                answers[error.code] += 1

    assert set(at_once(20, redeem)) == {"ok"}
    assert answers == {"ok": 1, "discount_exhausted": 199}
    assert get_discount_model()._default_manager.get().used == 1
    assert get_discount_use_model()._default_manager.count() == 1


def test_the_platforms_fee_for_the_marketplace(seller: Any) -> None:
    assert platform_fee(amount=10_000, currency="USD", seller=seller, listing_ids=["1"]) == 200


def reserve(key: str, buyer: Any, minutes: int = 30) -> Any:
    return services.hold_discount(
        key=key,
        code="SALE",
        buyer=buyer,
        currency="USD",
        lines=LINES,
        shipping=SHIPPING,
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )


def test_a_reservation_ends(buyer: Any) -> None:
    discount = make(limit=1)
    reserve("cart", buyer)
    assert refused(hold, "g1", UserFactory()) == "discount_exhausted"
    now = timezone.now()
    assert services.release_reservations(now=now + timedelta(minutes=29)) == 0
    reserve("cart", buyer, 60)
    assert services.release_reservations(now=now + timedelta(minutes=31)) == 0, "it was asked for again"
    assert services.release_reservations(now=now + timedelta(minutes=61)) == 1
    hold("g1", UserFactory())
    assert services.release_reservations(now=now + timedelta(days=9)) == 0, "a checkout's use does not end so"
    discount.refresh_from_db()
    assert discount.used == 1


def test_a_checkout_takes_the_place_of_the_reservation(buyer: Any) -> None:
    discount = make(limit=1, limit_per_user=1, first_order=True)
    reserve("cart", buyer)
    assert reserve("other cart", buyer).lines
    assert hold("g1", buyer).lines
    assert refused(hold, "g2", buyer) == "discount_exhausted"
    discount.refresh_from_db()
    assert (discount.used, discount.uses.get(state="held").key) == (1, "g1")


ONCE = {"all": {"limit": 1}, "each": {"limit_per_user": 1}, "first": {"first_order": True}}


@pytest.mark.parametrize("once", ONCE)
def test_a_quote_does_not_count_what_the_buyer_reserved(buyer: Any, once: str) -> None:
    discount = make(**ONCE[once])
    reserve("cart", buyer)
    assert quote(buyer=buyer).total == hold("g1", buyer).total
    assert discount.uses.get(state="held").key == "g1"
    assert (
        refused(quote, buyer=buyer)
        == {
            "all": "discount_exhausted",
            "each": "discount_used",
            "first": "discount_first_order_only",
        }[once]
    )


def test_a_quote_counts_what_others_reserved(buyer: Any) -> None:
    make(limit=2)
    reserve("cart", buyer)
    reserve("another's", UserFactory())
    assert quote(buyer=buyer).lines
    assert refused(quote, buyer=UserFactory()) == refused(quote) == "discount_exhausted"


@pytest.mark.parametrize("paid", [False, True], ids=["held", "redeemed"])
@pytest.mark.parametrize("once", ONCE)
def test_what_holds_the_code_is_quoted_anew(buyer: Any, once: str, paid: bool) -> None:
    make(**ONCE[once])
    taken = hold("o1", buyer)
    if paid:
        services.redeem_discount(key="o1")
    assert quote(buyer=buyer, key="o1") == taken
    assert refused(quote, buyer=buyer, key="o2") != ""
    make(code="OTHER")
    assert refused(quote, "OTHER", buyer, key="o1") == "idempotency_key_reused"
    if not paid:
        services.release_discount(key="o1")
        assert quote(buyer=buyer, key="o1") == taken


@pytest.mark.parametrize("ended", ["switched off", "over"])
def test_what_holds_the_code_keeps_it_when_it_ends(buyer: Any, ended: str) -> None:
    """An order is paid as it was placed."""
    staff, discount = UserFactory(is_staff=True), make()
    taken = hold("o1", buyer)
    if ended == "over":
        type(discount)._default_manager.update(ends_at=timezone.now())
    else:
        services.switch_discount(discount=discount, by=staff, active=False)
    assert quote(buyer=buyer, key="o1") == hold("o1", buyer) == taken
    gone = {"over": "discount_not_now", "switched off": "discount_unknown"}[ended]
    assert refused(quote, buyer=buyer) == refused(hold, "o2", buyer) == gone
    services.release_discount(key="o1")
    assert refused(quote, buyer=buyer, key="o1") == refused(hold, "o1", buyer) == gone


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_switched_off_meanwhile_is_not_taken(buyer: Any) -> None:
    """Whoever waited for the discount decides on what it is then."""
    discount, go = make(), threading.Event()
    answers = []

    def switch(number: int) -> None:
        if number:
            go.wait(10)
            answers.append(refused(hold, "o1", buyer))
            return
        with transaction.atomic():
            row = type(discount)._default_manager.select_for_update().get(pk=discount.pk)
            services.switch_discount(discount=row, by=UserFactory(is_staff=True), active=False)
            go.set()
            time.sleep(0.5)

    assert (at_once(2, switch), answers) == (["ok", "ok"], ["discount_unknown"])
