"""Gateways that misbehave, for tests."""

from __future__ import annotations

import os
import signal
from typing import Any

from chowk_payments.gateways.base import GatewayUnavailable, Outcome
from chowk_payments.gateways.dummy import DummyGateway

POINT = "CHOWK_TEST_KILL_POINT"
"""The environment variable that says where ``KillingGateway`` ends its process."""


class CrashingGateway(DummyGateway):
    """Fails in a way nobody foresaw."""

    def authorise(self, **question: Any) -> Outcome:
        raise ZeroDivisionError(f"in {type(self).__name__}")


class SilentGateway(DummyGateway):
    """Never answers."""

    def look_up(self, **question: Any) -> Outcome:
        raise GatewayUnavailable("silent")


class KillingGateway(DummyGateway):
    """Kills its own process, as kill -9 does, before or after the named call."""

    def authorise(self, **question: Any) -> Outcome:
        return self._between("authorise", super().authorise, question)

    def confirm(self, **question: Any) -> Outcome:
        return self._between("confirm", super().confirm, question)

    def refund(self, **question: Any) -> Outcome:
        return self._between("refund", super().refund, question)

    def _between(self, name: str, call: Any, question: dict[str, Any]) -> Outcome:
        self._die(f"before {name}")
        outcome: Outcome = call(**question)
        self._die(f"after {name}")
        return outcome

    def _die(self, point: str) -> None:
        if os.environ.get(POINT) == point:
            os.kill(os.getpid(), signal.SIGKILL)


def every_secret(*, name: str) -> str:
    """A setting SECRETS for tests."""
    return {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}.get(name, f"test-{name}")


def one_secret(*, name: str) -> str:
    """As ``every_secret``, with one forgotten."""
    return "sk_test_x" if name == "STRIPE_SECRET_KEY" else ""
