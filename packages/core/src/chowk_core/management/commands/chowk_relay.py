"""Runs handlers of committed events."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chowk_core import relay as relaying
from chowk_core.management.loop import Loop, positive, seconds
from chowk_core.models import Delivery


class Command(BaseCommand):
    help = (
        "Run the handlers of committed events: what RELAY left, retries that are due, and with "
        "RELAY='manual' everything. Any number may run at once. SIGTERM ends it after the current handler."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")
        parser.add_argument(
            "--batch", type=positive, default=100, help="deliveries between two looks at the clock"
        )
        parser.add_argument(
            "--interval", type=seconds, default=1.0, help="seconds to wait when nothing is due"
        )
        parser.add_argument(
            "--replay", action="store_true", help="first make all parked deliveries due again"
        )

    def handle(self, *, once: bool, batch: int, interval: float, replay: bool, **options: Any) -> None:
        if replay:
            self._replay()
        with Loop(interval) as loop:
            if once:
                report = relaying.relay(stop=loop.stopped)
                self.stdout.write(f"{report.done} done, {report.failed} failed, {report.parked} parked")
            else:
                loop.run(lambda: relaying.relay(limit=batch, stop=loop.stopped).handled > 0)

    def _replay(self) -> None:
        count = relaying.replay(Delivery.objects.filter(state=Delivery.State.PARKED))
        self.stdout.write(f"{count} parked deliveries are due again")
