from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from chowk_core.swap_migrated import CannotSwap, carry_out, plan


class Command(BaseCommand):
    """``chowk_swap_model chowk_auctions.Bid shop.Bid``: see chowk_core.swap_migrated."""

    help = (
        "Move a site that is already migrated to its own model. First: subclass the abstract model under "
        "the same name and with the same db_table, set the …_MODEL setting, run makemigrations. "
        "Afterwards: migrate."
    )
    # What matters here is checked by the plan, which says more plainly what to do about it.
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="the package's model, as in chowk_auctions.Bid")
        parser.add_argument("replacement", help="the site's model, as in shop.Bid")
        parser.add_argument("--check", action="store_true", help="print the steps and change nothing")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections))

    def handle(self, *, model: str, replacement: str, check: bool, database: str, **options: Any) -> None:
        connection = connections[database]
        try:
            steps = plan(model, replacement, connection)
        except CannotSwap as error:
            raise CommandError(str(error)) from error
        for step in steps:
            self.stdout.write(f"- {step.text}")
        if check:
            self.stdout.write("Nothing was changed.")
            return
        carry_out(steps, connection)
        self.stdout.write(self.style.SUCCESS(f"{model} is {replacement} now. Run migrate."))
