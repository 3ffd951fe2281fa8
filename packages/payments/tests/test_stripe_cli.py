"""Stripe's own command line triggers its events at the fake: each leaves the state and the signed event that
it leaves at Stripe. It comes from npm, into an ignored folder."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import stripe

from chowk_payments.testing.stripe_fake import StripeFake, signed

pytestmark = pytest.mark.slow

VERSION = "1.52.0"
CACHE = Path(__file__).resolve().parents[3] / ".cache" / "stripe-cli"
SECRET = "whsec_cli"


def intent(status: str) -> Callable[[StripeFake, dict[str, Any]], bool]:
    """The event's payment intent, as it is in the fake, has this status."""
    return lambda fake, row: fake.state.objects[row["id"]]["status"] == status


def stored(**facts: Any) -> Callable[[StripeFake, dict[str, Any]], bool]:
    """The event's object, as it is in the fake, has these values."""
    return lambda fake, row: {name: fake.state.objects[row["id"]][name] for name in facts} == facts


EVENTS: dict[str, Callable[[StripeFake, dict[str, Any]], bool]] = {
    "payment_intent.created": intent("requires_payment_method"),
    "payment_intent.succeeded": intent("succeeded"),
    "payment_intent.payment_failed": intent("requires_payment_method"),
    "payment_intent.canceled": intent("canceled"),
    "payment_intent.requires_action": intent("requires_action"),
    "payment_intent.amount_capturable_updated": intent("requires_capture"),
    "charge.succeeded": stored(status="succeeded", captured=True),
    "charge.failed": stored(status="failed", paid=False),
    "charge.refunded": stored(refunded=True),
    "charge.captured": stored(captured=True),
    "charge.dispute.created": stored(status="needs_response"),
    "charge.dispute.closed": lambda fake, row: row["status"] in {"won", "lost"},
    "charge.refund.updated": stored(object="refund", status="succeeded"),
    "customer.created": stored(object="customer"),
    "customer.updated": stored(object="customer"),
    "customer.deleted": lambda fake, row: row["id"] not in fake.state.objects,
    "payment_method.attached": lambda fake, row: bool(fake.state.objects[row["id"]]["customer"]),
    "product.created": stored(object="product", active=True),
    "price.created": stored(object="price", active=True),
    "transfer.created": stored(object="transfer", reversed=False),
    "transfer.reversed": lambda fake, row: fake.state.objects[row["id"]]["amount_reversed"] > 0,
    "payout.created": stored(object="payout", status="pending"),
    "account.updated": stored(object="account"),
    "checkout.session.completed": stored(status="complete", payment_status="paid"),
    "setup_intent.created": stored(object="setup_intent"),
    "setup_intent.succeeded": stored(status="succeeded"),
    "setup_intent.setup_failed": stored(status="requires_payment_method"),
    "setup_intent.canceled": stored(status="canceled"),
}


@pytest.fixture(scope="module")
def cli() -> Path:
    """The program, installed once."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not there, and the Stripe CLI comes from it")
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"cli-{platform.system().lower()}-{machine}"
    program = CACHE / "node_modules" / "@stripe" / name / "bin" / "stripe"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            install = [
                npm,
                "install",
                "--ignore-scripts",
                "--no-save",
                "--prefix",
                CACHE,
                f"@stripe/cli@{VERSION}",
            ]
            done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=300)
            assert program.exists(), done.stdout + done.stderr
    return program


@pytest.fixture(scope="module")
def triggered(cli: Path, tmp_path_factory: Any) -> Iterator[dict[str, Future[Any]]]:
    """Every event's run, a few at a time, each at a fake of its own."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
    }

    def run(event: str) -> tuple[StripeFake, Any]:
        with StripeFake() as fake:
            command = [cli, "trigger", event, "--api-base", fake.url, "--api-key", "sk_test_1234567890123"]
            return fake, subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=60
            )

    with ThreadPoolExecutor(4) as pool:
        yield {event: pool.submit(run, event) for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS)
def test_trigger(triggered: dict[str, Future[Any]], event: str) -> None:
    fake, done = triggered[event].result()
    assert done.returncode == 0, done.stdout + done.stderr
    found = [one for one in fake.state.events if one["type"] == event]
    assert found, [one["type"] for one in fake.state.events]
    body, headers = signed(found[-1], SECRET)
    official = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET)
    row = official.data.object.to_dict()
    assert (official.type, official.id) == (event, found[-1]["id"])
    assert EVENTS[event](fake, row), row
