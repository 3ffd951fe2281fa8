"""Killed at any boundary of its steps, a card payment converges: one charge, one entry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from chowk_core.testing.emptying import empty
from tests.killed import CASES

pytestmark = pytest.mark.slow

FOUND = {
    ("authorise", "before"): ["processing", "created"],
    ("authorise", "after"): ["processing", "created"],
    ("confirm", "before"): ["requires_action", "requires_action"],
    ("confirm", "after"): ["requires_action", "requires_action"],
    ("refund", "before"): ["refunding", "succeeded", "created"],
    ("refund", "after"): ["refunding", "succeeded", "created"],
}
"""What the killed process leaves: states of the payment and of its attempts."""

PAID: dict[str, Any] = {
    "state": ["captured", "succeeded"],
    "ledger": ["payment"],
    "gateway": ["charge succeeded"],
}
NOT_RECEIVED = {"state": ["failed", "failed"], "ledger": [], "gateway": ["charge cancelled"]}
STILL_WAITING = {
    "state": ["requires_action", "requires_action"],
    "ledger": [],
    "gateway": ["charge requires_action"],
}
REFUNDED = {
    "state": ["refunded", "succeeded", "succeeded"],
    "ledger": ["payment", "refund"],
    "gateway": ["charge succeeded", "refund succeeded"],
}
OUTCOMES = {
    ("authorise", "before", "resolve"): NOT_RECEIVED,
    ("confirm", "before", "resolve"): STILL_WAITING,
    ("refund", "before", "resolve"): REFUNDED,
    ("refund", "after", "resolve"): REFUNDED,
}
"""What it comes to. A charge that never arrived fails, and cannot arrive late; all others are paid, once."""


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: Any, django_db_blocker: Any
) -> Iterator[Any]:
    """Every case, played by one program: on the test database, or on a file where that is in memory."""
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("killed") / "ledger.sqlite3")
    played = subprocess.run(
        [sys.executable, "-m", "tests.killed", name],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stderr[-3000:]
    lines = [json.loads(line) for line in played.stdout.splitlines()]
    yield {tuple(line["case"]): line for line in lines}
    with django_db_blocker.unblock():
        empty(connection)
        connection.close()


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_converges(outcomes: Any, case: tuple[str, str, str]) -> None:
    outcome = outcomes[case]
    assert outcome["ended"] == -9
    assert outcome["found"] == FOUND[case[:2]]
    expected = OUTCOMES.get(case, PAID)
    assert {name: outcome[name] for name in expected} == expected
    assert outcome["sound"]
