"""The admin shows everything, changes nothing, and refunds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chowk_core.relay import relay
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import (
    get_account_model,
    get_hold_model,
    get_invoice_model,
    get_payment_model,
    get_transfer_model,
)
from tests.conftest import card
from tests.factories import UserFactory, WalletFactory
from tests.ledger import money

pytestmark = pytest.mark.django_db

GETTERS = (get_account_model, get_transfer_model, get_hold_model, get_payment_model)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def paid(buyer: Any, target: Target) -> Any:
    payment = services.pay(payer=buyer, target=target, method="card", card=card())
    purse = WalletFactory(funds=100)
    services.hold(debit=purse, credit=services.wallet_of(buyer, "USD"), amount=10, code="test")
    return payment


def url(model: Any, view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


@pytest.mark.parametrize("getter", GETTERS)
def test_reads_and_refuses(staff: Client, paid: Any, getter: Any) -> None:
    model = getter()
    row = model._default_manager.first()
    listed = staff.get(url(model, "changelist"), {"q": "x"})
    assert listed.status_code == 200
    assert staff.get(url(model, "changelist")).status_code == 200
    assert staff.get(url(model, "change", row.pk)).status_code == 200
    assert staff.post(url(model, "change", row.pk), {"amount": 1}).status_code == 403
    assert staff.get(url(model, "add")).status_code == 403
    assert staff.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_refund(staff: Client, paid: Any, after_commit: Any) -> None:
    data = {"action": "refund", "_selected_action": [str(paid.pk)]}
    address = url(get_payment_model(), "changelist")
    after_commit(lambda: staff.post(address, data))
    paid.refresh_from_db()
    assert (paid.state, money("escrow")) == ("refunded", 0)


def test_refund_of_what_was_released(staff: Client, paid: Any, after_commit: Any) -> None:
    services.release_escrow(target=paid.target)
    data = {"action": "refund", "_selected_action": [str(paid.pk)]}
    after_commit(lambda: staff.post(url(get_payment_model(), "changelist"), data))
    paid.refresh_from_db()
    assert (paid.state, money("revenue"), money("escrow")) == ("refunded", 0, 0)


def test_refund_of_what_was_not_paid_says_so(staff: Client, paid: Any) -> None:
    get_payment_model()._default_manager.update(state="failed")
    data = {"action": "refund", "_selected_action": [str(paid.pk)]}
    answer = staff.post(url(get_payment_model(), "changelist"), data, follow=True)
    assert "not possible" in answer.text


def test_invoices_are_listed_as_money(staff: Client, paid: Any) -> None:
    relay()
    listed = staff.get(url(get_invoice_model(), "changelist")).text
    assert "100.00 USD" in listed
    assert "10000" not in listed
