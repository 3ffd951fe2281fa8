from __future__ import annotations

import json as json_module
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chowk_payments.conf import payments_settings
from chowk_payments.services.reconciliation import Reconciliation, reconcile


class Command(BaseCommand):
    """Exit code 1 where anything differs."""

    help = "Compare what gateways list with what we have, and list the differences."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gateway", help="its name in GATEWAYS; all by default")
        parser.add_argument("--since", help="ISO 8601 with an offset; a week ago by default")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *, gateway: str | None, since: str | None, json: bool, **options: Any) -> None:
        start = parse_datetime(since) if since else timezone.now() - timedelta(days=7)
        if start is None or timezone.is_naive(start):
            raise CommandError("--since should be a time with an offset, such as 2026-11-20T00:00:00Z.")
        names = [gateway] if gateway else sorted(payments_settings.GATEWAYS)
        reports = [reconcile(gateway=name, since=start) for name in names]
        if json:
            shown = [asdict(report) | {"agrees": report.agrees} for report in reports]
            self.stdout.write(json_module.dumps(shown, indent=2))
        else:
            for report in reports:
                self.say(report)
        if not all(report.agrees for report in reports):
            raise CommandError("The gateways' lists and ours differ.")

    def say(self, report: Reconciliation) -> None:
        self.stdout.write(f"{report.gateway}: {report.ours} here, {report.theirs} there")
        for one in report.differences:
            self.stdout.write(f"  {one.code}: {one.kind} {one.key or one.reference}: {one.detail}")
