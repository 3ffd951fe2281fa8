"""What the gateway paypal says to PayPal, and what it does when PayPal declines or does not answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways import paypal_client
from chowk_payments.gateways.base import GatewayUnavailable, Intent, Redirect, Status
from chowk_payments.gateways.paypal import PayPalGateway
from chowk_payments.models import get_payment_attempt_model
from chowk_payments.secrets import MissingSecret
from chowk_payments.testing.http import Answer, LoopbackServer
from chowk_payments.testing.paypal_fake import PayPalFake
from tests.factories import OrderFactory
from tests.ledger import money, total

PAGE = Redirect(return_url="https://shop.example/back", cancel_url="https://shop.example/no")


@pytest.fixture(scope="module")
def running() -> Iterator[PayPalFake]:
    with PayPalFake() as fake:
        yield fake


@pytest.fixture
def fake(running: PayPalFake) -> PayPalFake:
    running.reset()
    running.state.clock = time.time
    return running


@pytest.fixture
def gateway(fake: PayPalFake) -> PayPalGateway:
    return PayPalGateway(client_id="client", client_secret="secret", url=fake.url)


@pytest.fixture
def site(fake: PayPalFake, settings: Any) -> PayPalFake:
    """The whole site offers PayPal, at the fake."""
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway"},
        "METHODS": {"paypal": "paypal"},
        "SECRETS": "tests.gateways.every_secret",
        "PAYPAL_URL": fake.url,
    }
    return fake


def intent(**changes: Any) -> Intent:
    facts = {"key": "k1", "amount": 10_000, "currency": "USD", "created_at": timezone.now()}
    return Intent(**{**facts, **changes})


def approved(gateway: PayPalGateway, fake: PayPalFake, funding: str = "balance", **facts: Any) -> Intent:
    """An intent whose payer has approved it, with the order's id."""
    asked = intent(**facts)
    reference = gateway.authorise(intent=asked, source=PAGE).reference
    fake.approve(reference, funding)
    return intent(**facts, reference=reference)


def statuses(fake: PayPalFake, kind: str) -> list[str]:
    return [row["status"] for row in fake.state.all(kind)]


def test_what_the_payer_sees(gateway: PayPalGateway, fake: PayPalFake) -> None:
    outcome = gateway.authorise(intent=intent(description="Order 7"), source=PAGE)
    [order] = fake.state.all("order")
    [unit] = order["purchase_units"]
    assert (unit["amount"], unit["custom_id"]) == ({"currency_code": "USD", "value": "100.00"}, "k1")
    assert unit["description"] == "Order 7"
    context = order["_context"]
    assert (context["return_url"], context["cancel_url"]) == (PAGE.return_url, PAGE.cancel_url)
    assert (context["user_action"], context["shipping_preference"]) == ("PAY_NOW", "NO_SHIPPING")
    assert outcome.action["url"] == f"{fake.url}/fake/approve/{order['id']}"


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("position", range(4))
def test_a_call_that_gets_lost_is_repeated_without_a_second_charge(
    gateway: PayPalGateway, fake: PayPalFake, lost: str, position: int
) -> None:
    """Each call from the order to the money: create; look, take, look again."""
    if position == 0:
        fake.fail_next = [lost]
        with pytest.raises(GatewayUnavailable):
            gateway.authorise(intent=intent(), source=PAGE)
    outcome = gateway.authorise(intent=intent(), source=PAGE)
    known = intent(reference=outcome.reference)
    fake.approve(outcome.reference)
    if position:
        fake.fail_next = [*[""] * (position - 1), lost]
        with pytest.raises(GatewayUnavailable):
            gateway.confirm(intent=known)
    assert gateway.confirm(intent=known).status == Status.SUCCEEDED
    assert (statuses(fake, "order"), statuses(fake, "capture")) == (["COMPLETED"], ["COMPLETED"])


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_refund_that_gets_lost_is_one_refund(gateway: PayPalGateway, fake: PayPalFake, lost: str) -> None:
    paid = approved(gateway, fake)
    gateway.confirm(intent=paid)
    fake.fail_next = ["", lost]
    with pytest.raises(GatewayUnavailable):
        gateway.refund(intent=paid, key="r1", amount=4_000)
    fake.forget_keys()
    for _repeat in range(2):
        assert gateway.refund(intent=paid, key="r1", amount=4_000).status == Status.SUCCEEDED
    [row] = fake.state.all("refund")
    assert (row["amount"]["value"], row["custom_id"]) == ("40.00", "r1")


