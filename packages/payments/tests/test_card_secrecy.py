"""A card's number and security code are nowhere: no table, no log line, no answer, no error report."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.views.debug import ExceptionReporter, get_exception_reporter_filter

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from tests.conftest import ANSWER_LOST, CHALLENGED, DECLINED, GOOD, card
from tests.factories import OrderFactory

NUMBERS = (GOOD, DECLINED, CHALLENGED, ANSWER_LOST, "4111111111111111", "4242424242424241")
SECURITY_CODE = "9174"


def shows_the_code(text: str) -> bool:
    """Whether the security code stands in ``text`` as a value, and not within a random id or a time."""
    return re.search(rf"(?<![\w.-]){SECURITY_CODE}(?![\w-])", text) is not None


def everything_stored() -> str:
    """Every value of every row of every table, as text."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model._meta.swapped:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            found += [
                bytes(value).decode("utf-8", "replace")
                if isinstance(value, (bytes, memoryview))
                else str(value)
                for row in cursor.fetchall()
                for value in row
            ]
    return "\n".join(found)


@pytest.mark.django_db(transaction=True)
def test_cards_leave_no_trace(buyer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client()
    client.force_login(buyer)
    answers = []
    for position, number in enumerate(NUMBERS):
        order = OrderFactory(buyer=buyer)
        parts = {"number": number, "expiry_month": 12, "expiry_year": 2050, "security_code": SECURITY_CODE}
        data = {"target": {"type": "shop.order", "id": str(order.pk)}, "method": "card", "card": parts}
        headers = {"Idempotency-Key": f"key-{position}"}
        for _repeat in range(2):
            answers.append(
                client.post("/api/payments/", data, content_type="application/json", headers=headers)
            )
        data = {"amount": "5.00", "card": parts}
        answers.append(client.post("/api/wallets/my_wallet/top-up/", data, content_type="application/json"))
    services.resolve_uncertain_payments()
    assert {answer.status_code for answer in answers} == {201, 400}
    written = everything_stored()
    assert "4242" in written, "the last four digits are kept"
    traces = written + caplog.text + "".join(answer.text for answer in answers)
    for number in NUMBERS:
        assert number not in traces
        assert number[:12] not in traces
    assert not shows_the_code(traces)


@pytest.mark.django_db(transaction=True)
def test_a_crash_report_does_not_show_the_card(
    buyer: Any, monkeypatch: pytest.MonkeyPatch, rf: Any, settings: Any
) -> None:
    """The gateway crashes: the report an admin gets by mail has every frame's variables, and no card."""
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"dummy": "tests.gateways.CrashingGateway"},
    }
    order = OrderFactory(buyer=buyer)
    plastic = card(GOOD, security_code=SECURITY_CODE)
    with pytest.raises(ZeroDivisionError) as crash:
        services.pay(payer=buyer, target=Target.of(order), method="card", card=plastic)
    request = rf.post("/")
    request.exception_reporter_filter = get_exception_reporter_filter(request)
    report = ExceptionReporter(request, crash.type, crash.value, crash.tb)
    text = report.get_traceback_html() + report.get_traceback_text()
    assert "CrashingGateway" in text
    assert GOOD not in text
    assert not shows_the_code(text)


def test_a_cards_repr_and_errors_say_nothing() -> None:
    plastic = card("4242424242424241", security_code="9174")
    with pytest.raises(DomainError) as refusal:
        plastic.validate()
    assert "424242" not in f"{plastic!r}{plastic}{refusal.value!r}{refusal.value}"
