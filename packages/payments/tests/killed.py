"""A card payment whose process dies, by SIGKILL, at every boundary of its steps: run as a program.

    python -m tests.killed DATABASE

Each step runs in a forked process of its own. Prints a line of JSON for each case: how the step ended, what
was found afterwards, and the state once it was repeated, or resolved by the periodic service.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.conf import settings

CASES = [
    (step, point, route)
    for step, routes in (
        ("authorise", ("repeat", "resolve")),
        ("confirm", ("repeat", "resolve")),
        ("refund", ("resolve",)),
    )
    for point in ("before", "after")
    for route in routes
]


def main(database: str) -> None:
    settings.DATABASES["default"]["NAME"] = database
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"dummy": "tests.gateways.KillingGateway"},
    }
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "sqlite":
        call_command("migrate", run_syncdb=True, verbosity=0)
    for step, point, route in CASES:
        sys.stdout.write(json.dumps(Case(step, point, route).run()) + "\n")
        sys.stdout.flush()


class Case:
    """One order, paid by one step that dies."""

    def __init__(self, step: str, point: str, route: str) -> None:
        from tests.factories import OrderFactory, UserFactory

        self.step, self.point, self.route = step, point, route
        self.buyer, self.seller = UserFactory(username=self.name("b")), UserFactory(username=self.name("s"))
        self.order = OrderFactory(buyer=self.buyer, seller=self.seller)

    def name(self, role: str) -> str:
        return f"{role}-{self.step}-{self.point}-{self.route}"

    def run(self) -> dict[str, Any]:
        act: Callable[[], Any] = getattr(self, self.step)
        if self.step != "authorise":
            alive(self.authorise)
        ended = fork(act, f"{self.point} {self.step}")
        found = self.state()
        later = self.resolve if self.route == "resolve" else act
        for _twice in range(2):
            alive(later)
        return {
            "case": [self.step, self.point, self.route],
            "ended": ended,
            "found": found,
            "state": self.state(),
            **self.money(),
        }

    def authorise(self) -> None:
        from chowk_core.targets import Target
        from chowk_payments import services
        from tests.conftest import CHALLENGED, GOOD, card

        number = CHALLENGED if self.step == "confirm" else GOOD
        services.pay(
            payer=self.buyer,
            target=Target.of(self.order),
            method="card",
            card=card(number),
            key=self.name("k"),
        )

    def confirm(self) -> None:
        from chowk_payments import services

        services.confirm_payment(payment=self.payment(), payer=self.buyer, answer="approve")

    def refund(self) -> None:
        from chowk_payments import services

        services.refund_payment(payment=self.payment(), reason="test")

    def resolve(self) -> None:
        from django.utils import timezone

        from chowk_payments import services

        services.resolve_uncertain_payments(now=timezone.now() + timedelta(minutes=5))

    def payment(self) -> Any:
        from chowk_payments.models import get_payment_model

        return get_payment_model()._default_manager.get(payer=self.buyer)

    def state(self) -> list[str]:
        from django.db import connection

        from chowk_payments.models import get_payment_model

        rows = get_payment_model()._default_manager.filter(payer=self.buyer)
        found = [row.state for row in rows] + [one.state for row in rows for one in row.attempts.all()]
        connection.close()
        return found

    def money(self) -> dict[str, Any]:
        """What the ledger and the gateway have of this payment, and whether the ledger is sound."""
        from django.db import connection

        from chowk_payments.models import get_gateway_record_model, get_transfer_model
        from chowk_payments.services.audit import check_ledger

        transfers = get_transfer_model()._default_manager.filter(reference=f"shop.order:{self.order.pk}")
        attempts = [str(one.pk) for one in self.payment().attempts.all()]
        records = get_gateway_record_model()._default_manager.filter(key__in=attempts).order_by("created_at")
        found = {
            "ledger": [row.code for row in transfers.order_by("created_at")],
            "gateway": [f"{row.kind} {row.status}" for row in records],
            "sound": check_ledger().sound,
        }
        connection.close()
        return found


def fork(work: Callable[[], Any], point: str = "") -> int:
    """Do ``work`` in a child that dies at ``point``. Answers its exit code, or minus the signal."""
    from django.db import connections

    from tests.gateways import POINT

    connections.close_all()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.environ[POINT] = point
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def alive(work: Callable[[], Any]) -> None:
    if code := fork(work):
        raise RuntimeError(f"{work} ended with {code}, {signal.strsignal(-code) if code < 0 else ''}")


if __name__ == "__main__":
    main(sys.argv[1])
