"""Webhooks of PayPal: checked with a certificate, stored once, and worked on in any order."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable, InvalidNotice, Redirect
from chowk_payments.gateways.paypal import PayPalGateway
from chowk_payments.models import get_webhook_event_model
from chowk_payments.testing.http import Answer, LoopbackServer
from chowk_payments.testing.paypal_fake import PayPalFake
from chowk_payments.testing.paypal_fake.signing import Signer
from tests.conftest import events
from tests.ledger import money, sound, total

pytestmark = pytest.mark.django_db

URL = "/api/payments/webhooks/paypal/"
ID = "test-PAYPAL_WEBHOOK_ID"
PAGE = Redirect(return_url="https://shop.example/back")


@pytest.fixture(scope="module")
def running() -> Iterator[PayPalFake]:
    with PayPalFake() as fake:
        yield fake


@pytest.fixture(scope="module")
def roots(running: PayPalFake, tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("paypal") / "roots.pem"
    path.write_bytes(running.signer.roots)
    return path


@pytest.fixture
def paypal(running: PayPalFake, roots: Path, settings: Any) -> PayPalFake:
    running.reset()
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway"},
        "METHODS": {"paypal": "paypal"},
        "SECRETS": "tests.gateways.every_secret",
        "PAYPAL_URL": running.url,
        "PAYPAL_ROOTS": str(roots),
    }
    return running


@pytest.fixture
def waiting(paypal: PayPalFake, buyer: Any, target: Target) -> Any:
    """A payment whose payer is at PayPal."""
    return services.pay(payer=buyer, target=target, method="paypal", source=PAGE)


@pytest.fixture
def approved(waiting: Any, paypal: PayPalFake) -> Any:
    """One whose payer approved and never came back."""
    paypal.approve(waiting.attempts.get().gateway_reference)
    return waiting


@pytest.fixture
def paid(approved: Any) -> Any:
    return services.confirm_payment(payment=approved, payer=approved.payer)


def deliver(fake: PayPalFake, event: Any, *, body: bytes = b"", id: str = ID, **changes: Any) -> int:
    """Send an event to the site, signed ``at`` a time and naming a ``certificate``; ``headers`` replace."""
    headers = changes.pop("headers", {})
    made, signed = fake.signed(event, id, **changes)
    signed = {**signed, **headers}
    answer = Client(raise_request_exception=False).post(
        URL, body or made, content_type=signed.pop("Content-Type"), headers=signed
    )
    return answer.status_code


def stored(**facts: Any) -> Any:
    return get_webhook_event_model()._default_manager.filter(**facts)


def told(fake: PayPalFake, type: str) -> Any:
    return next(event for event in reversed(fake.state.events) if event["event_type"] == type)


def state(payment: Any) -> tuple[str, int]:
    payment.refresh_from_db()
    return payment.state, money("escrow")


def capture_of(fake: PayPalFake) -> str:
    return str(fake.state.all("capture")[-1]["id"])


def test_a_payer_who_never_comes_back_has_paid(approved: Any, paypal: PayPalFake) -> None:
    assert deliver(paypal, told(paypal, "CHECKOUT.ORDER.APPROVED")) == 200
    assert state(approved) == ("requires_action", 0), "the request only stores it"
    assert services.process_webhooks() == 1
    assert state(approved) == ("captured", 10_000)
    [row] = stored()
    assert (row.type, row.state, row.about["key"]) == (
        "CHECKOUT.ORDER.APPROVED",
        "done",
        str(approved.attempts.get().pk),
    )


def test_each_event_once_in_any_order(paid: Any, paypal: PayPalFake, after_commit: Any) -> None:
    after_commit(lambda: services.refund_part(part=paid.parts.get(), amount=4_000))
    types = {event["event_type"] for event in paypal.state.events}
    assert types == {
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
    }
    twice = [event for event in paypal.state.events for _twice in range(2)]
    random.Random(7).shuffle(twice)
    assert {deliver(paypal, event) for event in twice} == {200}
    assert stored().count() == 4
    assert services.process_webhooks() == 4
    assert services.process_webhooks() == 0
    assert {row.state for row in stored()} == {"done"}
    assert (state(paid)[1], len(events("payments.captured")), total()) == (6_000, 1, 0)


@pytest.mark.parametrize("seconds", [-3600, -420, 420, 3600])
def test_old_and_future_ones_write_nothing(approved: Any, paypal: PayPalFake, seconds: int) -> None:
    assert deliver(paypal, paypal.state.events[-1], at=time.time() + seconds) == 400
    assert (stored().exists(), services.process_webhooks()) == (False, 0)
    assert state(approved) == ("requires_action", 0)


@pytest.mark.parametrize(("seconds", "good"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_five_minutes_to_either_side(approved: Any, paypal: PayPalFake, seconds: int, good: bool) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    body, headers = paypal.signed(paypal.state.events[-1], ID, at=moment.timestamp() + seconds)
    named = {name.lower(): value for name, value in headers.items()}
    gateway = payments_settings.GATEWAYS["paypal"]
    if good:
        assert gateway.notice(body=body, headers=named, now=moment).type == "CHECKOUT.ORDER.APPROVED"
    else:
        with pytest.raises(InvalidNotice, match="time"):
            gateway.notice(body=body, headers=named, now=moment)


def test_tampered_ones_write_nothing(approved: Any, paypal: PayPalFake) -> None:
    event = paypal.state.events[-1]
    made, _headers = paypal.signed(event, ID)
    assert deliver(paypal, event, body=made.replace(b"100.00", b"900.00")) == 400
    assert deliver(paypal, event, body=b"\xff") == 400
    assert deliver(paypal, event, id="another webhook") == 400
    for header, value in (
        ("PayPal-Transmission-Id", "another"),
        ("PayPal-Transmission-Time", datetime.now(UTC).isoformat()),
        ("PayPal-Transmission-Time", "soon"),
        ("PayPal-Transmission-Time", ""),
        ("PayPal-Transmission-Sig", "not base 64"),
        ("PayPal-Transmission-Sig", ""),
    ):
        assert deliver(paypal, event, headers={header: value}) == 400, (header, value)
    assert not stored().exists()
    assert deliver(paypal, event) == 200, "and they do not keep the true one out"
    assert deliver(paypal, {"id": "WH-1"}) == 400, "signed, but not an event"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1/notifications/certs/CERT-fake",
        "{url}@evil.example/v1/notifications/certs/CERT-fake",
        "{url}.evil.example/v1/notifications/certs/CERT-fake",
        "{url}/v1/notifications/certs/CERT-fake?x=1",
        "{url}/v1/notifications/certs/../../fake",
        "{url}/elsewhere/CERT-fake",
        "https{rest}/v1/notifications/certs/CERT-fake",
        "file:///etc/hosts",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(
    approved: Any, paypal: PayPalFake, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = address.format(url=paypal.url, rest=paypal.url.removeprefix("http"))
    event = paypal.state.events[-1]
    called: list[str] = []
    monkeypatch.setattr(
        "chowk_payments.gateways.paypal_certificates.requests.get",
        lambda url, **options: called.append(url),
    )
    assert deliver(paypal, event, certificate=certificate) == 400
    assert (called, stored().exists()) == ([], False)


@pytest.mark.parametrize(
    ("address", "asked"),
    [("https://api.paypal.com", 1), ("https://api.sandbox.paypal.com", 0), ("http://api.paypal.com", 0)],
)
def test_the_live_sites_certificates_come_from_the_live_site(
    running: PayPalFake, monkeypatch: pytest.MonkeyPatch, address: str, asked: int
) -> None:
    called: list[str] = []

    def unreachable(url: str, **options: Any) -> None:
        called.append(url)
        raise requests.ConnectionError

    monkeypatch.setattr("chowk_payments.gateways.paypal_certificates.requests.get", unreachable)
    certificate = f"{address}/v1/notifications/certs/CERT-1"
    body, headers = running.signed({"id": "WH-1"}, ID, at=time.time(), certificate=certificate)
    named = {name.lower(): value for name, value in headers.items()}
    with pytest.raises((InvalidNotice, GatewayUnavailable)):
        PayPalGateway(webhook_id=ID).notice(body=body, headers=named, now=datetime.now(UTC))
    assert len(called) == asked


@pytest.fixture
def signed_by(paypal: PayPalFake, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Let the fake sign with another certificate, whose authority the site trusts or not."""

    def change(signer: Signer, *, trusted: bool) -> None:
        monkeypatch.setattr(paypal, "signer", signer)
        if trusted:
            path = tmp_path / "roots.pem"
            path.write_bytes(signer.roots)
            settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYPAL_ROOTS": str(path)}

    return change


