"""What the gateway stripe says to Stripe, and what it does when no answer comes."""

from __future__ import annotations

import builtins
import sys
import time
import types
import typing
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import GatewayUnavailable, Intent, Redirect, Status, Token
from chowk_payments.gateways.stripe import StripeGateway
from chowk_payments.models import get_payment_model, get_payout_model
from chowk_payments.services.reconciliation import reconcile
from chowk_payments.testing.stripe_fake import StripeFake
from tests.conftest import card
from tests.factories import OrderFactory, WalletFactory
from tests.ledger import money, total

RETURN = "https://shop.example/back"
VISA = Token(id="pm_card_visa", return_url=RETURN)
CHALLENGED = Token(id="pm_card_threeDSecure2Required", return_url=RETURN)

CONTRACTS = {
    "/v1/payment_intents": "PaymentIntentCreateParams",
    "/v1/payment_intents/*": "PaymentIntentUpdateParams",
    "/v1/payment_intents/*/confirm": "PaymentIntentConfirmParams",
    "/v1/payment_intents/*/capture": "PaymentIntentCaptureParams",
    "/v1/payment_intents/*/cancel": "PaymentIntentCancelParams",
    "/v1/checkout/sessions": "checkout.SessionCreateParams",
    "/v1/checkout/sessions/*/expire": "checkout.SessionExpireParams",
    "/v1/refunds": "RefundCreateParams",
    "/v1/transfers": "TransferCreateParams",
    "/v1/transfers/*/reversals": "TransferReversalCreateParams",
    "/v1/accounts": "AccountCreateParams",
    "/v1/account_links": "AccountLinkCreateParams",
}
"""The parameters that the installed client declares, for each path the gateway posts to."""


@pytest.fixture(scope="module")
def running() -> Iterator[StripeFake]:
    with StripeFake() as fake:
        yield fake


@pytest.fixture
def fake(running: StripeFake) -> StripeFake:
    running.reset()
    running.state.clock = time.time
    return running


@pytest.fixture
def gateway(fake: StripeFake) -> StripeGateway:
    return StripeGateway(secret_key="sk_test_x", url=fake.url)


@pytest.fixture
def site(fake: StripeFake, settings: Any) -> StripeFake:
    """The whole site charges cards at the fake."""
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"stripe": "chowk_payments.gateways.stripe.StripeGateway"},
        "CARD_GATEWAY": "stripe",
        "SECRETS": "tests.gateways.every_secret",
        "STRIPE_URL": fake.url,
    }
    return fake


def intent(**changes: Any) -> Intent:
    facts = {"key": "k1", "amount": 10_000, "currency": "USD", "created_at": timezone.now()}
    return Intent(**{**facts, **changes})


def declared(name: str) -> Any:
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return found


class Unknown:
    """Any class of the client, generic or not."""

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


class Names(dict[str, Any]):
    """What the client imports for type checkers only is anything."""

    def __init__(self, module: dict[str, Any]) -> None:
        super().__init__()
        self.known = module.keys() | vars(builtins).keys()

    def __missing__(self, name: str) -> Any:
        if name in self.known or name.startswith("__"):
            raise KeyError(name)
        return Unknown


def check(params: dict[str, Any], contract: Any, where: str) -> None:
    """``params`` are what a TypedDict of the client declares, at every depth."""
    module = vars(sys.modules[contract.__module__])
    hints = typing.get_type_hints(contract, module, Names(module))
    unknown = set(params) - set(hints)
    assert not unknown, (where, unknown)
    assert contract.__required_keys__ <= set(params), where
    for name, value in params.items():
        for nested in typed_dicts(hints[name]):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    check(one, nested, f"{where}.{name}")


def typed_dicts(hint: Any) -> list[Any]:
    """The TypedDicts a hint speaks of: itself, or those in its arguments."""
    if typing.is_typeddict(hint):
        return [hint]
    kinds = (list, typing.Union, types.UnionType, typing.NotRequired, typing.Required, typing.Literal)
    if typing.get_origin(hint) in kinds and typing.get_origin(hint) is not typing.Literal:
        return [found for one in typing.get_args(hint) for found in typed_dicts(one)]
    return []


