"""The gateway's list against ours: every kind of difference is found, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.conf import payments_settings
from chowk_payments.models import get_gateway_record_model, get_payment_attempt_model
from chowk_payments.services.reconciliation import reconcile
from tests.conftest import DECLINED, card
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


def differences() -> Counter[str]:
    report = reconcile(gateway="dummy", since=timezone.now() - timedelta(days=1))
    return Counter(one.code for one in report.differences)


def charge(buyer: Any, number: str = "4242424242424242") -> Any:
    order = OrderFactory(buyer=buyer)
    payment = services.pay(payer=buyer, target=Target.of(order), method="card", card=card(number))
    return payment.attempts.get()


def test_agrees(buyer: Any, after_commit: Any) -> None:
    charge(buyer, DECLINED)
    part = charge(buyer).payment.parts.get()
    after_commit(lambda: services.refund_part(part=part, amount=3_000))
    report = reconcile(gateway="dummy", since=timezone.now() - timedelta(days=1))
    assert (report.differences, report.theirs) == ([], 2)


def test_every_difference_is_found(buyer: Any) -> None:
    records, attempts = (
        get_gateway_record_model()._default_manager,
        get_payment_attempt_model()._default_manager,
    )
    rows = [charge(buyer) for _each in range(5)]
    records.filter(key=str(rows[0].pk)).update(amount=1)
    records.filter(key=str(rows[1].pk)).update(currency="EUR")
    attempts.filter(pk=rows[2].pk).update(state="failed")
    records.filter(key=str(rows[3].pk)).delete()
    records.filter(key=str(rows[4].pk)).update(key="unknown", reference="elsewhere")
    assert differences() == {"amount": 1, "currency": 1, "status": 1, "missing_there": 2, "missing_here": 1}


def test_a_charge_twice_is_found(buyer: Any, monkeypatch: Any) -> None:
    """A gateway that lists a charge under our key twice."""
    charge(buyer)
    gateway = payments_settings.GATEWAYS["dummy"]
    listed = list(gateway.transactions(since=timezone.now() - timedelta(days=1), until=timezone.now()))
    monkeypatch.setattr(type(gateway), "transactions", lambda self, since, until: iter([*listed, *listed]))
    assert differences() == {"duplicate": 1}


def test_the_command(buyer: Any) -> None:
    row, out = charge(buyer), StringIO()
    call_command("chowk_reconcile", gateway="dummy", json=True, stdout=out)
    assert json.loads(out.getvalue())[0]["agrees"] is True
    get_gateway_record_model()._default_manager.filter(key=str(row.pk)).update(amount=1)
    with pytest.raises(CommandError):
        call_command("chowk_reconcile", gateway="dummy", stdout=out)
    with pytest.raises(CommandError):
        call_command("chowk_reconcile", since="yesterday")
