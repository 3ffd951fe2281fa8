"""A row of each model, written and read back through the getters: what the swap matrix runs on every site."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from chowk_core.targets import Target
from chowk_payments import selectors, services
from chowk_payments.abstract_models import AccountKind
from chowk_payments.gateways.base import Card
from chowk_payments.models import (
    get_connected_account_model,
    get_hold_model,
    get_payment_attempt_model,
    get_payment_model,
    get_webhook_event_model,
)
from chowk_payments.services.audit import check_ledger


def round_trip() -> None:
    """Top up, pay nothing, hold, post and check: every model gets rows, and the ledger is sound."""
    user = get_user_model()._default_manager.create(username="round", email="round@example.com")
    plastic = Card(number="4242424242424242", expiry_month=12, expiry_year=2050, security_code="123")
    payment = services.top_up(payer=user, amount=5000, currency="USD", card=plastic)
    payment = get_payment_model()._default_manager.get(pk=payment.pk)
    wallet = services.wallet_of(user, "USD")
    assert (payment.state, payment.target) == ("captured", Target.of(wallet))
    attempt = get_payment_attempt_model()._default_manager.get(payment=payment)
    assert (attempt.state, attempt.card_last_four) == ("succeeded", "4242")
    outside = services.get_or_open(kind=AccountKind.EXTERNAL, currency="USD", name="round trip")
    held = services.hold(debit=wallet, credit=outside, amount=700, code="test")
    transfer = services.post_hold(hold=held, amount=300)
    assert get_hold_model()._default_manager.get(transfers=transfer).state == "partly_posted"
    assert wallet.balance.available == 4700
    assert check_ledger().sound
    remote_gateways(user)


def remote_gateways(user: Any) -> None:
    """What only remote gateways bring about."""
    accounts = get_connected_account_model()._default_manager
    accounts.create(user=user, gateway="stripe", country="PK", reference="acct_1", payouts_enabled=True)
    assert selectors.payout_destination(user, "stripe") == "acct_1"
    events = get_webhook_event_model()._default_manager
    events.create(
        gateway="dummy", event_id="evt_1", type="test", body="{}", happened_at=timezone.now(), about={}
    )
    assert services.process_webhooks() == 1
    assert events.get(event_id="evt_1").state == "ignored"
