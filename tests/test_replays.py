"""Every unsafe endpoint that touches goods, orders, auctions or money, sent again and again with one key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils import timezone
from replays import bidding, keeping, paying, shopping  # noqa: F401 - they fill the table
from replays.makers import first_customers
from replays.table import ELSEWHERE, TABLE, Scene, endpoints

from chowk_core.models import IdempotencyKey, LoggedEvent
from chowk_core.relay import relay
from chowk_marketplace.models import get_cart_model

TIMES, AT_ONCE = 50, 10
KEEPING = keeping.__name__
"""Its endpoints have nothing to do with goods, orders, auctions or money: not for the crowd."""
OWN = ("chowk_marketplace", "chowk_auctions", "chowk_payments", "shop")
FIGURES = {
    "chowk_marketplace.stock": ("on_hand", "held", "allocated"),
    "chowk_marketplace.cartitem": ("quantity",),
    "chowk_marketplace.orderline": ("quantity",),
    "chowk_payments.balance": ("debits_posted", "credits_posted", "debits_pending", "credits_pending"),
    "chowk_payments.transfer": ("amount",),
    "chowk_payments.discount": ("used",),
    "chowk_auctions.auction": ("bid_count", "sale_number", "price"),
}
"""What may change without a new row."""


@pytest.fixture(scope="module", autouse=True)
def _database(database: str) -> Iterator[None]:
    """One database for all rows of the table: they have nothing to do with each other. Bank transfers are
    taken too, and nobody takes a slow machine's request for one whose process died."""
    with override_settings(
        CHOWK_PAYMENTS={**settings.CHOWK_PAYMENTS, "METHODS": {"bank_transfer": "manual"}},
        CHOWK_CORE={**settings.CHOWK_CORE, "IDEMPOTENCY_LEASE": timedelta(minutes=10)},
    ):
        first_customers()
        yield


def effects() -> dict[str, int]:
    """How much there is of everything: rows of every table, sums of what is counted, events, mails."""
    columns = [("events", LoggedEvent, "count(*)")]
    for label in OWN:
        columns += [
            (model._meta.label_lower, model, "count(*)") for model in apps.get_app_config(label).get_models()
        ]
    for name, fields in FIGURES.items():
        columns += [(f"{name}.{field}", apps.get_model(name), f"sum({field})") for field in fields]
    # Asked one by one they take longer than what is tried.
    wanted = (f"(SELECT {figure} FROM {model._meta.db_table})" for _name, model, figure in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(wanted)}")
        figures = [int(figure or 0) for figure in cursor.fetchone()]
    names = [name for name, _model, _figure in columns]
    return {**dict(zip(names, figures, strict=True)), "mails": len(getattr(mail, "outbox", ()))}


def effects_of(act: Callable[[], Any]) -> tuple[dict[str, int], Any]:
    """What ``act`` changed once all that follows from it is done, and its answer."""
    settle()
    before = effects()
    answer = act()
    settle()
    return {name: count - before[name] for name, count in effects().items() if count != before[name]}, answer


def alone(endpoint: str) -> tuple[dict[str, int], Any]:
    """What one request changes, and its answer."""
    scene = TABLE[endpoint]()
    change, answer = effects_of(lambda: scene.send("alone"))
    assert answer.status_code < 300, answer.content
    return change, answer


def settle() -> None:
    """Run every delivery that is left over."""
    assert relay(now=timezone.now() + timedelta(hours=1)).failed == 0


def patiently(scene: Scene, key: str) -> tuple[int, bytes]:
    """The answer; while the first request with the key runs (409), ask again."""
    while True:
        answer = scene.send(key)
        if answer.status_code != 409 or b"idempotency_key_in_progress" not in answer.content:
            return answer.status_code, answer.content
        assert int(answer.headers["Retry-After"]) > 0
        time.sleep(0.02)


def test_every_endpoint_has_a_row() -> None:
    """A new one fails here until it has a scene, or a reason why not."""
    assert endpoints() == set(TABLE) | set(ELSEWHERE)
    assert not set(TABLE) & set(ELSEWHERE)


@pytest.mark.parametrize("endpoint", TABLE)
def test_sent_twice_it_has_one_effect(endpoint: str) -> None:
    """The second answer is the first one, and says so; with another body it is refused."""
    once, first = alone(endpoint)
    scene = TABLE[endpoint]()
    change, answers = effects_of(lambda: [scene.send("twice") for _each in range(2)])
    assert {answer.status_code for answer in answers} == {first.status_code}
    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert change == once
    nothing, other = effects_of(lambda: scene.send("twice", surprise="yes"))
    assert (other.status_code, nothing) == (422, {})


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", [name for name, maker in TABLE.items() if maker.__module__ != KEEPING])
def test_sent_fifty_times_at_once_it_has_one_effect(endpoint: str) -> None:
    once, first = alone(endpoint)
    scene, together = TABLE[endpoint](), Barrier(AT_ONCE)

    def send(number: int) -> tuple[int, bytes]:
        if number < AT_ONCE:
            together.wait(60)
        try:
            return patiently(scene, "fifty")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        change, answers = effects_of(lambda: list(pool.map(send, range(TIMES))))
    assert len(answers) == TIMES
    assert {status for status, _content in answers} == {first.status_code}
    assert len({content for _status, content in answers}) == 1
    assert change == once


@pytest.mark.postgres
def test_while_the_first_runs_another_is_told_to_ask_again() -> None:
    """The first waits for somebody who has the cart; meanwhile its key is taken, for the same request too."""
    scene = TABLE["CheckoutViewSet.place"]()

    def send() -> tuple[int, bytes]:
        try:
            return patiently(scene, "slow")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            get_cart_model()._default_manager.select_for_update().get(user=scene.user)
            first = pool.submit(send)
            while not IdempotencyKey.objects.filter(key="slow", state="running").exists():
                assert not first.done()
            second, other = scene.send("slow"), scene.send("slow", total=None)
        status, content = first.result(120)
    assert (second.status_code, second.json()["errors"][0]["code"]) == (409, "idempotency_key_in_progress")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "idempotency_key_reused")
    assert (status, content) == (201, scene.send("slow").content)
