"""The ledger under a crowd: many threads, in processes killed at random moments and replaced."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_payments import services
from chowk_payments.abstract_models import AccountKind
from chowk_payments.models import get_account_model, get_balance_model, get_transfer_model
from chowk_payments.services.audit import check_ledger
from tests.factories import UserFactory, WalletFactory
from tests.operations import Player

ROOT = Path(__file__).parent.parent


@dataclass
class Crowd:
    """Keeps ``processes`` running, kills ``kills`` of them along the way, until ``operations`` are done."""

    processes: int
    threads: int
    operations: int
    kills: int
    seed: int = 1
    answers: Counter[str] = field(default_factory=Counter)
    killed: int = 0

    def run(self) -> None:
        share = -(-self.operations // self.processes)
        keepers = [
            threading.Thread(target=self._keep, args=(number, share)) for number in range(self.processes)
        ]
        for keeper in keepers:
            keeper.start()
        for keeper in keepers:
            keeper.join()

    def _keep(self, number: int, share: int) -> None:
        """Play ``share`` operations in one process after another; each but the last is killed."""
        chance = random.Random(f"{self.seed}-{number}")
        kills, life = self.kills // self.processes, 0
        while share > 0:
            life += 1
            target = chance.randint(1, max(1, 2 * share // (kills + 1))) if kills else share
            done = self._live(number, life, share, target if kills else None)
            share -= done.total()
            kills -= 1 if kills else 0
            self.answers.update(done)

    def _live(self, number: int, life: int, share: int, kill_after: int | None) -> Counter[str]:
        command = [sys.executable, "-m", "tests.crowd", str(connection.settings_dict["NAME"])]
        command += [str(self.threads), str(share), str(self.seed * 1000 + number * 100 + life)]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}
        seen: Counter[str] = Counter()
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout and process.stderr
            for line in process.stdout:
                told = json.loads(line)
                assert "surprise" not in told, told
                seen = Counter({name: count for name, count in told.items() if name != "reserved"})
                if kill_after is not None and seen.total() >= kill_after:
                    process.kill()
                    self.killed += 1
                    kill_after = None
            code = process.wait()
            assert code in {0, -9}, process.stderr.read()[-2000:]
        return seen


def people() -> list[Any]:
    """Wallets with money in three currencies, and an outside account for each currency."""
    accounts = []
    for currency in ("USD", "JPY", "KWD"):
        accounts.append(services.get_or_open(kind=AccountKind.EXTERNAL, currency=currency, name="tests"))
        accounts += [WalletFactory(currency=currency, funds=5000) for _each in range(12)]
    return accounts


def assert_sound() -> None:
    """Sum zero, counters equal replay, nothing negative that may not be, every hold resolved at most once."""
    report = check_ledger()
    assert report.findings == []
    assert set(report.sums.values()) == {0}
    assert not any(
        row.available < 0 for row in get_balance_model()._default_manager.filter(may_go_negative=False)
    )
    posted = get_transfer_model()._default_manager.filter(hold__isnull=False).order_by()
    assert not posted.values("hold").annotate(times=Count("pk")).filter(times__gt=1).exists()


@pytest.mark.slow
@pytest.mark.crowd
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_operations_and_random_kills() -> None:
    """64 threads in four processes. On SQLite, where writers queue, a fiftieth of it by one process."""
    people()
    crowd = Crowd(processes=4, threads=16, operations=100_000, kills=24)
    if connection.vendor == "sqlite":
        assert_threads_are_sound(operations=2_000)
        return
    started = time.monotonic()
    crowd.run()
    seconds = time.monotonic() - started
    assert crowd.killed == 24
    assert crowd.answers.total() >= 100_000
    assert_sound()
    refusals = Counter(answer.split(":")[1] for answer in crowd.answers.elements())
    assert "deadlock" not in str(refusals).lower()
    sys.stdout.write(f"\n{crowd.answers.total()} operations in {seconds:.0f} s: {dict(refusals)}\n")


@pytest.mark.django_db(transaction=True)
def test_threads() -> None:
    """The same by eight threads of this process, in the ordinary suite."""
    people()
    assert_threads_are_sound(operations=480)


def assert_threads_are_sound(*, operations: int) -> None:
    accounts = list(get_account_model()._default_manager.order_by("pk"))
    surprises: list[BaseException] = []

    def play(number: int) -> None:
        player = Player(accounts, timezone.now(), random.Random(number), f"thread-{number}")
        try:
            for _step in range(operations // 8):
                player.play()
        except BaseException as error:
            surprises.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=play, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert surprises == []
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_the_same_money_is_spent_once() -> None:
    """Twenty at once want to spend the same hundred; half as transfers, half as holds."""
    purse, till = WalletFactory(funds=100, owner=UserFactory()), WalletFactory()
    answers = at_once(
        20,
        lambda number: (
            services.transfer(legs=[services.Leg(debit=purse, credit=till, amount=100, code="test")])
            if number % 2
            else services.hold(debit=purse, credit=till, amount=100, code="test")
        ),
    )
    assert Counter(answers) == {"ok": 1, "insufficient_funds": 19}
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_a_hold_is_resolved_once() -> None:
    purse, till = WalletFactory(funds=100), WalletFactory()
    hold = services.hold(debit=purse, credit=till, amount=100, code="test")
    model = type(hold)

    def resolve(number: int) -> None:
        mine = model._default_manager.get(pk=hold.pk)
        if number % 2:
            services.post_hold(hold=mine, amount=1 + number)
        else:
            services.void_hold(hold=mine)

    answers = Counter(at_once(12, resolve))
    hold.refresh_from_db()
    assert answers["hold_resolved"] == (6 if hold.state == "voided" else 11)
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_one_key_one_transfer() -> None:
    """Between different accounts, hence under different locks: one wins, the others are told."""
    purses = [WalletFactory(funds=100) for _each in range(8)]
    till = WalletFactory()
    answers = at_once(
        16,
        lambda number: services.transfer(
            legs=[services.Leg(debit=purses[number % 8], credit=till, amount=10, code="test")], key="one"
        ),
    )
    assert Counter(answers) == {"ok": 2, "idempotency_key_reused": 14}
    assert get_transfer_model()._default_manager.filter(key="one").count() == 1
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_reversals_at_once_never_exceed_the_original() -> None:
    purse, till = WalletFactory(funds=100), WalletFactory(funds=1000)
    [original] = services.transfer(legs=[services.Leg(debit=purse, credit=till, amount=100, code="test")])
    answers = at_once(8, lambda number: services.reverse(original=original, amount=60))
    assert Counter(answers) == {"ok": 1, "more_than_transferred": 7}
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_one_account_however_many_open_it() -> None:
    user = UserFactory()
    assert at_once(12, lambda number: services.wallet_of(user, "USD")) == ["ok"] * 12
    assert get_balance_model()._default_manager.filter(account__owner=user).count() == 1


def at_once(times: int, work: Any) -> list[str]:
    """Do ``work(number)`` in so many threads that start together. Answers "ok" or an error code for each."""
    start = threading.Barrier(times)
    answers = [""] * times

    def one(number: int) -> None:
        try:
            start.wait()
            work(number)
            answers[number] = "ok"
        except DomainError as error:
            answers[number] = error.code
        except BaseException as error:
            answers[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
