"""Runs periodic work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chowk_core.management.loop import Loop, seconds
from chowk_core.periodic import tick


class Command(BaseCommand):
    help = (
        "Run the periodic work of every package when it is due, and deliveries that were left over. "
        "Any number may run at once: each piece of work is started by one of them. "
        "SIGTERM ends it after the current work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run what is due now, and stop")
        parser.add_argument(
            "--interval", type=seconds, default=1.0, help="seconds between two looks at the clock"
        )

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:
        if once:
            for name, succeeded in tick().items():
                self.stdout.write(f"{name}: {'done' if succeeded else 'failed'}")
            return
        with Loop(interval) as loop:
            loop.run(self._step)

    def _step(self) -> bool:
        tick()
        return False