def test_a_payer_who_never_comes_back_has_paid(gateway: PayPalGateway, fake: PayPalFake) -> None:
    assert gateway.look_up(intent=approved(gateway, fake)).status == Status.SUCCEEDED


def test_a_declined_instrument_is_an_outcome_for_good(gateway: PayPalGateway, fake: PayPalFake) -> None:
    asked = approved(gateway, fake, "declined")
    outcome = gateway.confirm(intent=asked)
    assert (outcome.status, outcome.code) == (Status.DECLINED, "instrument_declined")
    assert outcome.message
    fake.approve(asked.reference)  # with another source of money, too late
    for _repeat in range(2):
        assert gateway.look_up(intent=asked) == outcome
    assert gateway.authorise(intent=asked, source=PAGE) == outcome
    assert not fake.state.all("capture")


def test_money_that_comes_after_days(gateway: PayPalGateway, fake: PayPalFake) -> None:
    for key, completed, status in (("k1", True, Status.SUCCEEDED), ("k2", False, Status.DECLINED)):
        asked = approved(gateway, fake, "echeck", key=key)
        assert gateway.confirm(intent=asked).status == Status.PROCESSING
        assert gateway.cancel(intent=asked).status == Status.PROCESSING
        assert gateway.refund(intent=asked, key=f"r{key}", amount=1).status == Status.DECLINED
        fake.settle(fake.state.all("capture")[-1]["id"], completed=completed)
        assert gateway.look_up(intent=asked).status == status


def test_looking_for_what_never_arrived_gives_it_up(gateway: PayPalGateway, fake: PayPalFake) -> None:
    fake.fail_next = ["request"]
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=PAGE)
    assert gateway.look_up(intent=intent()).status == Status.UNKNOWN
    assert gateway.authorise(intent=intent(), source=PAGE).status == Status.CANCELLED
    [order] = fake.state.all("order")
    fake.approve(order["id"])
    assert gateway.look_up(intent=intent()).status == Status.CANCELLED
    assert not fake.state.all("capture")


def test_an_order_that_nobody_approved_is_forgotten(gateway: PayPalGateway, fake: PayPalFake) -> None:
    reference = gateway.authorise(intent=intent(), source=PAGE).reference
    fake.expire(reference)
    assert gateway.look_up(intent=intent(reference=reference)).status == Status.CANCELLED
    assert gateway.cancel(intent=intent(reference=reference)).status == Status.CANCELLED


def test_given_up_before_it_is_taken_nothing_is_taken(gateway: PayPalGateway, fake: PayPalFake) -> None:
    asked = approved(gateway, fake)
    assert gateway.cancel(intent=asked).status == Status.CANCELLED
    assert gateway.confirm(intent=asked).status == Status.CANCELLED
    assert not fake.state.all("capture")


@pytest.mark.parametrize("capture", [True, False])
def test_given_up_between_the_look_and_the_taking_the_money_goes_back(
    gateway: PayPalGateway, fake: PayPalFake, monkeypatch: pytest.MonkeyPatch, capture: bool
) -> None:
    """One process confirms, another cancels: whichever PayPal heard first decides, for both."""
    reference = gateway.authorise(intent=intent(), source=PAGE, capture=capture).reference
    fake.approve(reference)
    asked, other = intent(reference=reference), PayPalGateway(client_id="c", client_secret="s", url=fake.url)
    take, cancelled = gateway._take, []

    def overtaken(*facts: Any) -> Any:
        cancelled.append(other.cancel(intent=asked).status)
        return take(*facts)

    monkeypatch.setattr(gateway, "_take", overtaken)
    assert gateway.confirm(intent=asked).status == Status.CANCELLED
    assert cancelled == [Status.CANCELLED]
    kind, left = ("capture", ["REFUNDED"]) if capture else ("authorization", ["VOIDED"])
    assert statuses(fake, kind) == left
    for look in (gateway.look_up, other.cancel):
        assert look(intent=asked).status == Status.CANCELLED
    assert len(fake.state.all("refund")) == int(capture)


