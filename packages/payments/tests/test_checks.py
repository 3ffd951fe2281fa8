from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings

from chowk_payments import immutability

STRIPE = {
    "GATEWAYS": {"stripe": "chowk_payments.gateways.stripe.StripeGateway"},
    "CARD_GATEWAY": "stripe",
}

PAYPAL = {
    "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway"},
    "METHODS": {"paypal": "paypal"},
}


def found(*, deploy: bool = False, **settings: Any) -> list[str]:
    """Ids of our messages under these settings."""
    with override_settings(CHOWK_PAYMENTS=settings):
        messages = run_checks(include_deployment_checks=deploy)
    return [str(message.id) for message in messages if str(message.id).startswith("chowk_payments")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"CARD_GATEWAY": "stripe"}, ["chowk_payments.E001"]),
        ({"GATEWAYS": {"dummy": None}}, ["chowk_payments.E001"]),
        ({"GATEWAYS": {"odd": "chowk_payments.policies.PercentFee"}}, ["chowk_payments.E002"]),
        ({"METHODS": {"cash": "manual"}}, []),
        ({"METHODS": {"paypal": "paypal"}}, ["chowk_payments.E004"]),
        (STRIPE, ["chowk_payments.E006"]),
        ({**STRIPE, "SECRETS": "tests.gateways.every_secret"}, []),
        ({**STRIPE, "CARD_GATEWAY": "dummy"}, []),
        (PAYPAL, ["chowk_payments.E006"]),
        ({**PAYPAL, "SECRETS": "tests.gateways.every_secret"}, []),
        ({**PAYPAL, "METHODS": {}}, []),
        ({"PAYABLES": {"shop.order": "tests.shop.policies.charge_for_order"}}, []),
        ({"PAYABLES": {"shop.Order": "tests.shop.policies.charge_for_order"}}, ["chowk_payments.E003"]),
        ({"PAYABLES": {"no.such": "tests.shop.policies.charge_for_order"}}, ["chowk_payments.E003"]),
    ],
)
def test_settings(settings: dict[str, Any], expected: list[str]) -> None:
    assert found(**settings) == expected


def test_a_gateway_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for gateway in (STRIPE, PAYPAL):
        assert found(**gateway, SECRETS="tests.gateways.every_secret") == ["chowk_payments.E005"]


def test_a_missing_secret_is_named_and_no_other_is_shown() -> None:
    with override_settings(CHOWK_PAYMENTS={**STRIPE, "SECRETS": "tests.gateways.one_secret"}):
        [message] = [one for one in run_checks() if one.id == "chowk_payments.E006"]
    assert "STRIPE_WEBHOOK_SECRET" in message.msg
    assert "sk_test" not in f"{message}{message.hint}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"DEFAULT_CURRENCY": "DOLLAR"},
        {"CURRENCIES": ["USD", "ZZZ"]},
        {"FEE_PERCENT": 2},
        {"PAYPAL_URL": "api-m.paypal.com"},
        {"PAYPAL_URL": "http://api-m.paypal.com"},
    ],
)
def test_values_are_told_of_by_core(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with override_settings(CHOWK_PAYMENTS=wrong):
        assert any(name in message.msg for message in run_checks())


def test_the_dummy_gateway_is_not_for_deployment() -> None:
    assert found(deploy=True) == ["chowk_payments.W001"]


@pytest.mark.django_db
def test_missing_guards_are_found() -> None:
    tables = [table for table in immutability.guarded_tables() if immutability.installed(table)]
    for table in tables:
        immutability.remove(connection.schema_editor(), table)
    messages = [
        message for message in run_checks(databases=["default"]) if message.id == "chowk_payments.W002"
    ]
    assert len(messages) == 3
