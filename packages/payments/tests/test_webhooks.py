"""Webhooks of Stripe: checked, stored once, and worked on in any order."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import selectors, services
from chowk_payments.gateways.base import Token
from chowk_payments.models import get_webhook_event_model
from chowk_payments.testing.stripe_fake import StripeFake, signed
from tests.conftest import events
from tests.factories import UserFactory, WalletFactory, basket_of
from tests.ledger import money, sound, total

pytestmark = pytest.mark.django_db

SECRET = "whsec_x"
URL = "/api/payments/webhooks/stripe/"
CHALLENGED = Token(id="pm_card_threeDSecure2Required", return_url="https://shop.example/back")


@pytest.fixture(scope="module")
def running() -> Iterator[StripeFake]:
    with StripeFake() as fake:
        yield fake


@pytest.fixture
def stripe(running: StripeFake, settings: Any) -> StripeFake:
    running.reset()
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"stripe": "chowk_payments.gateways.stripe.StripeGateway"},
        "CARD_GATEWAY": "stripe",
        "SECRETS": "tests.gateways.every_secret",
        "STRIPE_URL": running.url,
    }
    return running


def deliver(event: Any, *, at: float | None = None, secret: str = SECRET, body: bytes | None = None) -> int:
    made, headers = signed(event, secret, at)
    signature = {"Stripe-Signature": headers["Stripe-Signature"]}
    answer = Client().post(URL, body or made, content_type="application/json", headers=signature)
    return answer.status_code


def stored(**facts: Any) -> Any:
    return get_webhook_event_model()._default_manager.filter(**facts)


def states(payment: Any) -> tuple[str, int]:
    payment.refresh_from_db()
    return payment.state, money("escrow")


@pytest.fixture
def waiting(stripe: StripeFake, buyer: Any, target: Target) -> Any:
    """A payment whose payer is at his bank."""
    return services.pay(payer=buyer, target=target, method="card", source=CHALLENGED)


@pytest.fixture
def approved(waiting: Any, stripe: StripeFake) -> Any:
    """One whose payer approved and never came back."""
    stripe.authenticate(waiting.attempts.get().gateway_reference)
    return waiting


def test_a_payer_who_never_comes_back_has_paid(approved: Any, stripe: StripeFake) -> None:
    assert deliver(stripe.state.events[-1]) == 200
    assert states(approved) == ("requires_action", 0), "the request only stores it"
    assert services.process_webhooks() == 1
    assert states(approved) == ("captured", 10_000)
    [row] = stored()
    assert (row.type, row.state, row.attempts) == ("payment_intent.succeeded", "done", 1)


def test_each_event_once_in_any_order(approved: Any, stripe: StripeFake) -> None:
    told = [event for event in stripe.state.events for _twice in range(2)]
    random.Random(7).shuffle(told)
    assert {deliver(event) for event in told} == {200}
    assert stored().count() == len(stripe.state.events) == 4
    before = len(stripe.calls)
    assert services.process_webhooks() == 4
    assert len(stripe.calls) - before <= 2, "one question answers all events about one charge"
    assert services.process_webhooks() == 0
    assert (states(approved), len(events("payments.captured"))) == (("captured", 10_000), 1)
    assert {deliver(event) for event in told} == {200}
    assert services.process_webhooks() == 0


@pytest.mark.parametrize("seconds", [-3600, -301, 301, 3600])
def test_old_and_future_ones_write_nothing(approved: Any, stripe: StripeFake, seconds: int) -> None:
    assert deliver(stripe.state.events[-1], at=time.time() + seconds) == 400
    assert (stored().exists(), services.process_webhooks()) == (False, 0)
    assert states(approved) == ("requires_action", 0)


def test_tampered_ones_write_nothing(approved: Any, stripe: StripeFake) -> None:
    event = stripe.state.events[-1]
    body = json.dumps(event).encode().replace(b"10000", b"99999")
    assert deliver(event, body=body) == 400
    assert deliver(event, secret="whsec_other") == 400
    assert deliver(event, body=b"\xff") == 400
    answer = Client().post(URL, json.dumps(event), content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_webhook")
    assert not stored().exists()
    assert deliver(event) == 200, "and do not keep the true one out"


def test_one_of_several_secrets(approved: Any, stripe: StripeFake, settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "SECRETS": lambda name: "whsec_new, whsec_x"}
    assert deliver(stripe.state.events[-1]) == 200


def test_a_form_is_no_webhook(stripe: StripeFake) -> None:
    """The body is read as it came, whatever it says it is."""
    answer = Client().post(URL, {"id": "evt_1"}, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 400


@pytest.mark.parametrize("gateway", ["dummy", "nothing", "manual"])
def test_gateways_without_webhooks(stripe: StripeFake, gateway: str) -> None:
    assert Client().post(f"/api/payments/webhooks/{gateway}/").status_code == 404


def test_what_is_not_ours_is_ignored(stripe: StripeFake) -> None:
    stripe.state.emit("customer.created", stripe.state.new("cus", "customer"))
    stripe.state.emit("charge.succeeded", stripe.state.new("ch", "charge", metadata={"chowk_key": "nobody"}))
    assert [deliver(event) for event in stripe.state.events] == [200, 200]
    assert services.process_webhooks() == 2
    assert {row.state for row in stored()} == {"ignored"}


def test_a_failure_is_tried_again_then_parked_then_replayed(
    approved: Any, stripe: StripeFake, settings: Any
) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "WEBHOOK_ATTEMPTS": 2}
    deliver(stripe.state.events[-1])
    now = timezone.now()
    for run in (1, 2):
        stripe.fail_next = ["request", "request"]
        assert services.process_webhooks(now=now + timedelta(hours=run)) == 0
        [row] = stored()
        assert (row.attempts, "GatewayUnavailable" in row.error) == (run, True)
    assert row.state == "parked"
    assert services.process_webhooks(now=now + timedelta(days=9)) == 0
    staff = Client()
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    model = get_webhook_event_model()._meta
    address = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    assert staff.get(address).status_code == 200
    staff.post(address, {"action": "replay", "_selected_action": [str(row.pk)]})
    assert services.process_webhooks() == 1
    assert states(approved) == ("captured", 10_000)


def test_money_for_what_was_given_up_goes_back(waiting: Any, stripe: StripeFake, buyer: Any) -> None:
    """The charge arrives although the attempt was closed here: it never gets into the ledger."""
    attempt = waiting.attempts.get()
    type(attempt)._default_manager.filter(pk=attempt.pk).update(state="cancelled")
    type(waiting)._default_manager.filter(pk=waiting.pk).update(state="cancelled")
    stripe.authenticate(attempt.gateway_reference)
    for _repeat in range(2):
        deliver(stripe.state.events[-1])
        services.process_webhooks()
    assert states(waiting) == ("cancelled", 0)
    [refund] = stripe.state.all("refund")
    assert (refund["amount"], total()) == (10_000, 0)


def test_a_dispute_is_told_once(approved: Any, stripe: StripeFake, seller: Any) -> None:
    services.confirm_payment(payment=approved, payer=approved.payer)
    [charge] = stripe.state.all("charge")
    stripe.dispute(charge["id"])
    told = [event for event in stripe.state.events if event["type"] == "charge.dispute.created"]
    for _repeat in range(2):
        deliver(told[0])
        services.process_webhooks()
    [event] = events("payments.disputed")
    assert services.release_escrow(target=approved.target) is None, "it is frozen"
    [dispute] = stripe.state.all("dispute")
    dispute["status"] = "won"
    stripe.state.emit("charge.dispute.closed", dispute)
    deliver(stripe.state.events[-1])
    services.process_webhooks()
    assert services.release_escrow(target=approved.target)
    assert len(events("payments.disputed")) == 1
    assert (event["payee_id"], event["amount"], event["reason"]) == (str(seller.pk), "100.00", "fraudulent")


def test_an_uncertain_refund_is_settled(
    approved: Any, stripe: StripeFake, after_commit: Any, buyer: Any
) -> None:
    services.confirm_payment(payment=approved, payer=buyer)

    def refund() -> None:
        services.refund_payment(payment=approved)
        stripe.fail_next = [*[""] * 2, "answer", "answer"]

    after_commit(refund)
    assert states(approved)[0] == "refunding"
    told = [event for event in stripe.state.events if event["type"] == "refund.created"]
    assert deliver(told[0]) == 200
    services.process_webhooks()
    assert states(approved) == ("refunded", 0)
    assert len(stripe.state.all("refund")) == 1


def test_a_sellers_account(stripe: StripeFake, seller: Any) -> None:
    first = services.open_connected_account(user=seller, gateway="stripe", country="US")
    again = services.open_connected_account(user=seller, gateway="stripe", country="US")
    assert (first.pk, first.reference, first.payouts_enabled) == (again.pk, again.reference, False)
    assert selectors.payout_destination(seller, "stripe") == ""
    link = services.onboarding_link(
        user=seller, gateway="stripe", return_url="https://a.example/", refresh_url="https://a.example/"
    )
    assert link.startswith(stripe.url)
    stripe.identify(first.reference)
    deliver(stripe.state.events[-1])
    assert services.process_webhooks() == 1
    assert selectors.payout_destination(seller, "stripe") == first.reference


def test_what_is_old_is_forgotten(approved: Any, stripe: StripeFake) -> None:
    for event in stripe.state.events:
        deliver(event)
    services.process_webhooks()
    assert services.forget_webhooks() == 0
    assert services.forget_webhooks(now=timezone.now() + timedelta(days=91)) == 4


def tell_all(stripe: StripeFake) -> None:
    """Deliver what was not told yet, and work on it; some of it twice."""
    for event in stripe.state.events:
        deliver(event)
    services.process_webhooks()
    for event in stripe.state.events[-2:]:
        deliver(event)
    services.process_webhooks()


@pytest.fixture
def sold(stripe: StripeFake, buyer: Any, target: Target) -> Any:
    """A purchase of 100.00 that was paid."""
    return services.pay(payer=buyer, target=target, method="card", source=Token(id="pm_card_visa"))


def disputed(stripe: StripeFake) -> Any:
    [charge] = stripe.state.all("charge")
    return stripe.dispute(charge["id"])


def clearing() -> int:
    return money("clearing", name="stripe")


@pytest.mark.parametrize("told", ["each", "only the end"])
@pytest.mark.parametrize("released", [False, True], ids=["escrow", "released"])
def test_a_dispute_that_is_won(sold: Any, stripe: StripeFake, seller: Any, released: bool, told: str) -> None:
    if released:
        services.release_escrow(target=sold.target)
    row = disputed(stripe)
    if told == "each":
        tell_all(stripe)
        assert (clearing(), money("disputed")) == (0, -10_000), "the bank has it"
        assert money("wallet", owner=seller) == 0
        assert services.release_escrow(target=sold.target) is None
    stripe.decide_dispute(row["id"], "won")
    tell_all(stripe)
    assert (clearing(), money("disputed"), money("loss")) == (-10_000, 0, 0)
    assert bool(services.release_escrow(target=sold.target)) is not released
    assert (money("wallet", owner=seller), sound()) == (9_800, True)


@pytest.mark.parametrize("told", ["each", "only the end"])
@pytest.mark.parametrize("released", [False, True], ids=["escrow", "released"])
def test_a_dispute_that_is_lost(
    sold: Any, stripe: StripeFake, seller: Any, released: bool, told: str
) -> None:
    """The seller bears it, as they would a refund."""
    if released:
        services.release_escrow(target=sold.target)
    row = disputed(stripe)
    if told == "each":
        tell_all(stripe)
    stripe.decide_dispute(row["id"], "lost")
    tell_all(stripe)
    assert states(sold) == ("refunded", 0)
    assert (clearing(), money("disputed"), money("loss"), money("revenue")) == (0, 0, 0, 0)
    assert (money("wallet", owner=seller), money("wallet", owner=sold.payer)) == (0, 0)
    [event] = events("payments.refunded")
    assert (event["reason"], event["amount"], event["remaining"]) == ("chargeback", "100.00", "0.00")
    assert [refund["id"] for refund in stripe.state.all("refund")] == []
    assert sound()


def test_a_lost_dispute_of_what_the_seller_has_spent_is_their_debt(
    sold: Any, stripe: StripeFake, seller: Any
) -> None:
    services.release_escrow(target=sold.target)
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    wallet = services.wallet_of(seller, "USD")
    services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=9_000, code="spent")])
    stripe.decide_dispute(disputed(stripe)["id"], "lost")
    tell_all(stripe)
    assert (money("wallet", owner=seller), money("receivable", owner=seller)) == (0, -9_000)
    assert (money("disputed"), money("revenue"), sound()) == (0, 0, True)


def test_the_platform_bears_what_it_says_it_bears(
    sold: Any, stripe: StripeFake, seller: Any, settings: Any
) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "CHARGEBACK_LOSS": "platform"}
    stripe.decide_dispute(disputed(stripe)["id"], "lost")
    tell_all(stripe)
    assert (states(sold), money("loss"), money("disputed"), clearing()) == (
        ("captured", 10_000),
        -10_000,
        0,
        0,
    )
    services.release_escrow(target=sold.target)
    assert (money("wallet", owner=seller), sound()) == (9_800, True)


def test_what_was_refunded_before_is_the_platforms_loss(
    sold: Any, stripe: StripeFake, after_commit: Any
) -> None:
    after_commit(lambda: services.refund_part(part=sold.parts.get(), amount=4_000))
    stripe.decide_dispute(disputed(stripe)["id"], "lost")
    tell_all(stripe)
    assert (states(sold), money("loss"), money("disputed"), sound()) == (("refunded", 0), -4_000, 0, True)


def test_a_lost_dispute_about_several_sellers(stripe: StripeFake, buyer: Any) -> None:
    """Half of it is disputed: each bears half of theirs."""
    payment = services.pay(
        payer=buyer,
        target=Target.of(basket_of(buyer, 6_000, 4_000)),
        method="card",
        source=Token(id="pm_card_visa"),
    )
    row = disputed(stripe)
    row["amount"] = 5_000
    stripe.decide_dispute(row["id"], "lost")
    tell_all(stripe)
    parts = payment.parts.order_by("position")
    assert [(part.refunded, part.frozen) for part in parts] == [(3_000, False), (2_000, False)]
    assert (money("escrow"), money("loss"), money("disputed"), sound()) == (5_000, 0, 0, True)


def test_a_dispute_that_is_heard_of_before_the_charge(approved: Any, stripe: StripeFake) -> None:
    disputed(stripe)
    deliver(next(event for event in stripe.state.events if event["type"] == "charge.dispute.created"))
    services.process_webhooks()
    assert (states(approved), services.release_escrow(target=approved.target)) == (("captured", 10_000), None)
    assert (clearing(), money("disputed"), total()) == (0, -10_000, 0)


def test_an_inquiry_moves_nothing(sold: Any, stripe: StripeFake) -> None:
    row = disputed(stripe)
    row["status"] = "warning_needs_response"
    tell_all(stripe)
    assert (clearing(), services.release_escrow(target=sold.target)) == (-10_000, None)
    row["status"] = "warning_closed"
    stripe.state.emit("charge.dispute.closed", row)
    tell_all(stripe)
    assert (clearing(), bool(services.release_escrow(target=sold.target))) == (-10_000, True)


@pytest.mark.parametrize(
    ("spent", "end", "left", "debt"),
    [(0, "won", 10_000, 0), (0, "lost", 0, 0), (7_000, "lost", 0, -7_000), (7_000, "won", 3_000, 0)],
)
def test_a_dispute_about_a_top_up(stripe: StripeFake, spent: int, end: str, left: int, debt: int) -> None:
    buyer = UserFactory()
    services.top_up(payer=buyer, amount=10_000, currency="USD", source=Token(id="pm_card_visa"))
    if spent:
        outside = services.get_or_open(kind="external", currency="USD", name="tests")
        wallet = services.wallet_of(buyer, "USD")
        services.transfer(legs=[services.Leg(debit=wallet, credit=outside, amount=spent, code="spent")])
    row = disputed(stripe)
    tell_all(stripe)
    assert (money("wallet", owner=buyer), money("disputed")) == (0, -10_000), "it is not spent meanwhile"
    stripe.decide_dispute(row["id"], end)
    tell_all(stripe)
    assert (money("wallet", owner=buyer), money("receivable", owner=buyer)) == (left, debt)
    assert (money("disputed"), clearing(), sound()) == (0, -10_000 if end == "won" else 0, True)


@pytest.mark.parametrize("released", ["never", "before", "after"])
def test_a_refund_that_fails_days_later(
    sold: Any, stripe: StripeFake, seller: Any, released: str, after_commit: Any
) -> None:
    """The bank sends it back: the money is the platform's again and waits in escrow for a decision."""
    buyer = sold.payer
    if released == "before":
        services.release_escrow(target=sold.target)
    after_commit(lambda: services.refund_part(part=sold.parts.get(), amount=4_000))
    if released == "after":
        services.release_escrow(target=sold.target)
    sellers, revenue = money("wallet", owner=seller), money("revenue")
    [made] = stripe.state.all("refund")
    stripe.fail_refund(made["id"])
    tell_all(stripe)
    row = sold.parts.get().refunds.get()
    assert (row.state, row.failure_code, row.part.refunded) == ("failed", "expired_or_canceled_card", 0)
    assert (clearing(), money("escrow")) == (-10_000, 10_000 if released == "never" else 4_000)
    assert (money("wallet", owner=seller), money("revenue"), sound()) == (sellers, revenue, True)
    assert len(events("payments.refund_failed")) == 1
    staff = UserFactory(is_staff=True)
    if released == "never":
        services.refund_into_wallet(refund=row)
        assert (money("wallet", owner=buyer), money("escrow")) == (4_000, 6_000)
    else:
        services.refuse_refund(refund=row, by=staff)
        assert (money("wallet", owner=seller), money("revenue"), money("escrow")) == (9_800, 200, 0)
    assert sound()


def test_a_refund_of_all_that_fails_after_the_order_was_paid_again(
    sold: Any, stripe: StripeFake, buyer: Any, after_commit: Any
) -> None:
    after_commit(lambda: services.refund_payment(payment=sold))
    [made] = stripe.state.all("refund")
    WalletFactory(owner=buyer, funds=10_000)
    assert services.pay(payer=buyer, target=sold.target, method="wallet").state == "captured"
    stripe.fail_refund(made["id"])
    tell_all(stripe)
    row = sold.parts.get().refunds.get()
    assert (row.state, states(sold)) == ("failed", ("refunded", 20_000))
    with pytest.raises(DomainError):
        services.refuse_refund(refund=row, by=UserFactory(is_staff=True))
    services.refund_into_wallet(refund=row)
    assert (money("wallet", owner=buyer), states(sold), sound()) == (10_000, ("refunded", 10_000), True)