def test_cancelled_while_it_is_taken_it_is_paid(
    gateway: PayPalGateway, fake: PayPalFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, other = approved(gateway, fake), PayPalGateway(client_id="c", client_secret="s", url=fake.url)
    give_up = other._give_up

    def overtaken(*facts: Any) -> None:
        gateway.confirm(intent=asked)
        give_up(*facts)

    monkeypatch.setattr(other, "_give_up", overtaken)
    assert other.cancel(intent=asked).status == Status.SUCCEEDED
    assert gateway.look_up(intent=asked).status == Status.SUCCEEDED


def test_more_than_is_reserved_is_not_taken_though_paypal_would(
    gateway: PayPalGateway, fake: PayPalFake
) -> None:
    reference = gateway.authorise(intent=intent(), source=PAGE, capture=False).reference
    fake.approve(reference)
    asked = intent(reference=reference)
    assert gateway.confirm(intent=asked).status == Status.AUTHORISED
    assert gateway.capture(intent=asked, amount=10_500).status == Status.AUTHORISED
    assert not fake.state.all("capture")


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("KWD", 12_340, "currency_not_taken"),
        ("PKR", 10_000, "currency_not_taken"),
        ("HUF", 10_050, "amount_not_taken"),
    ],
)
def test_what_paypal_does_not_take_is_not_even_asked(
    gateway: PayPalGateway, fake: PayPalFake, currency: str, amount: int, code: str
) -> None:
    asked = intent(currency=currency, amount=amount)
    for outcome in (
        gateway.authorise(intent=asked, source=PAGE),
        gateway.look_up(intent=asked),
        gateway.cancel(intent=asked),
        gateway.refund(intent=asked, key="r", amount=1),
    ):
        assert (outcome.status, outcome.code) == (Status.DECLINED, code)
        assert "PayPal" in outcome.message
    assert fake.calls == []


@pytest.mark.parametrize(
    ("currency", "amount", "value"), [("JPY", 500, "500"), ("HUF", 50_000, "500"), ("EUR", 5, "0.05")]
)
def test_amounts_as_paypal_writes_them(
    gateway: PayPalGateway, fake: PayPalFake, currency: str, amount: int, value: str
) -> None:
    gateway.confirm(intent=approved(gateway, fake, currency=currency, amount=amount))
    [row] = fake.state.all("capture")
    assert row["amount"] == {"currency_code": currency, "value": value}
    now, hour = timezone.now(), timedelta(hours=1)
    [entry] = gateway.transactions(since=now - hour, until=now + hour)
    assert (entry.amount, entry.currency) == (amount, currency)


def test_a_part_of_a_currency_without_decimals(gateway: PayPalGateway, fake: PayPalFake) -> None:
    paid = approved(gateway, fake, currency="HUF", amount=50_000)
    gateway.confirm(intent=paid)
    refused = gateway.refund(intent=paid, key="r", amount=150)
    assert (refused.status, refused.code) == (Status.DECLINED, "amount_not_taken")
    assert gateway.refund(intent=paid, key="r", amount=200).status == Status.SUCCEEDED


def test_a_refusal_says_why(gateway: PayPalGateway, fake: PayPalFake) -> None:
    paid = approved(gateway, fake)
    gateway.confirm(intent=paid)
    assert gateway.refund(intent=paid, key="r", amount=10_001).code == "refund_amount_exceeded"
    gateway.refund(intent=paid, key="s", amount=10_000)
    assert gateway.refund(intent=paid, key="t", amount=1).code == "capture_fully_refunded"


def test_a_token_that_paypal_forgot_is_asked_for_again(gateway: PayPalGateway, fake: PayPalFake) -> None:
    gateway.authorise(intent=intent(), source=PAGE)
    fake.tokens.clear()
    with pytest.raises(GatewayUnavailable):
        gateway.look_up(intent=intent())
    assert gateway.look_up(intent=intent()).status == Status.REQUIRES_ACTION


def test_a_wrong_secret_is_no_verdict_on_the_payer(fake: PayPalFake) -> None:
    stranger = PayPalGateway(client_id="client", client_secret="wrong", url=fake.url)
    with pytest.raises(GatewayUnavailable):
        stranger.authorise(intent=intent(), source=PAGE)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_of_theirs_is_no_answer(status: int) -> None:
    with LoopbackServer(lambda call: Answer(status, text="<h1>Busy</h1>")) as server:
        gateway = PayPalGateway(client_id="c", client_secret="s", url=server.url)
        with pytest.raises(GatewayUnavailable):
            gateway.authorise(intent=intent(), source=PAGE)
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=PAGE)


def test_a_call_still_being_worked_on_is_no_answer(
    gateway: PayPalGateway, fake: PayPalFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = gateway.client.call
    mock = '{"mock_application_codes": "PREVIOUS_REQUEST_IN_PROGRESS"}'
    monkeypatch.setattr(
        gateway.client, "call", lambda *what, **options: call(*what, **options, paypal_mock_response=mock)
    )
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=PAGE)


