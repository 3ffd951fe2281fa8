from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_gateway_record_model, get_payment_attempt_model, get_payment_model
from tests.conftest import (
    ANSWER_LOST,
    CHALLENGED,
    CHALLENGED_THEN_DECLINED,
    DECLINE_LOST,
    DECLINED,
    GOOD,
    REQUEST_LOST,
    card,
    events,
)
from tests.factories import OrderFactory, UserFactory, WalletFactory
from tests.ledger import money, total

pytestmark = pytest.mark.django_db


def pay(order: Any, buyer: Any, number: str = GOOD, **extra: Any) -> Any:
    return services.pay(payer=buyer, target=Target.of(order), method="card", card=card(number), **extra)


def attempts(payment: Any) -> list[Any]:
    return list(get_payment_attempt_model()._default_manager.filter(payment=payment).order_by("created_at"))


def test_by_card(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer)
    assert payment.state == "captured"
    assert (money("escrow"), money("clearing", name="dummy"), total()) == (10_000, -10_000, 0)
    [attempt] = attempts(payment)
    assert (attempt.state, attempt.card_brand, attempt.card_last_four) == ("succeeded", "visa", "4242")
    [event] = events("payments.captured")
    assert event == {
        "payment_id": str(payment.pk),
        "target_type": "shop.order",
        "target_id": str(order.pk),
        "payer_id": str(buyer.pk),
        "amount": "100.00",
        "currency": "USD",
        "method": "card",
        "parts": [
            {
                "target_type": "shop.order",
                "target_id": str(order.pk),
                "payee_id": order.seller_id,
                "amount": "100.00",
            }
        ],
    }


def test_by_wallet(order: Any, buyer: Any, target: Target) -> None:
    WalletFactory(owner=buyer, funds=12_000)
    payment = services.pay(payer=buyer, target=target, method="wallet")
    assert payment.state == "captured"
    assert (money("wallet", owner=buyer), money("escrow"), total()) == (2_000, 10_000, 0)
    [event] = events("payments.wallet_changed")
    assert (event["amount"], event["available"]) == ("-100.00", "20.00")


def test_wallet_without_the_money_changes_nothing(buyer: Any, target: Target) -> None:
    WalletFactory(owner=buyer, funds=9_999)
    with pytest.raises(DomainError) as refusal:
        services.pay(payer=buyer, target=target, method="wallet")
    assert refusal.value.code == "insufficient_funds"
    assert not get_payment_model()._default_manager.exists()
    assert (money("wallet", owner=buyer), events("payments.captured")) == (9_999, [])


def test_declined_then_retried_with_another_card(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, DECLINED)
    assert (payment.state, payment.failure_code, money("escrow")) == ("failed", "card_declined", 0)
    assert [event["code"] for event in events("payments.failed")] == ["card_declined"]
    payment = services.retry(payment=payment, payer=buyer, card=card())
    assert (payment.state, payment.failure_code, money("escrow")) == ("captured", "", 10_000)
    assert [attempt.state for attempt in attempts(payment)] == ["failed", "succeeded"]


def test_declined_then_retried_from_the_wallet(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, DECLINED)
    with pytest.raises(DomainError) as refusal:
        services.retry(payment=payment, payer=buyer, method="wallet")
    assert refusal.value.code == "insufficient_funds"
    WalletFactory(owner=buyer, funds=10_000)
    payment = services.retry(payment=payment, payer=buyer, method="wallet")
    assert (payment.state, payment.method, money("wallet", owner=buyer)) == ("captured", "wallet", 0)


def test_challenge_approved_and_repeated(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, CHALLENGED)
    assert (payment.state, money("escrow")) == ("requires_action", 0)
    assert attempts(payment)[0].action["type"] == "three_d_secure"
    looked = services.confirm_payment(payment=payment, payer=buyer)
    assert looked.state == "requires_action"
    for _repeat in range(2):
        payment = services.confirm_payment(payment=payment, payer=buyer, answer="approve")
        assert (payment.state, money("escrow")) == ("captured", 10_000)
    assert len(events("payments.captured")) == 1


