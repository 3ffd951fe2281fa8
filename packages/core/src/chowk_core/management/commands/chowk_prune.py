"""Removes old events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from chowk_core.management.loop import duration
from chowk_core.pruning import prune


class Command(BaseCommand):
    help = (
        "Remove old events whose handlers are all done. A socket that resumes from before them starts over."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", type=duration, required=True, help="age as 30d, 12h, 90m or 45s", metavar="AGE"
        )

    def handle(self, *, older_than: timedelta, **options: Any) -> None:
        self.stdout.write(f"{prune(before=timezone.now() - older_than)} events removed")
