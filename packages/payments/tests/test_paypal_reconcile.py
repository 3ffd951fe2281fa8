"""PayPal's list of transactions against ours: in pages, in months, hours late."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.conf import payments_settings
from chowk_payments.gateways import paypal_lists
from chowk_payments.gateways.base import EntryKind, Redirect, Status
from chowk_payments.models import get_payment_attempt_model
from chowk_payments.services.reconciliation import reconcile
from chowk_payments.testing.paypal_fake import PayPalFake
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db

PAGE = Redirect(return_url="https://shop.example/back")
AGO = timedelta(hours=5)
"""Long enough for PayPal to have listed it."""


@pytest.fixture(scope="module")
def running() -> Iterator[PayPalFake]:
    with PayPalFake() as fake:
        yield fake


@pytest.fixture
def paypal(running: PayPalFake, settings: Any) -> PayPalFake:
    running.reset()
    running.state.clock = lambda: time.time() - AGO.total_seconds()
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway", "dummy": None},
        "CARD_GATEWAY": "paypal",
        "METHODS": {"paypal": "paypal"},
        "SECRETS": "tests.gateways.every_secret",
        "PAYPAL_URL": running.url,
    }
    return running


def pay(fake: PayPalFake, buyer: Any, funding: str = "balance") -> Any:
    order = OrderFactory(buyer=buyer)
    payment = services.pay(payer=buyer, target=Target.of(order), method="paypal", source=PAGE)
    fake.approve(payment.attempts.get().gateway_reference, funding)
    return services.confirm_payment(payment=payment, payer=buyer)


def long_ago() -> None:
    """What happened just now, happened ``AGO``, here as there."""
    get_payment_attempt_model()._default_manager.update(created_at=timezone.now() - AGO)


def report() -> Any:
    return reconcile(gateway="paypal", since=timezone.now() - timedelta(days=1))


def codes() -> list[tuple[str, str]]:
    return sorted((one.code, one.kind) for one in report().differences)


def test_it_agrees(paypal: PayPalFake, buyer: Any, after_commit: Any) -> None:
    part = pay(paypal, buyer).parts.get()
    pay(paypal, buyer, "declined")
    pay(paypal, buyer, "echeck")
    after_commit(lambda: services.refund_part(part=part, amount=4_000))
    long_ago()
    assert codes() == []
    assert report().theirs == 3


def test_every_difference_is_found(paypal: PayPalFake, buyer: Any) -> None:
    payments = [pay(paypal, buyer) for _each in range(5)]
    captures = {row["custom_id"]: row for row in paypal.state.all("capture")}
    rows = [captures[str(payment.attempts.get().pk)] for payment in payments]
    rows[0]["amount"]["value"] = "99.99"
    rows[1]["amount"]["currency_code"] = "EUR"
    payments[2].attempts.update(state="failed")
    del paypal.state.objects[rows[3]["id"]]
    paypal.reverse(rows[4]["id"])
    long_ago()
    assert codes() == [
        ("amount", "charge"),
        ("currency", "charge"),
        ("missing_here", "refund"),
        ("missing_there", "charge"),
        ("status", "charge"),
    ]


def test_what_paypal_may_not_have_listed_yet_is_left_for_later(paypal: PayPalFake, buyer: Any) -> None:
    pay(paypal, buyer)
    [row] = paypal.state.all("capture")
    del paypal.state.objects[row["id"]]
    assert codes() == []
    long_ago()
    assert codes() == [("missing_there", "charge")]


def test_pages_and_months(paypal: PayPalFake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paypal_lists, "PAGE", 2)
    now, facts = timezone.now(), {"_code": "T1107", "status": "COMPLETED"}
    for days in (1, 2, 3, 40, 41, 80):
        paypal.state.clock = lambda days=days: (now - timedelta(days=days)).timestamp()
        amount = {"currency_code": "USD", "value": f"{days}.00"}
        paypal.state.new("refund", amount=amount, custom_id=f"r{days}", **facts)
    gateway: Any = payments_settings.GATEWAYS["paypal"]
    listed = list(gateway.transactions(since=now - timedelta(days=75), until=now))
    assert sorted(row.amount for row in listed) == [100, 200, 300, 4_000, 4_100]
    assert {(row.kind, row.status) for row in listed} == {(EntryKind.REFUND, Status.SUCCEEDED)}
    assert len(paypal.calls) == 4, "of three searches, one has two pages"


def test_the_command(paypal: PayPalFake, buyer: Any) -> None:
    pay(paypal, buyer)
    long_ago()
    out = StringIO()
    call_command("chowk_reconcile", gateway="paypal", json=True, stdout=out)
    [found] = json.loads(out.getvalue())
    assert (found["agrees"], found["ours"], found["theirs"]) == (True, 1, 1)
    paypal.state.all("capture")[0]["amount"]["value"] = "1.00"
    with pytest.raises(CommandError):
        call_command("chowk_reconcile", gateway="paypal", stdout=out)
    assert "amount: charge" in out.getvalue()