@pytest.mark.parametrize(
    ("number", "answer", "code"),
    [
        (CHALLENGED, "decline", "authentication_failed"),
        (CHALLENGED_THEN_DECLINED, "approve", "card_declined"),
    ],
)
def test_challenge_failed(order: Any, buyer: Any, number: str, answer: str, code: str) -> None:
    payment = services.confirm_payment(payment=pay(order, buyer, number), payer=buyer, answer=answer)
    assert (payment.state, payment.failure_code, money("escrow")) == ("failed", code, 0)


def test_challenge_given_up_for_another_card(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, CHALLENGED)
    payment = services.retry(payment=payment, payer=buyer, card=card())
    assert (payment.state, money("escrow")) == ("captured", 10_000)
    assert list(
        get_gateway_record_model()._default_manager.order_by("created_at").values_list("status", flat=True)
    ) == [
        "cancelled",
        "succeeded",
    ]


def test_challenge_of_what_is_no_longer_payable(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, CHALLENGED)
    type(order).objects.update(open=False)
    with pytest.raises(DomainError) as refusal:
        services.confirm_payment(payment=payment, payer=buyer, answer="approve")
    assert refusal.value.code == "order_closed"
    payment.refresh_from_db()
    assert (payment.state, money("clearing", name="dummy")) == ("cancelled", 0)


def test_challenge_nobody_answers(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer, CHALLENGED)
    now = timezone.now()
    assert services.resolve_uncertain_payments(now=now + timedelta(minutes=29)) == 0
    assert services.resolve_uncertain_payments(now=now + timedelta(minutes=31)) == 1
    payment.refresh_from_db()
    assert payment.state == "cancelled"
    assert pay(order, buyer).state == "captured"


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (ANSWER_LOST, ("captured", "", 10_000)),
        (DECLINE_LOST, ("failed", "card_declined", 0)),
        (REQUEST_LOST, ("failed", "not_received", 0)),
    ],
)
def test_outcome_unknown_at_first(order: Any, buyer: Any, number: str, outcome: tuple[str, str, int]) -> None:
    payment = pay(order, buyer, number)
    assert (payment.state, attempts(payment)[0].state, money("escrow")) == ("processing", "uncertain", 0)
    with pytest.raises(DomainError) as refusal:
        pay(order, buyer)
    assert refusal.value.code == "payment_in_progress"
    assert services.resolve_uncertain_payments() == 1
    assert services.resolve_uncertain_payments() == 0
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code, money("escrow")) == outcome
    if payment.state == "failed":
        assert services.retry(payment=payment, payer=buyer, card=card()).state == "captured"
    assert (money("clearing", name="dummy"), total()) == (-10_000, 0)


def test_a_gateway_that_is_gone_does_not_keep_other_payments_waiting(order: Any, buyer: Any) -> None:
    lost, other = pay(order, buyer, ANSWER_LOST), OrderFactory(buyer=buyer)
    waiting = pay(other, buyer, ANSWER_LOST)
    get_payment_attempt_model()._default_manager.filter(payment=lost).update(gateway="gone")

    with pytest.raises(ExceptionGroup) as raised:
        services.resolve_uncertain_payments()

    assert [getattr(error, "code", "") for error in raised.value.exceptions] == ["unknown_gateway"]
    waiting.refresh_from_db()
    assert (waiting.state, money("escrow")) == ("captured", 10_000)


def test_retry_while_the_answer_is_outstanding_asks_again(order: Any, buyer: Any) -> None:
    """With another card even: it is the same attempt, so the first card is charged, once."""
    payment = services.retry(payment=pay(order, buyer, ANSWER_LOST), payer=buyer, card=card())
    assert payment.state == "captured"
    assert [row.last_four for row in get_gateway_record_model()._default_manager.all()] == ["0259"]
    assert [attempt.card_last_four for attempt in attempts(payment)] == ["0259"]