def test_without_its_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paypal_client, "paypal", None)
    with pytest.raises(ImproperlyConfigured, match=r"chowk-payments\[paypal\]"):
        PayPalGateway(client_id="c", client_secret="s").look_up(intent=intent())
    headers = {"paypal-transmission-time": timezone.now().isoformat()}
    with pytest.raises(ImproperlyConfigured, match=r"chowk-payments\[paypal\]"):
        PayPalGateway(webhook_id="w").notice(body=b"{}", headers=headers, now=timezone.now())


def test_without_its_secret_it_names_it(settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "SECRETS": lambda name: ""}
    with pytest.raises(MissingSecret, match="PAYPAL_CLIENT_ID"):
        PayPalGateway().look_up(intent=intent())


def test_its_address_is_its_own(fake: PayPalFake) -> None:
    """A gateway at a fake does not send others' there."""
    configuration = sys.modules["paypalserversdk.configuration"]
    PayPalGateway(client_id="c", client_secret="s", url=fake.url).look_up(intent=intent())
    addresses = configuration.Configuration.environments[configuration.Environment.PRODUCTION]
    assert list(addresses.values()) == [paypal_client.LIVE]


# -- the site ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_purchase(site: PayPalFake, buyer: Any, target: Target, after_commit: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE, key="a")
    attempt = payment.attempts.get()
    assert (payment.state, attempt.action["type"]) == ("requires_action", "redirect")
    assert services.confirm_payment(payment=payment, payer=buyer).state == "requires_action"
    site.approve(attempt.gateway_reference)
    payment = services.confirm_payment(payment=payment, payer=buyer)
    attempt.refresh_from_db()
    assert (payment.state, attempt.card_brand, attempt.card_last_four) == ("captured", "paypal", "")
    assert (money("escrow"), money("clearing", name="paypal"), total()) == (10_000, -10_000, 0)
    after_commit(lambda: services.refund_part(part=payment.parts.get(), amount=4_000))
    after_commit(lambda: services.refund_part(part=payment.parts.get(), amount=6_000))
    payment.refresh_from_db()
    assert (payment.state, money("escrow"), total()) == ("refunded", 0, 0)
    assert [row["amount"]["value"] for row in site.state.all("refund")] == ["40.00", "60.00"]


@pytest.mark.django_db
def test_declined_then_paid(site: PayPalFake, buyer: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE)
    site.approve(payment.attempts.get().gateway_reference, "declined")
    payment = services.confirm_payment(payment=payment, payer=buyer)
    assert (payment.state, payment.failure_code) == ("failed", "instrument_declined")
    payment = services.retry(payment=payment, payer=buyer, method="paypal", source=PAGE)
    site.approve(payment.attempts.last().gateway_reference)
    assert services.confirm_payment(payment=payment, payer=buyer).state == "captured"
    assert (money("escrow"), total()) == (10_000, 0)


@pytest.mark.django_db
def test_a_currency_paypal_does_not_take_is_refused(site: PayPalFake, buyer: Any) -> None:
    target = Target.of(OrderFactory(buyer=buyer, currency="KWD", total=12_340))
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE)
    assert (payment.state, payment.failure_code) == ("failed", "currency_not_taken")
    assert site.calls == []


@pytest.mark.django_db
@pytest.mark.parametrize(("lost", "state"), [("request", "failed"), ("answer", "requires_action")])
def test_a_lost_answer_is_resolved(
    site: PayPalFake, buyer: Any, target: Target, lost: str, state: str
) -> None:
    site.fail_next = [lost]
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE)
    assert payment.state == "processing"
    services.resolve_uncertain_payments()
    payment.refresh_from_db()
    assert payment.state == state


@pytest.mark.django_db
def test_a_payer_who_went_away(site: PayPalFake, buyer: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE)
    now = timezone.now()
    assert services.resolve_uncertain_payments(now=now + timedelta(minutes=2)) == 0
    assert services.resolve_uncertain_payments(now=now + timedelta(hours=1)) == 1
    payment.refresh_from_db()
    assert (payment.state, money("escrow")) == ("cancelled", 0)
    attempt = get_payment_attempt_model()._default_manager.get(payment=payment)
    site.approve(attempt.gateway_reference)
    assert services.resolve_uncertain_payments(now=now + timedelta(hours=2)) == 0
    assert not site.state.all("capture")