@pytest.mark.parametrize(
    "other",
    [
        {"name": "messageverificationcerts.paypal.com"},
        {"name": "evil.example"},
        {"issued": datetime.now(UTC) - timedelta(days=60)},
        {"issued": datetime.now(UTC) + timedelta(days=1)},
        {},
    ],
    ids=["the live one's", "another name", "over", "not yet", "another authority"],
)
def test_a_certificate_that_is_not_good(
    approved: Any, paypal: PayPalFake, signed_by: Any, other: dict[str, Any]
) -> None:
    """Served by PayPal's own host all the same."""
    signed_by(Signer(**other), trusted=bool(other))
    assert deliver(paypal, paypal.state.events[-1]) == 400
    assert not stored().exists()


def test_a_new_certificate_that_is_good(approved: Any, paypal: PayPalFake, signed_by: Any) -> None:
    signed_by(Signer(), trusted=True)
    assert deliver(paypal, paypal.state.events[-1]) == 200


def test_a_certificate_is_fetched_once_and_not_used_after_its_time(
    approved: Any, paypal: PayPalFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = paypal._server._server.RequestHandlerClass.handle_any  # type: ignore[attr-defined]

    def counted(request: Any) -> None:
        asked.append(request.path)
        answer(request)

    monkeypatch.setattr(paypal._server._server.RequestHandlerClass, "do_GET", counted)
    for event in paypal.state.events * 3:
        assert deliver(paypal, event) == 200
    assert len([path for path in asked if "certs" in path]) == 1
    body, headers = paypal.signed(paypal.state.events[-1], ID, at=time.time() + 40 * 86_400)
    gateway = payments_settings.GATEWAYS["paypal"]
    named = {name.lower(): value for name, value in headers.items()}
    later = datetime.now(UTC) + timedelta(days=40)
    with pytest.raises(InvalidNotice, match="certificate out of date"):
        gateway.notice(body=body, headers=named, now=later)


def test_no_certificate_to_be_had_is_told_so_that_paypal_comes_again(
    approved: Any, paypal: PayPalFake, settings: Any
) -> None:
    with LoopbackServer(lambda call: Answer(503)) as closed:
        settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYPAL_URL": closed.url}
        certificate = f"{closed.url}/v1/notifications/certs/CERT-fake"
        event = paypal.state.events[-1]
        assert deliver(paypal, event, certificate=certificate) >= 500
    assert deliver(paypal, event, certificate=certificate) >= 500
    assert not stored().exists()


def test_one_of_several_webhooks(approved: Any, paypal: PayPalFake, settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "SECRETS": lambda name: f"other, {ID}"}
    assert deliver(paypal, paypal.state.events[-1]) == 200


def test_what_is_not_ours_is_ignored(paypal: PayPalFake) -> None:
    row = paypal.state.new("capture", custom_id="nobody's")
    paypal.state.emit("PAYMENT.CAPTURE.COMPLETED", row, "capture")
    paypal.state.emit("BILLING.PLAN.CREATED", paypal.state.new("plan"), "plan")
    assert [deliver(paypal, event) for event in paypal.state.events] == [200, 200]
    assert services.process_webhooks() == 2
    assert {row.state for row in stored()} == {"ignored"}


@pytest.mark.parametrize(
    ("completed", "type", "expected"),
    [
        (True, "PAYMENT.CAPTURE.COMPLETED", ("captured", 10_000)),
        (False, "PAYMENT.CAPTURE.DENIED", ("failed", 0)),
    ],
)
def test_money_that_comes_after_days(
    waiting: Any, paypal: PayPalFake, completed: bool, type: str, expected: tuple[str, int]
) -> None:
    paypal.approve(waiting.attempts.get().gateway_reference, "echeck")
    assert services.confirm_payment(payment=waiting, payer=waiting.payer).state == "processing"
    assert deliver(paypal, told(paypal, "PAYMENT.CAPTURE.PENDING")) == 200
    services.process_webhooks()
    assert state(waiting) == ("processing", 0)
    paypal.settle(capture_of(paypal), completed=completed)
    assert deliver(paypal, told(paypal, type)) == 200
    services.process_webhooks()
    assert state(waiting) == expected


def test_reserved_and_given_up_there(paypal: PayPalFake, buyer: Any, target: Target) -> None:
    """A site whose attempts reserve first: its authorization, voided in PayPal's own pages."""
    payment = services.pay(payer=buyer, target=target, method="paypal", source=PAGE)
    attempt = payment.attempts.get()
    order = paypal.state.objects[attempt.gateway_reference]
    order["intent"] = "AUTHORIZE"
    paypal.approve(order["id"])
    services.confirm_payment(payment=payment, payer=buyer)
    assert deliver(paypal, told(paypal, "PAYMENT.AUTHORIZATION.CREATED")) == 200
    services.process_webhooks()
    assert state(payment) == ("processing", 0)
    payments_settings.GATEWAYS["paypal"].client.call(
        "payments", "void_payment", authorization_id=paypal.state.all("authorization")[0]["id"]
    )
    assert deliver(paypal, told(paypal, "PAYMENT.AUTHORIZATION.VOIDED")) == 200
    services.process_webhooks()
    assert state(payment) == ("cancelled", 0)


def test_an_uncertain_refund_is_settled(paid: Any, paypal: PayPalFake, after_commit: Any) -> None:
    def refund() -> None:
        services.refund_payment(payment=paid)
        paypal.fail_next = ["", "answer"]

    after_commit(refund)
    assert state(paid)[0] == "refunding"
    assert deliver(paypal, told(paypal, "PAYMENT.CAPTURE.REFUNDED")) == 200
    services.process_webhooks()
    assert state(paid) == ("refunded", 0)
    assert len(paypal.state.all("refund")) == 1


@pytest.mark.parametrize("outcome", ["RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "RESOLVED_BUYER_FAVOUR"])
def test_a_dispute_freezes_the_escrow_until_it_is_decided(
    paid: Any, paypal: PayPalFake, seller: Any, outcome: str
) -> None:
    dispute = paypal.dispute(capture_of(paypal))
    for _repeat in range(2):
        assert deliver(paypal, told(paypal, "CUSTOMER.DISPUTE.CREATED")) == 200
        services.process_webhooks()
    [event] = events("payments.disputed")
    assert (event["payee_id"], event["reason"]) == (str(seller.pk), "merchandise_or_service_not_received")
    assert services.release_escrow(target=paid.target) is None, "it is frozen"
    paypal.resolve(dispute["id"], outcome)
    for _repeat in range(2):
        assert deliver(paypal, told(paypal, "CUSTOMER.DISPUTE.RESOLVED")) == 200
        services.process_webhooks()
    lost = outcome == "RESOLVED_BUYER_FAVOUR"
    assert state(paid) == (("refunded", 0) if lost else ("captured", paid.amount))
    assert bool(services.release_escrow(target=paid.target)) is not lost
    assert len(events("payments.disputed")) == 1
    assert sound()


def test_a_reversal_freezes_the_escrow(paid: Any, paypal: PayPalFake) -> None:
    paypal.reverse(capture_of(paypal))
    assert deliver(paypal, told(paypal, "PAYMENT.CAPTURE.REVERSED")) == 200
    assert services.process_webhooks() == 1
    [event] = events("payments.disputed")
    assert event["reason"] == "reversed"
    assert services.release_escrow(target=paid.target) is None


def test_money_for_what_was_given_up_goes_back(waiting: Any, paypal: PayPalFake) -> None:
    """Captured in PayPal's own pages although it was given up here: it never gets into the ledger."""
    services.cancel_payment(payment=waiting, payer=waiting.payer)
    reference = waiting.attempts.get().gateway_reference
    paypal.approve(reference)
    client = payments_settings.GATEWAYS["paypal"].client
    client.call("orders", "capture_order", id=reference)
    for event in list(paypal.state.events) * 2:
        assert deliver(paypal, event) == 200
    services.process_webhooks()
    assert state(waiting) == ("cancelled", 0)
    [refund] = paypal.state.all("refund")
    assert (refund["amount"]["value"], total()) == ("100.00", 0)


def test_the_fake_delivers_by_itself(approved: Any, paypal: PayPalFake) -> None:
    got: list[Any] = []

    def receive(call: Any) -> Answer:
        got.append(call)
        return Answer(500 if len(got) == 1 else 200, {})

    with LoopbackServer(receive) as server:
        paypal.add_webhook(ID, f"{server.url}/hook")
        services.confirm_payment(payment=approved, payer=approved.payer)
        paypal.deliveries.wait()
        paypal.webhooks.clear()
    assert len(got) == 3, "two events, the first of them twice"
    gateway = payments_settings.GATEWAYS["paypal"]
    names = [gateway.notice(body=call.body, headers=call.headers, now=datetime.now(UTC)).type for call in got]
    assert names == [
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
    ]
