"""2,000 webhooks in disorder: 30 % doubled, shuffled, 5 % tampered, old or from the future."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import Token
from chowk_payments.models import get_payment_model, get_webhook_event_model
from chowk_payments.services.audit import check_ledger
from chowk_payments.testing.stripe_fake import StripeFake, signed
from tests.conftest import events
from tests.factories import OrderFactory, UserFactory
from tests.ledger import money, total

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PAYMENTS = 370
TOLD = 2_000
WORKERS = 8
BANK = "https://shop.example/back"
OUTCOMES = {"approve": "captured", "decline": "failed", "leave": "requires_action"}


def in_threads(work: Any, items: Any) -> list[Any]:
    """``work`` on each of ``items``, by a few threads that leave no connection behind."""

    together = Barrier(WORKERS)  # so that each thread gets one of the calls

    def close(_number: int) -> None:
        together.wait(60)
        connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(work, items))
        list(pool.map(close, range(WORKERS)))
        return found


def bad(event: Any, kind: str) -> tuple[bytes, str]:
    """The event as somebody else, or at another time, would send it."""
    shift = {"old": -3600, "future": 3600}.get(kind, 0)
    body, headers = signed(event, "whsec_x", time.time() + shift)
    if kind == "tampered":
        body = body.replace(b'"livemode":false', b'"livemode":true')
    return body, headers["Stripe-Signature"]


def good(event: Any) -> tuple[bytes, str]:
    body, headers = signed(event, "whsec_x")
    return body, headers["Stripe-Signature"]


def call(made: tuple[Any, str]) -> int:
    """Sign the event and send it: at once, for a signature is good for minutes."""
    event, kind = made
    body, signature = bad(event, kind) if kind else good(event)
    answer = Client().post(
        "/api/payments/webhooks/stripe/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    return answer.status_code


def test_the_state_is_as_if_they_came_in_order(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20)
    with StripeFake() as stripe:
        settings.CHOWK_PAYMENTS = {
            **settings.CHOWK_PAYMENTS,
            "GATEWAYS": {"stripe": "chowk_payments.gateways.stripe.StripeGateway"},
            "CARD_GATEWAY": "stripe",
            "SECRETS": "tests.gateways.every_secret",
            "STRIPE_URL": stripe.url,
        }
        buyer, seller = UserFactory(), UserFactory()
        orders = [OrderFactory(buyer=buyer, seller=seller, total=100 + number) for number in range(PAYMENTS)]
        source = Token(id="pm_card_threeDSecure2Required", return_url=BANK)

        def pay(order: Any) -> Any:
            return services.pay(payer=buyer, target=Target.of(order), method="card", source=source)

        payments = in_threads(pay, orders)
        expected = {}
        for payment in payments:
            answer = chance.choices(["approve", "decline", "leave"], [6, 3, 1])[0]
            expected[str(payment.pk)] = OUTCOMES[answer]
            if answer != "leave":
                reference = payment.attempts.get().gateway_reference
                stripe.authenticate(reference, approve=answer == "approve")
        calls, unique = deliveries(stripe.state.events, chance)
        started = time.monotonic()
        answers = Counter(in_threads(call, calls))
        acknowledged = time.monotonic() - started
        rows = get_webhook_event_model()._default_manager
        assert answers == {200: len(calls) - TOLD // 20, 400: TOLD // 20}
        assert rows.count() == unique, "each event is stored once, and none of the bad"
        while sum(in_threads(lambda _number: services.process_webhooks(), range(2))):
            pass
    assert set(rows.values_list("state", flat=True)) == {"done"}
    states = dict(get_payment_model()._default_manager.values_list("pk", "state"))
    assert {str(key): state for key, state in states.items()} == expected
    captured = sum(payment.amount for payment in payments if expected[str(payment.pk)] == "captured")
    assert (money("escrow"), money("clearing", name="stripe"), total()) == (captured, -captured, 0)
    told = Counter(event["payment_id"] for event in events("payments.captured"))
    assert told == {key: 1 for key, state in expected.items() if state == "captured"}
    assert check_ledger().sound
    with capsys.disabled():
        each = 1000 * acknowledged * WORKERS / len(calls)
        counts = ", ".join(f"{count} {state}" for state, count in Counter(expected.values()).items())
        sys.stdout.write(f"\n{len(calls)} webhooks, {unique} events: {counts}; {each:.0f} ms each\n")


def deliveries(told: list[Any], chance: random.Random) -> tuple[list[tuple[Any, str]], int]:
    """2,000 calls: of these 5 % bad, the rest the events, 30 % of all calls repetitions; shuffled. Each is an
    event and what is wrong with it."""
    worse = TOLD // 20
    fresh = told[: round(TOLD * 0.65)]
    doubled = chance.choices(fresh, k=TOLD - worse - len(fresh))
    kinds = ("tampered", "old", "future")
    calls = [(event, "") for event in [*fresh, *doubled]]
    calls += [(chance.choice(told), kinds[number % 3]) for number in range(worse)]
    # What the 2,000 leave out comes too, or there would be nothing to compare with.
    calls += [(event, "") for event in told[len(fresh) :]]
    chance.shuffle(calls)
    return calls, len(told)