def test_every_parameter_is_one_that_the_client_declares(gateway: StripeGateway, fake: StripeFake) -> None:
    gateway.authorise(intent=intent(), source=VISA, capture=False)
    gateway.capture(intent=intent(), amount=9_000)
    gateway.refund(intent=intent(), key="r1", amount=100)
    page = gateway.authorise(intent=intent(key="k2"), source=Redirect(return_url=RETURN))
    assert page.status == Status.REQUIRES_ACTION
    gateway.cancel(intent=intent(key="k2"))
    seller = gateway.open_account(key="s1", email="s@example.com", country="US")
    gateway.onboarding_url(reference=seller.reference, return_url=RETURN, refresh_url=RETURN)
    sent = gateway.payout(key="p1", amount=9_800, currency="USD", destination=seller.reference)
    gateway.reverse_payout(reference=sent.reference, key="b1", amount=800, currency="USD")
    checked = set()
    for call in fake.calls:
        if call.method != "POST":
            continue
        path = "/".join(
            "*" if "_" in part and any(map(str.isdigit, part)) else part for part in call.path.split("/")
        )
        check(call.params, declared(CONTRACTS[path]), path)
        checked.add(path)
    assert checked == set(CONTRACTS)


@pytest.mark.django_db
def test_a_card_number_never_goes_to_stripe(site: StripeFake, buyer: Any, target: Target) -> None:
    with pytest.raises(DomainError) as refusal:
        services.pay(payer=buyer, target=target, method="card", card=card())
    assert (refusal.value.code, site.calls) == ("source_not_taken", [])


@pytest.mark.parametrize("lost", ["request", "answer"])
@pytest.mark.parametrize("position", [0, 1])
def test_a_call_that_gets_lost_is_repeated_without_a_second_charge(
    gateway: StripeGateway, fake: StripeFake, lost: str, position: int
) -> None:
    # The client itself repeats a call once, so each is lost twice.
    fake.fail_next = [""] * position + [lost, lost]
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=VISA)
    assert gateway.authorise(intent=intent(), source=VISA).status == Status.SUCCEEDED
    assert [row["status"] for row in fake.state.all("charge")] == ["succeeded"]


def test_a_lost_charge_is_cancelled_or_found(gateway: StripeGateway, fake: StripeFake) -> None:
    fake.fail_next = ["", "answer", "answer"]
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=VISA)
    assert gateway.cancel(intent=intent()).status == Status.SUCCEEDED
    fake.fail_next = ["answer", "answer"]
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(key="k2"), source=VISA)
    assert gateway.look_up(intent=intent(key="k2")).status == Status.UNKNOWN
    assert gateway.cancel(intent=intent(key="k2")).status == Status.CANCELLED
    assert gateway.authorise(intent=intent(key="k2"), source=VISA).status == Status.CANCELLED


def test_after_stripe_forgot_the_key_nothing_happens_twice(gateway: StripeGateway, fake: StripeFake) -> None:
    asked = timezone.now() - timedelta(hours=25)
    fake.state.clock = lambda: asked.timestamp() + 5
    old = intent(created_at=asked)
    gateway.authorise(intent=old, source=VISA)
    gateway.refund(intent=old, key="r1", amount=1_000)
    seller = gateway.open_account(key="s1", email="s@example.com", country="US").reference
    payout = {"key": "p1", "amount": 500, "currency": "USD", "destination": seller}
    gateway.payout(**payout)
    fake._remembered.clear()
    assert gateway.authorise(intent=old, source=VISA).status == Status.SUCCEEDED
    assert gateway.refund(intent=old, key="r1", amount=1_000).status == Status.SUCCEEDED
    assert gateway.payout(**payout).status == Status.SUCCEEDED
    kinds = ("payment_intent", "charge", "refund", "transfer")
    assert [len(fake.state.all(kind)) for kind in kinds] == [1, 1, 1, 1]


def test_a_declined_intent_cannot_be_paid_later(gateway: StripeGateway, fake: StripeFake) -> None:
    gateway.authorise(intent=intent(), source=Token(id="pm_card_chargeDeclined"))
    [row] = fake.state.all("payment_intent")
    assert row["status"] == "canceled"


@pytest.mark.parametrize(
    ("currency", "amount", "counted"),
    [
        ("ISK", 500, 50_000),
        ("UGX", 500, 50_000),
        ("MGA", 50_000, 500),
        ("KWD", 5_120, 5_120),
        ("JPY", 500, 500),
    ],
)
def test_amounts_that_stripe_counts_otherwise(
    gateway: StripeGateway, fake: StripeFake, currency: str, amount: int, counted: int
) -> None:
    asked = intent(currency=currency, amount=amount)
    gateway.authorise(intent=asked, source=VISA)
    assert gateway.refund(intent=asked, key="r", amount=amount).status == Status.SUCCEEDED
    rows = [*fake.state.all("charge"), *fake.state.all("refund")]
    assert {(row["amount"], row["currency"]) for row in rows} == {(counted, currency.lower())}
    now, hour = timezone.now(), timedelta(hours=1)
    listed = list(gateway.transactions(since=now - hour, until=now + hour))
    assert {(entry.amount, entry.currency) for entry in listed} == {(amount, currency)}
    assert len(listed) == 2


