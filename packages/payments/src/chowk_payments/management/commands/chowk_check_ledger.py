from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chowk_payments.services.audit import check_ledger, lines


class Command(BaseCommand):
    """Exit code 1 where the ledger is not sound."""

    help = "Recompute every balance from its transfers and holds, and report what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *, json: bool, **options: Any) -> None:
        report = check_ledger()
        text = as_json(asdict(report) | {"sound": report.sound}) if json else "\n".join(lines(report))
        self.stdout.write(text)
        if not report.sound:
            raise CommandError("The ledger is not sound.")


def as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2)
