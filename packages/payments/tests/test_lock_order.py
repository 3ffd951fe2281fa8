"""Locks are taken in one order, also by what does several things in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.balances import lock_balances
from chowk_payments.legs import Delta
from chowk_payments.models import get_payment_part_model
from chowk_payments.services.refunds import charge_back
from tests.conftest import REFUND_DECLINED, card
from tests.factories import WalletFactory
from tests.ledger import money, sound

pytestmark = pytest.mark.django_db(transaction=True)


def beside(lock: Callable[[], Any], work: Callable[[], Any], then: Callable[[], Any]) -> list[str]:
    """Take ``lock``; ``work`` in another thread until it waits for that; ``then`` take more. Answers what
    went wrong on either side."""
    problems: list[str] = []

    def other() -> None:
        try:
            work()
        except Exception as error:
            problems.append(f"work: {error!r}")
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    try:
        with transaction.atomic():
            lock()
            thread.start()
            wait_for_waiting()
            then()
    except Exception as error:
        problems.append(f"then: {error!r}")
    thread.join()
    return problems


def wait_for_waiting() -> None:
    """Until somebody waits for this transaction. On SQLite whoever wants to write does from the beginning."""
    deadline = time.monotonic() + 10
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.05)


def test_a_purchase_of_who_owes(buyer: Any, order: Any) -> None:
    """Beside anything that takes from escrow and gives to the buyer's wallet, such as a refund."""
    escrow, wallet = (
        services.get_or_open(kind="escrow", currency="USD"),
        WalletFactory(owner=buyer, funds=10_500),
    )
    owed = services.get_or_open(kind="receivable", currency="USD", owner=buyer)
    services.transfer(legs=[services.Leg(debit=owed, credit=escrow, amount=500, code="debt")])
    assert escrow.pk < wallet.pk
    problems = beside(
        lambda: lock_balances({escrow.pk: Delta()}),
        lambda: services.pay(payer=buyer, target=Target.of(order), method="wallet"),
        lambda: lock_balances({wallet.pk: Delta()}),
    )
    assert (problems, money("wallet", owner=buyer), money("receivable", owner=buyer)) == ([], 0, 0)


def test_a_chargeback_over_a_failed_refund(buyer: Any, seller: Any, order: Any) -> None:
    """Beside a dispute about a top-up of the seller's, which locks what is disputed and then the wallet."""
    disputed, wallet = (
        services.get_or_open(kind="disputed", currency="USD"),
        services.wallet_of(seller, "USD"),
    )
    assert disputed.pk < wallet.pk
    services.pay(payer=buyer, target=Target.of(order), method="card", card=card(REFUND_DECLINED))
    services.release_escrow(target=Target.of(order))
    part = get_payment_part_model()._default_manager.get()
    services.refund_part(part=part)
    assert (part.refunds.get().state, money("escrow")) == ("failed", 10_000)
    problems = beside(
        lambda: lock_balances({disputed.pk: Delta()}),
        lambda: charge_back(part=part, amount=10_000, reference="the bank's"),
        lambda: lock_balances({wallet.pk: Delta()}),
    )
    assert problems == []
    assert (money("disputed"), money("escrow"), money("wallet", owner=seller)) == (10_000, 0, 0)
    assert sound()
