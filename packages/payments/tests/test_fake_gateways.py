"""``manage.py chowk_fake_gateways`` runs the fakes and says how to use them."""

from __future__ import annotations

import io
import threading

import pytest
from django.core.management import call_command

from chowk_payments.management.commands import chowk_fake_gateways


def test_it_prints_the_settings() -> None:
    stop, out = threading.Event(), io.StringIO()
    stop.set()
    call_command("chowk_fake_gateways", "--port", "0", "--paypal-port", "0", stdout=out, stop=stop)
    text = out.getvalue()
    assert "STRIPE_WEBHOOK_SECRET=whsec_fake" in text
    assert "http://127.0.0.1:8000/api/payments/webhooks/stripe/" in text
    assert "PAYPAL_WEBHOOK_ID=WH-FAKE" in text
    assert '"PAYPAL_URL": "http://127.0.0.1:' in text


def test_without_a_certificate_there_is_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chowk_fake_gateways, "PayPalFake", None)
    stop, out = threading.Event(), io.StringIO()
    stop.set()
    call_command("chowk_fake_gateways", "--port", "0", stdout=out, stop=stop)
    assert "chowk-payments[paypal]" in out.getvalue()
