"""Orders of several sellers paid as one: split, escrow and release of each, and disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_hold_model, get_payment_part_model
from tests.conftest import DECLINED, card, events
from tests.factories import OrderFactory, UserFactory, WalletFactory, basket_of
from tests.ledger import money, sound
from tests.test_escrow import announce

pytestmark = pytest.mark.django_db


def paid(basket: Any, buyer: Any, **how: Any) -> Any:
    how = how or {"method": "card", "card": card()}
    return services.pay(payer=buyer, target=Target.of(basket), **how)


def parts_of(payment: Any) -> list[Any]:
    return list(payment.parts.order_by("position"))


def sellers(basket: Any) -> list[Any]:
    return [part.payee for part in get_payment_part_model()._default_manager.order_by("position")]


@pytest.mark.parametrize(
    "how", [{"method": "wallet"}, {"method": "card", "card": card()}], ids=["wallet", "card"]
)
def test_a_basket_is_one_payment_and_an_escrow_per_order(buyer: Any, how: Any) -> None:
    WalletFactory(owner=buyer, funds=50_000)
    basket = basket_of(buyer, 10_000, 2_500, 75)
    payment = paid(basket, buyer, **how)
    assert (payment.state, payment.payee, money("escrow")) == ("captured", None, 12_575)
    [event] = events("payments.captured")
    orders = list(basket.orders.order_by("pk"))
    assert [(part["target_id"], part["amount"]) for part in event["parts"]] == [
        (str(order.pk), amount) for order, amount in zip(orders, ("100.00", "25.00", "0.75"), strict=True)
    ]
    services.release_escrow(target=Target.of(orders[1]))
    payment.refresh_from_db()
    assert (payment.state, money("escrow"), money("revenue")) == ("captured", 10_075, 50)
    services.release_escrow(target=Target.of(basket))
    payment.refresh_from_db()
    assert (payment.state, money("escrow"), money("revenue")) == ("released", 0, 251)
    released = [(event["target_id"], event["gross"], event["net"]) for event in events("payments.released")]
    assert released == [
        (str(orders[1].pk), "25.00", "24.50"),
        (str(orders[0].pk), "100.00", "98.00"),
        (str(orders[2].pk), "0.75", "0.74"),
    ]
    assert sound()


def test_amounts_that_do_not_add_up_are_split_by_largest_remainder(buyer: Any) -> None:
    payment = paid(basket_of(buyer, 1, 1, 1, total=100), buyer)
    assert [part.amount for part in parts_of(payment)] == [34, 33, 33]


def test_a_fixed_fee_is_kept_whatever_the_policy_says(buyer: Any) -> None:
    basket = basket_of(buyer, 1_000, 2_000)
    first = basket.orders.order_by("pk")[0]
    basket.orders.filter(pk=first.pk).update(fee=333)
    paid(basket, buyer)
    services.release_escrow(target=Target.of(basket))
    assert money("revenue") == 333 + 40
    assert money("wallet", owner=sellers(basket)[0]) == 667


def test_a_part_without_an_amount_is_paid_with_the_others(buyer: Any) -> None:
    basket = basket_of(buyer, 0, 500)
    payment = paid(basket, buyer)
    services.release_escrow(target=Target.of(basket))
    payment.refresh_from_db()
    assert (payment.state, money("revenue"), len(events("payments.released"))) == ("released", 10, 2)


def test_an_order_is_paid_once_alone_or_with_others(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    order = basket.orders.first()
    paid(basket, buyer)
    with pytest.raises(DomainError) as refusal:
        paid(order, buyer)
    assert refusal.value.code == "already_paid"
    other = basket_of(buyer, 100, 200)
    paid(other.orders.first(), buyer)
    with pytest.raises(DomainError) as refusal:
        paid(other, buyer)
    assert refusal.value.code == "already_paid"


def test_the_database_refuses_a_second_live_part(buyer: Any, order: Any) -> None:
    part = parts_of(paid(order, buyer))[0]
    other = parts_of(paid(OrderFactory(buyer=buyer), buyer))[0]
    for change in ({"target_id": part.target_id}, {"claimed": 1_000_000}, {"refunded": 1}, {"fee": 20_000}):
        with pytest.raises(IntegrityError), transaction.atomic():
            get_payment_part_model()._default_manager.filter(pk=other.pk).update(**change)


def test_a_declined_basket_frees_its_orders_and_can_be_retried(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    payment = paid(basket, buyer, method="card", card=card(DECLINED))
    assert (payment.state, {part.live for part in parts_of(payment)}) == ("failed", {False})
    payment = services.retry(payment=payment, payer=buyer, card=card())
    assert (payment.state, {part.live for part in parts_of(payment)}) == ("captured", {True})


def test_a_retry_finds_that_an_order_was_paid_meanwhile(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    payment = paid(basket, buyer, method="card", card=card(DECLINED))
    paid(basket.orders.first(), buyer)
    with pytest.raises(DomainError) as refusal:
        services.retry(payment=payment, payer=buyer, card=card())
    assert refusal.value.code == "already_paid"


def test_a_basket_that_changed_is_not_retried(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    payment = paid(basket, buyer, method="card", card=card(DECLINED))
    first, second = basket.orders.order_by("pk")
    for order, total in ((first, 200), (second, 100)):
        order.total = total
        order.save()
    with pytest.raises(DomainError) as refusal:
        services.retry(payment=payment, payer=buyer, card=card())
    assert refusal.value.code == "wrong_payment_state"


def test_nobody_pays_themselves_among_others(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    basket.orders.filter(pk=basket.orders.first().pk).update(seller_id=str(buyer.pk))
    with pytest.raises(DomainError) as refusal:
        paid(basket, buyer)
    assert refusal.value.code == "not_payable"


def test_a_seller_sees_their_part_only(buyer: Any) -> None:
    basket = basket_of(buyer, 100, 200)
    paid(basket, buyer)
    for seller, amount in zip(sellers(basket), ("1.00", "2.00"), strict=True):
        client = APIClient()
        client.force_authenticate(seller)
        [row] = client.get("/api/payments/").json()["results"]
        assert (row["amount"], [part["amount"] for part in row["parts"]]) == (amount, [amount])
        assert client.get("/api/payments/?role=payee").json()["count"] == 1
        assert client.get("/api/payments/?role=payer").json()["count"] == 0
        own = {"type": "shop.order", "id": str(basket.orders.get(seller_id=str(seller.pk)).pk)}
        assert (row["target"], row["parts"][0]["target"], row["description"]) == (own, own, "")
    for whole in (buyer, UserFactory(is_staff=True)):
        client.force_authenticate(whole)
        [row] = client.get("/api/payments/").json()["results"]
        assert (row["amount"], len(row["parts"]), row["payee_id"]) == ("3.00", 2, None)
        assert row["target"] == {"type": "shop.basket", "id": str(basket.pk)}
        assert row["description"] == f"Basket {basket.pk}"


def test_released_after_a_time(order: Any, buyer: Any, seller: Any) -> None:
    with override_settings(CHOWK_PAYMENTS={**SHOP, "RELEASE_AFTER": timedelta(days=7)}):
        paid(order, buyer)
        announce("marketplace.order_delivered", order_id=str(order.pk))
        assert (money("escrow"), services.release_due_parts()) == (10_000, 0)
        later = timezone.now() + timedelta(days=7, seconds=1)
        assert services.release_due_parts(now=later) == 1
        assert services.release_due_parts(now=later) == 0
    assert money("wallet", owner=seller) == 9_800


SHOP = {
    "PAYABLES": {
        "shop.order": "tests.shop.policies.charge_for_order",
        "shop.basket": "tests.shop.policies.charge_for_basket",
    }
}


def test_a_dispute_keeps_the_money_in_escrow(
    order: Any, buyer: Any, target: Target, after_commit: Any
) -> None:
    paid(order, buyer)
    for dispute in ("complaint:1", "complaint:2", "complaint:1"):
        assert services.freeze_escrow(target=target, dispute=dispute)
    announce("marketplace.order_delivered", order_id=str(order.pk))
    assert services.release_escrow(target=target) is None
    after_commit(lambda: services.unfreeze_escrow(target=target, dispute="complaint:1"))
    assert money("escrow") == 10_000
    after_commit(lambda: services.unfreeze_escrow(target=target, dispute="complaint:2"))
    assert (money("escrow"), money("revenue")) == (0, 200)


def test_a_dispute_that_ends_before_the_delivery_releases_nothing(
    order: Any, buyer: Any, target: Target, after_commit: Any
) -> None:
    paid(order, buyer)
    services.freeze_escrow(target=target, dispute="complaint:1")
    after_commit(lambda: services.unfreeze_escrow(target=target, dispute="complaint:1"))
    assert money("escrow") == 10_000
    services.release_escrow(target=target)
    assert money("escrow") == 0


@pytest.mark.parametrize(("spent", "held"), [(0, 9_800), (9_000, 800)])
def test_a_dispute_after_the_release_holds_the_sellers_money(
    order: Any, buyer: Any, seller: Any, spent: int, held: int
) -> None:
    """As much of what the part brought as the wallet still has."""
    paid(order, buyer)
    target = Target.of(order)
    services.release_escrow(target=target)
    wallet = services.wallet_of(seller, "USD")
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    if spent:
        services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=spent, code="spent")])
    services.freeze_escrow(target=target, dispute="complaint:1")
    assert money("wallet", owner=seller) == 0
    [row] = get_hold_model()._default_manager.filter(state="pending")
    assert (row.amount, row.code) == (held, "dispute")
    services.unfreeze_escrow(target=target, dispute="complaint:1")
    assert money("wallet", owner=seller) == held
    assert sound()