@pytest.mark.parametrize(("currency", "amount"), [("KWD", 5_124), ("TND", 5_001), ("MGA", 50_050)])
def test_amounts_finer_than_stripe_counts_are_declined(
    gateway: StripeGateway, fake: StripeFake, currency: str, amount: int
) -> None:
    """The payer is told, and can pay otherwise: nothing is rounded behind anybody's back."""
    outcome = gateway.authorise(intent=intent(currency=currency, amount=amount), source=VISA)
    assert (outcome.status, outcome.code, fake.calls) == (Status.DECLINED, "amount_too_fine", [])
    assert currency in outcome.message


def test_sellers_get_what_is_theirs_to_the_last_unit(gateway: StripeGateway, fake: StripeFake) -> None:
    seller = gateway.open_account(key="s1", email="s@example.com", country="US").reference
    sent = gateway.payout(key="p1", amount=5_018, currency="KWD", destination=seller)
    assert (sent.status, fake.state.all("transfer")[0]["amount"]) == (Status.SUCCEEDED, 5_018)
    fine = gateway.payout(key="p2", amount=50_050, currency="MGA", destination=seller)
    assert (fine.status, fine.code) == (Status.DECLINED, "amount_too_fine")


def test_a_country_where_stripe_opens_no_accounts(gateway: StripeGateway, fake: StripeFake) -> None:
    with pytest.raises(DomainError) as refusal:
        gateway.open_account(key="s1", email="s@example.com", country="KP")
    assert (refusal.value.code, refusal.value.status) == ("account_refused", 400)


@pytest.mark.django_db
def test_a_purchase_with_3d_secure(site: StripeFake, buyer: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", source=CHALLENGED, key="a")
    attempt = payment.attempts.get()
    assert (payment.state, attempt.action["type"]) == ("requires_action", "redirect")
    assert attempt.action["url"].startswith(site.url)
    assert services.confirm_payment(payment=payment, payer=buyer).state == "requires_action"
    site.authenticate(attempt.gateway_reference)
    payment = services.confirm_payment(payment=payment, payer=buyer)
    attempt.refresh_from_db()
    assert (payment.state, attempt.card_brand, attempt.card_last_four) == ("captured", "visa", "3220")
    assert (money("escrow"), money("clearing", name="stripe"), total()) == (10_000, -10_000, 0)


@pytest.mark.django_db
def test_a_lost_answer_is_resolved(site: StripeFake, buyer: Any, target: Target) -> None:
    site.fail_next = ["", "answer", "answer"]
    payment = services.pay(payer=buyer, target=target, method="card", source=VISA)
    assert (payment.state, money("escrow")) == ("processing", 0)
    assert services.resolve_uncertain_payments() == 1
    payment.refresh_from_db()
    assert (payment.state, money("escrow")) == ("captured", 10_000)


@pytest.mark.django_db
def test_a_refund(site: StripeFake, buyer: Any, target: Target, after_commit: Any) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", source=VISA)
    after_commit(lambda: services.refund_payment(payment=payment, reason="test"))
    payment.refresh_from_db()
    assert (payment.state, money("escrow"), total()) == ("refunded", 0, 0)
    [row] = site.state.all("refund")
    assert (row["amount"], row["status"]) == (10_000, "succeeded")


@pytest.mark.django_db
def test_the_payments_page_sends_the_payer_to_the_bank(
    site: StripeFake, buyer: Any, target: Target, client: Any
) -> None:
    client.force_login(buyer)
    payment = services.pay(payer=buyer, target=target, method="card", source=CHALLENGED)
    address = f"/payments/{payment.pk}/"
    with override_settings(ROOT_URLCONF="tests.urls_pages"):
        page = client.get(address)
        assert payment.attempts.get().action["url"] in page.text
        assert "approve" not in page.text
        site.authenticate(payment.attempts.get().gateway_reference)
        client.post(address)
    payment.refresh_from_db()
    assert payment.state == "captured"


REFUSALS = {"amount_too_small": (49, "USD"), "currency_refused": (5_000, "SYP")}


@pytest.mark.django_db
@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("source", [VISA, Redirect(return_url=RETURN)], ids=["token", "page"])
def test_what_stripe_refuses_to_charge_can_be_paid_otherwise(
    site: StripeFake, buyer: Any, code: str, source: Any
) -> None:
    amount, currency = REFUSALS[code]
    order = OrderFactory(buyer=buyer, total=amount, currency=currency)
    payment = services.pay(payer=buyer, target=Target.of(order), method="card", source=source)
    assert (payment.state, payment.failure_code) == ("failed", code)
    WalletFactory(owner=buyer, funds=amount, currency=currency)
    assert services.retry(payment=payment, payer=buyer, method="wallet").state == "captured"


@pytest.mark.django_db
def test_an_attempt_that_stripe_refused_before_is_resolved(site: StripeFake, buyer: Any) -> None:
    """Its process was killed before the refusal was written down."""
    order = OrderFactory(buyer=buyer, total=49)
    payment = services.pay(payer=buyer, target=Target.of(order), method="card", source=VISA)
    payment.attempts.update(state="uncertain")
    get_payment_model()._default_manager.filter(pk=payment.pk).update(state="processing")
    assert services.resolve_uncertain_payments() == 1
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "amount_too_small")


