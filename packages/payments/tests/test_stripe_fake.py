"""The fake of Stripe keeps Stripe's promises, as its official client sees them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from chowk_payments.testing.http import Answer, Call, LoopbackServer
from chowk_payments.testing.stripe_fake import StripeFake, signed


@pytest.fixture(scope="module")
def running() -> Iterator[StripeFake]:
    with StripeFake() as fake:
        yield fake


@pytest.fixture
def fake(running: StripeFake) -> StripeFake:
    running.reset()
    return running


@pytest.fixture
def client(fake: StripeFake) -> Any:
    address = {"api": fake.url}
    return stripe.StripeClient("sk_test_x", base_addresses=address, max_network_retries=0).v1


def pay(client: Any, method: str = "pm_card_visa", **params: Any) -> Any:
    params = {"amount": 1000, "currency": "usd", "payment_method": method, "confirm": True, **params}
    return client.payment_intents.create(params=params)


def test_a_key_replays_and_refuses_another_body(client: Any) -> None:
    facts = {"amount": 1000, "currency": "usd", "metadata": {"order": "1"}}
    first = client.payment_intents.create(params=facts, options={"idempotency_key": "a"})
    again = client.payment_intents.create(params=facts, options={"idempotency_key": "a"})
    assert (again.id, again.last_response.headers["Idempotent-Replayed"]) == (first.id, "true")
    with pytest.raises(stripe.IdempotencyError):
        client.payment_intents.create(params={**facts, "amount": 1}, options={"idempotency_key": "a"})


def test_a_refusal_is_replayed_too(client: Any, fake: StripeFake) -> None:
    facts = {"amount": 100, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True}
    for _repeat in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            client.payment_intents.create(params=facts, options={"idempotency_key": "a"})
        assert (refusal.value.code, refusal.value.error.decline_code) == ("card_declined", "generic_decline")
    assert len(fake.state.all("charge")) == 1


def test_who_may_ask(fake: StripeFake) -> None:
    stranger = stripe.StripeClient("nonsense", base_addresses={"api": fake.url})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.balance.retrieve()


def test_capture_and_refunds_have_caps(client: Any) -> None:
    held = pay(client, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.capture(held.id, params={"amount_to_capture": 1001})
    taken = client.payment_intents.capture(held.id, params={"amount_to_capture": 600})
    assert (taken.status, taken.amount_received) == ("succeeded", 600)
    client.refunds.create(params={"payment_intent": held.id, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError):
        client.refunds.create(params={"payment_intent": held.id, "amount": 201})
    client.refunds.create(params={"payment_intent": held.id})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.refunds.create(params={"payment_intent": held.id})
    assert refusal.value.code == "charge_already_refunded"


def test_pages_filters_and_expansion(client: Any) -> None:
    made = [pay(client).id for _number in range(5)]
    client.customers.create(params={"email": "a@example.com"})
    found = client.payment_intents.list(params={"limit": 2})
    assert ([row.id for row in found.data], found.has_more) == (made[:-3:-1], True)
    assert [row.id for row in found.auto_paging_iter()] == made[::-1]
    one = client.payment_intents.retrieve(made[0], params={"expand": ["latest_charge.balance_transaction"]})
    assert one.latest_charge.balance_transaction.amount == 1000
    assert not client.charges.list(params={"created": {"gte": int(time.time()) + 60}}).data
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.retrieve(made[0], params={"expand": ["nothing"]})


def test_a_sellers_account(client: Any, fake: StripeFake) -> None:
    account = client.accounts.create(
        params={"type": "express", "capabilities": {"transfers": {"requested": True}}}
    )
    fake.identify(account.id)
    transfer = client.transfers.create(params={"amount": 980, "currency": "usd", "destination": account.id})
    back = client.transfers.reversals.create(transfer.id, params={"amount": 80})
    assert client.transfers.retrieve(transfer.id).amount_reversed == back.amount == 80
    with pytest.raises(stripe.InvalidRequestError):
        client.transfers.reversals.create(transfer.id, params={"amount": 901})
    mine = {"stripe_account": account.id}
    payout = client.payouts.create(params={"amount": 900, "currency": "usd"}, options=mine)
    assert [event["account"] for event in fake.state.events if event["type"] == "payout.created"] == [
        account.id
    ]
    fake.finish_payouts()
    assert client.payouts.retrieve(payout.id, options=mine).status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        client.payouts.create(params={"amount": 1, "currency": "usd"}, options={"stripe_account": "acct_no"})


def test_a_dispute_is_won_or_lost(client: Any) -> None:
    for text, outcome in (("winning_evidence", "won"), ("losing_evidence", "lost")):
        paid = pay(client, "pm_card_createDispute")
        [dispute] = client.disputes.list(params={"payment_intent": paid.id}).data
        assert dispute.status == "needs_response"
        evidence = {"evidence": {"uncategorized_text": text}}
        assert client.disputes.update(dispute.id, params=evidence).status == outcome


class Receiver:
    """A webhook that refuses each event once."""

    def __init__(self, times: int) -> None:
        self.seen: list[Call] = []
        self.taken: list[str] = []
        self.done = threading.Event()
        self.times = times

    def __call__(self, call: Call) -> Answer:
        event = stripe.Webhook.construct_event(call.body, call.headers["stripe-signature"], self.secret)
        self.seen.append(call)
        if [one.body for one in self.seen].count(call.body) == 1:
            return Answer(500, {})
        self.taken.append(event.id)
        if len(self.taken) == self.times:
            self.done.set()
        return Answer(200, {})

    secret = ""


def test_webhooks_are_signed_tried_again_and_shuffled(client: Any, fake: StripeFake) -> None:
    receiver = Receiver(times=3)
    with LoopbackServer(receiver) as server:
        endpoint = client.webhook_endpoints.create(
            params={"url": f"{server.url}/hook", "enabled_events": ["customer.created"]}
        )
        receiver.secret = endpoint.secret
        fake.deliveries.hold()
        made = [client.customers.create().id for _number in range(3)]
        pay(client)
        fake.deliveries.release(shuffled=random.Random(4))
        assert receiver.done.wait(120)
    client.webhook_endpoints.delete(endpoint.id)
    events = {event["id"]: event["data"]["object"]["id"] for event in fake.state.events}
    assert sorted(events[one] for one in receiver.taken) == sorted(made)
    assert [events[one] for one in receiver.taken] != made


def test_the_official_check_accepts_the_signature_and_nothing_else(fake: StripeFake, client: Any) -> None:
    client.customers.create()
    body, headers = signed(fake.state.events[-1], "whsec_a")
    signature = headers["Stripe-Signature"]
    assert stripe.Webhook.construct_event(body, signature, "whsec_a").type == "customer.created"
    for wrong in ((body + b" ", signature, "whsec_a"), (body, signature, "whsec_b")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*wrong)