def test_paid_once(order: Any, buyer: Any) -> None:
    payment = pay(order, buyer)
    with pytest.raises(DomainError) as refusal:
        pay(order, buyer)
    assert refusal.value.code == "already_paid"
    with pytest.raises(DomainError) as refusal:
        services.retry(payment=payment, payer=buyer, card=card())
    assert refusal.value.code == "wrong_payment_state"
    assert money("escrow") == 10_000


def test_same_key_is_the_same_payment(order: Any, buyer: Any) -> None:
    first = pay(order, buyer, key="k")
    assert pay(order, buyer, key="k").pk == first.pk
    with pytest.raises(DomainError) as refusal:
        services.pay(payer=buyer, target=Target.of(order), method="wallet", key="k")
    assert refusal.value.code == "idempotency_key_reused"
    with pytest.raises(DomainError) as refusal:
        pay(OrderFactory(buyer=buyer), buyer, key="k")
    assert refusal.value.code == "idempotency_key_reused"
    assert pay(OrderFactory(buyer=(other := UserFactory())), other, key="k").pk != first.pk
    assert money("escrow") == 20_000


def test_cancel(order: Any, buyer: Any) -> None:
    payment = services.cancel_payment(payment=pay(order, buyer, CHALLENGED), payer=buyer)
    assert payment.state == "cancelled"
    paid = pay(order, buyer)
    with pytest.raises(DomainError) as refusal:
        services.cancel_payment(payment=paid, payer=buyer)
    assert refusal.value.code == "wrong_payment_state"
    with pytest.raises(DomainError) as refusal:
        services.retry(payment=payment, payer=buyer, card=card())
    assert refusal.value.code == "already_paid"


def test_who_may_pay_what(order: Any, buyer: Any, target: Target) -> None:
    stranger = UserFactory()
    payment = pay(order, buyer, CHALLENGED)
    for attempt in (
        lambda: services.confirm_payment(payment=payment, payer=stranger, answer="approve"),
        lambda: services.retry(payment=payment, payer=stranger, card=card()),
        lambda: services.cancel_payment(payment=payment, payer=stranger),
    ):
        with pytest.raises(DomainError) as refusal:
            attempt()
        assert refusal.value.code == "not_allowed"
    for call, code in (
        (lambda: services.pay(payer=stranger, target=target, method="card", card=card()), "not_the_buyer"),
        (
            lambda: services.pay(payer=buyer, target=Target.of(stranger), method="card", card=card()),
            "not_payable",
        ),
        (
            lambda: services.pay(payer=buyer, target=Target("no.such", "1"), method="wallet"),
            "unknown_target",
        ),
        (lambda: services.pay(payer=buyer, target=target, method="card"), "card_required"),
        (lambda: services.pay(payer=buyer, target=target, method="wallet", card=card()), "card_not_expected"),
        (
            lambda: services.confirm_payment(payment=payment, payer=buyer, answer="perhaps"),
            "invalid_answer",
        ),
    ):
        with pytest.raises(DomainError) as refusal:
            call()
        assert refusal.value.code == code
    assert get_payment_model()._default_manager.count() == 1
    assert total() == money("escrow") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "4242424242424241"},
        {"number": "4242"},
        {"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"},
        {"number": "4242 4242 4242 4242"},
        {"number": ""},
        {"expiry_month": 13},
        {"expiry_month": 0},
        {"expiry_year": 2020},
        {"expiry_year": 99999},
        {"security_code": "12"},
        {"security_code": "abc"},
    ],
)
def test_malformed_cards(order: Any, buyer: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        services.pay(
            payer=buyer, target=Target.of(order), method="card", card=card(**{"number": GOOD, **changes})
        )
    assert refusal.value.code == "invalid_card"
    assert not get_payment_model()._default_manager.exists()


def test_a_real_card_is_never_charged(order: Any, buyer: Any) -> None:
    assert pay(order, buyer, "4111111111111111").failure_code == "not_a_test_card"
