"""Ways to pay beside wallet and card, and the time until which one may pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_core.exceptions import DomainError
from chowk_core.policies import Refusal
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import Cash, Token
from chowk_payments.models import get_payment_attempt_model, get_payment_model
from tests.conftest import CHALLENGED, DECLINED, card, events
from tests.factories import UserFactory, WalletFactory
from tests.ledger import money, total
from tests.shop.policies import OrderCharge, charge_for_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "METHODS": {"cash": "manual", "bank_transfer": "manual"},
    }


@pytest.fixture
def staff() -> Any:
    return UserFactory(is_staff=True, is_superuser=True)


def refused(call: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        call()
    return refusal.value.code


@pytest.mark.parametrize("method", ["cash", "bank_transfer"])
def test_the_money_comes_later(buyer: Any, target: Target, staff: Any, method: str) -> None:
    payment = services.pay(payer=buyer, target=target, method=method)
    assert (payment.state, money("escrow")) == ("requires_action", 0)
    assert payment.attempts.get().action["by"] == method
    for _repeat in range(2):
        assert services.confirm_payment(payment=payment, payer=buyer).state == "requires_action"
    payment = services.confirm_receipt(payment=payment, actor=staff)
    assert (payment.state, payment.method) == ("captured", method)
    assert (money("escrow"), money("clearing", name="manual"), total()) == (10_000, -10_000, 0)
    assert refused(lambda: services.confirm_receipt(payment=payment, actor=staff)) == "not_awaiting_money"


def test_the_money_never_comes(buyer: Any, target: Target, staff: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="cash")
    payment = services.confirm_receipt(payment=payment, actor=staff, received=False)
    assert (payment.state, money("escrow")) == ("cancelled", 0)
    again = services.pay(payer=buyer, target=target, method="bank_transfer")
    now = timezone.now()
    assert services.resolve_uncertain_payments(now=now + timedelta(days=13)) == 0
    assert services.resolve_uncertain_payments(now=now + timedelta(days=15)) == 1
    again.refresh_from_db()
    assert again.state == "cancelled"


def test_it_is_told_until_when_it_waits(buyer: Any, target: Target, order: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="cash")
    services.cancel_payment(payment=payment, payer=buyer)
    services.pay(payer=buyer, target=target, method="card", card=card(CHALLENGED))
    attempts = [attempt.created_at for attempt in get_payment_attempt_model().objects.order_by("created_at")]
    told = [(event["state"], event["waits_until"]) for event in events("payments.changed")]
    assert told == [
        ("requires_action", (attempts[0] + timedelta(days=14)).isoformat()),
        ("requires_action", (attempts[1] + timedelta(minutes=30)).isoformat()),
    ]


def charge_paid_before(*, target: Target, payer: Any) -> Any:
    charge = charge_for_order(target=target, payer=payer)
    return Prepaid(**vars(charge), refused_methods={"cash": Refusal("paid_before", "Not in cash.")})


@dataclass(frozen=True)
class Prepaid(OrderCharge):
    refused_methods: dict[str, Refusal] = field(default_factory=dict)


def test_a_policy_refuses_a_method(buyer: Any, target: Target, settings: Any) -> None:
    policy = {target.type: "tests.test_methods.charge_paid_before"}
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYABLES": policy}
    assert refused(lambda: services.pay(payer=buyer, target=target, method="cash")) == "paid_before"
    assert not get_payment_model().objects.filter(purpose="purchase").exists()
    payment = services.pay(payer=buyer, target=target, method="card", card=card(DECLINED))
    assert payment.state == "failed"
    assert refused(lambda: services.retry(payment=payment, payer=buyer, method="cash")) == "paid_before"
    payment = services.retry(payment=payment, payer=buyer, method="bank_transfer")
    assert payment.state == "requires_action"


def test_who_may_say_that_it_came(buyer: Any, seller: Any, target: Target, staff: Any, settings: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="cash")
    for actor in (buyer, seller, UserFactory(), UserFactory(is_staff=True)):
        assert refused(lambda actor=actor: services.confirm_receipt(payment=payment, actor=actor)) == (
            "not_allowed"
        )
    assert refused(lambda: services.confirm_payment(payment=payment, payer=buyer, answer="approve")) == (
        "invalid_answer"
    )
    policy = "chowk_payments.policies.StaffOrPayeeConfirmsReceipt"
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "MAY_CONFIRM_RECEIPT": policy}
    assert refused(lambda: services.confirm_receipt(payment=payment, actor=buyer)) == "not_allowed"
    assert services.confirm_receipt(payment=payment, actor=seller).state == "captured"


def test_the_cashier_of_the_house_by_the_api(buyer: Any, target: Target, staff: Any) -> None:
    """Staff see the payment, though they neither pay nor receive it; others do not."""
    address = f"/api/payments/{services.pay(payer=buyer, target=target, method='cash').pk}/receipt/"
    for actor, code in ((UserFactory(), 404), (UserFactory(is_staff=True), 403), (staff, 200)):
        client = APIClient()
        client.force_authenticate(actor)
        answer = client.post(address, {"received": True}, format="json")
        assert answer.status_code == code
    assert (answer.json()["state"], answer.json()["payer_id"], answer.json()["attempts"]) == (
        "captured",
        str(buyer.pk),
        [],
    )


def test_nobody_confirms_their_own_money(staff: Any, settings: Any) -> None:
    """A top-up is paid to its payer; even staff do not make money by saying that it came."""
    policy = "chowk_payments.policies.StaffOrPayeeConfirmsReceipt"
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "MAY_CONFIRM_RECEIPT": policy}
    payment = services.top_up(payer=staff, amount=50_00, currency="USD", method="cash", source=Cash())
    assert refused(lambda: services.confirm_receipt(payment=payment, actor=staff)) == "not_allowed"
    payment.refresh_from_db()
    assert payment.state == "requires_action"


def test_a_card_payment_is_not_confirmed_by_staff(buyer: Any, target: Target, staff: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", card=card(CHALLENGED))
    assert refused(lambda: services.confirm_receipt(payment=payment, actor=staff)) == "not_awaiting_money"


@pytest.mark.parametrize(
    ("method", "source", "code"),
    [
        ("paypal", None, "card_required"),
        ("cash", card(), "source_not_taken"),
        ("card", Cash(), "source_not_taken"),
        ("card", Token(id="pm_1"), "source_not_taken"),
        ("wallet", Cash(), "card_not_expected"),
    ],
)
def test_what_does_not_fit(buyer: Any, target: Target, method: str, source: Any, code: str) -> None:
    assert refused(lambda: services.pay(payer=buyer, target=target, method=method, source=source)) == code
    assert not get_payment_model()._default_manager.exists()


def test_what_is_not_offered(buyer: Any, target: Target, settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "METHODS": {}}
    assert refused(lambda: services.pay(payer=buyer, target=target, method="cash")) == "method_not_offered"


def test_nothing_is_paid_after_its_time(order: Any, buyer: Any, target: Target) -> None:
    WalletFactory(owner=buyer, funds=20_000)
    late = timezone.now() - timedelta(seconds=1)
    declined = services.pay(payer=buyer, target=target, method="card", card=card(DECLINED))
    type(order).objects.update(pay_by=late)
    for call in (
        lambda: services.pay(payer=buyer, target=target, method="wallet"),
        lambda: services.pay(payer=buyer, target=target, method="card", card=card()),
        lambda: services.retry(payment=declined, payer=buyer, card=card()),
        lambda: services.retry(payment=declined, payer=buyer, method="wallet"),
    ):
        assert refused(call) == "payment_overdue"
    type(order).objects.update(pay_by=timezone.now() + timedelta(hours=1))
    waiting = services.retry(payment=declined, payer=buyer, card=card(CHALLENGED))
    type(order).objects.update(pay_by=late)
    code = refused(lambda: services.confirm_payment(payment=waiting, payer=buyer, answer="approve"))
    assert code == "payment_overdue"
    waiting.refresh_from_db()
    assert (waiting.state, money("escrow"), money("clearing", name="dummy")) == ("cancelled", 0, 0)
