from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from chowk_core.events import Event
from chowk_core.publishing import publish
from chowk_core.relay import relay
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_hold_model, get_payment_attempt_model, get_transfer_model
from chowk_payments.policies import PercentFee
from tests.conftest import GOOD, REFUND_DECLINED, REFUND_LOST, card, events
from tests.factories import OrderFactory, WalletFactory
from tests.ledger import money, total

pytestmark = pytest.mark.django_db


def paid(order: Any, buyer: Any, number: str = GOOD) -> Any:
    return services.pay(payer=buyer, target=Target.of(order), method="card", card=card(number))


def test_release_pays_seller_and_platform_once(order: Any, buyer: Any, seller: Any, target: Target) -> None:
    payment = paid(order, buyer)
    released = services.release_escrow(target=target)
    assert (released and released.state) == "released"
    assert services.release_escrow(target=target) is None
    assert (money("wallet", owner=seller), money("revenue"), money("escrow")) == (9_800, 200, 0)
    assert total() == 0
    [event] = events("payments.released")
    assert (event["payee_id"], event["gross"], event["fee"], event["net"], event["payment_id"]) == (
        str(seller.pk),
        "100.00",
        "2.00",
        "98.00",
        str(payment.pk),
    )


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        *((1, "USD", 0), (24, "USD", 0), (25, "USD", 0), (26, "USD", 1), (75, "USD", 1), (76, "USD", 2)),
        *((12_345, "JPY", 247), (1_234_567, "KWD", 24_691)),
    ],
)
def test_fee_is_two_per_cent_to_the_minor_unit(buyer: Any, amount: int, currency: str, fee: int) -> None:
    """By largest remainder; half a unit is the seller's. With 2, 0 and 3 decimals."""
    order = OrderFactory(buyer=buyer, total=amount, currency=currency)
    paid(order, buyer)
    services.release_escrow(target=Target.of(order))
    assert money("revenue", currency=currency) == fee
    assert money("escrow", currency=currency) == 0
    assert total() == 0


@pytest.mark.parametrize(("percent", "fee"), [("0", 0), ("100", 10_001), ("2.5", 250), ("0.125", 13)])
def test_other_percentages(percent: str, fee: int) -> None:
    with override_settings(CHOWK_PAYMENTS={"FEE_PERCENT": Decimal(percent)}):
        assert PercentFee()(amount=10_001, currency="USD", payee=None, target=Target("a.b", "1")) == fee


def test_refund_to_the_wallet(buyer: Any, seller: Any, target: Target) -> None:
    WalletFactory(owner=buyer, funds=10_000)
    services.pay(payer=buyer, target=target, method="wallet")
    refunded = services.refund_escrow(target=target, reason="buyer")
    assert (refunded and refunded.state) == "refunded"
    assert services.refund_escrow(target=target) is None
    assert (money("wallet", owner=buyer), money("escrow"), total()) == (10_000, 0, 0)
    assert get_transfer_model()._default_manager.get(code="refund").reverses_id
    [event] = events("payments.refunded")
    assert (event["amount"], event["reason"]) == ("100.00", "buyer")


@pytest.fixture
def refund(after_commit: Any) -> Callable[[Any], Any]:
    return lambda payment: after_commit(lambda: services.refund_payment(payment=payment, reason="seller"))


def test_refund_to_the_card(order: Any, buyer: Any, refund: Any) -> None:
    payment = paid(order, buyer)
    refund(payment)
    refund(payment)
    payment.refresh_from_db()
    assert payment.state == "refunded"
    assert (money("escrow"), money("clearing", name="dummy"), total()) == (0, 0, 0)
    assert len(events("payments.refunded")) == 1
    assert services.release_escrow(target=payment.target) is None


def test_refund_waits_for_the_gateway(order: Any, buyer: Any, refund: Any) -> None:
    """While nobody knows whether the card got it, the money is held: neither released nor refunded twice."""
    payment = paid(order, buyer, REFUND_LOST)
    refund(payment)
    payment.refresh_from_db()
    assert (payment.state, money("escrow")) == ("refunding", 0)
    assert get_hold_model()._default_manager.get().state == "pending"
    assert services.release_escrow(target=payment.target) is None
    assert services.resolve_uncertain_payments() == 1
    payment.refresh_from_db()
    assert (payment.state, money("clearing", name="dummy"), total()) == ("refunded", 0, 0)


def test_refund_the_gateway_declines(order: Any, buyer: Any, refund: Any) -> None:
    payment = paid(order, buyer, REFUND_DECLINED)
    refund(payment)
    payment.refresh_from_db()
    assert (payment.state, money("escrow")) == ("captured", 10_000)
    assert [event["code"] for event in events("payments.refund_failed")] == ["refund_declined"]
    refund(payment)
    rows = get_payment_attempt_model()._default_manager.filter(kind="refund")
    assert [row.state for row in rows] == ["failed", "failed"]


def test_a_cancellation_does_not_touch_what_was_released(order: Any, buyer: Any, target: Target) -> None:
    paid(order, buyer)
    services.release_escrow(target=target)
    assert services.refund_escrow(target=target) is None
    assert money("revenue") == 200


def announce(name: str, **payload: Any) -> None:
    """Publish as the marketplace does, and run who listens."""
    event = type("Announced", (Event,), {"payload": lambda self: payload}, name=name)()
    with transaction.atomic():
        publish(event)
    relay()


def test_delivery_releases(order: Any, buyer: Any, seller: Any) -> None:
    paid(order, buyer)
    for _repeat in range(2):
        announce("marketplace.order_delivered", order_id=str(order.pk))
    assert (money("wallet", owner=seller), money("revenue")) == (9_800, 200)


def test_cancellation_refunds(order: Any, buyer: Any, after_commit: Any) -> None:
    payment = paid(order, buyer)
    for _repeat in range(2):
        after_commit(lambda: announce("marketplace.order_cancelled", order_id=str(order.pk), reason="seller"))
    payment.refresh_from_db()
    assert (payment.state, money("escrow")) == ("refunded", 0)
    assert [event["reason"] for event in events("payments.refunded")] == ["seller"]


def test_a_refused_payment_is_refunded(order: Any, buyer: Any, after_commit: Any) -> None:
    payment = paid(order, buyer)
    for payment_id in (str(payment.pk), "0", "nobody's"):
        after_commit(
            lambda pk=payment_id: announce(
                "marketplace.payment_refused", order_id=str(order.pk), payment_id=pk, reason="cancelled"
            )
        )
    payment.refresh_from_db()
    assert payment.state == "refunded"