@pytest.mark.parametrize("verb", ["cancel", "capture", "authorise", "page"])
@pytest.mark.parametrize("position", range(6))
def test_nobody_sees_the_clients_own_errors(
    gateway: StripeGateway, fake: StripeFake, verb: str, position: int
) -> None:
    """Whichever call of a verb breaks, it is "no answer", and repeating it ends well."""
    source: Any = Redirect(return_url=RETURN) if verb == "page" else VISA
    if verb == "cancel":
        gateway.authorise(intent=intent(), source=Redirect(return_url=RETURN))
    elif verb == "capture":
        gateway.authorise(intent=intent(), source=VISA, capture=False)
    calls: dict[str, Any] = {
        "cancel": lambda: gateway.cancel(intent=intent()).status == Status.CANCELLED,
        "capture": lambda: gateway.capture(intent=intent()).status == Status.SUCCEEDED,
        "authorise": lambda: gateway.authorise(intent=intent(), source=source).status == Status.SUCCEEDED,
        "page": lambda: gateway.authorise(intent=intent(), source=source).status == Status.REQUIRES_ACTION,
    }
    fake.fail_next = [""] * position + ["request", "request"]
    try:
        ended = calls[verb]()
    except GatewayUnavailable:
        fake.fail_next = []
        ended = calls[verb]()
    assert ended


def test_a_declined_intent_whose_cancellation_gets_lost(gateway: StripeGateway, fake: StripeFake) -> None:
    fake.fail_next = [""] * 3 + ["request", "request"]
    source = Token(id="pm_card_chargeDeclined")
    with pytest.raises(GatewayUnavailable):
        gateway.authorise(intent=intent(), source=source)
    assert gateway.authorise(intent=intent(), source=source).status == Status.DECLINED


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["cancel", "confirm"])
def test_no_answer_is_503(site: StripeFake, buyer: Any, target: Target, verb: str) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", source=CHALLENGED)
    api = APIClient()
    api.force_authenticate(buyer)
    site.fail_next = ["request", "request"]
    answer = api.post(f"/api/payments/{payment.pk}/{verb}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "gateway_unavailable")
    assert "APIError" not in answer.content.decode()
    payment.refresh_from_db()
    assert payment.state == "requires_action"


@pytest.mark.django_db
def test_transfers_to_sellers_reconcile(
    site: StripeFake, seller: Any, settings: Any, after_commit: Any
) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYOUT_GATEWAY": "stripe"}
    account = services.open_connected_account(user=seller, gateway="stripe", country="US")
    site.identify(account.reference)
    services.refresh_connected_account(gateway="stripe", reference=account.reference)
    WalletFactory(owner=seller, funds=9_000)

    def compared() -> tuple[int, list[str]]:
        report = reconcile(gateway="stripe", since=timezone.now() - timedelta(hours=1))
        return report.theirs, [one.code for one in report.differences]

    paid, lost = (
        after_commit(
            lambda amount=amount: services.request_payout(user=seller, currency="USD", amount=amount)
        )
        for amount in (5_000, 4_000)
    )
    bank = stripe.StripeClient("sk_test_x", base_addresses={"api": site.url}).v1.payouts
    bank.create(params={"amount": 900, "currency": "usd"})
    assert compared() == (2, []), "what goes to the platform's own bank is no payout of ours"
    paid.refresh_from_db()
    site.state.objects[paid.gateway_reference].update(amount_reversed=1_000)
    assert compared() == (2, ["amount"])
    site.state.objects[paid.gateway_reference].update(amount_reversed=5_000, reversed=True)
    assert compared() == (2, ["status"])
    get_payout_model()._default_manager.filter(pk=lost.pk).delete()
    site.state.objects.pop(paid.gateway_reference)
    assert sorted(compared()[1]) == ["missing_here", "missing_there"]
