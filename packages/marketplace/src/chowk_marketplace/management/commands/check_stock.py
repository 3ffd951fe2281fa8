from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from chowk_marketplace.services import check_stock


class Command(BaseCommand):
    help = "Compare stock figures with what they are made of; exits with 1 where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help=_("Set the figures right."))

    def handle(self, *args: Any, **options: Any) -> None:
        drifts = check_stock(fix=options["fix"])
        for drift in drifts:
            self.stdout.write(str(drift))
        if drifts and not options["fix"]:
            raise CommandError(_("%(count)d figures differ.") % {"count": len(drifts)})
        self.stdout.write(_("Stock agrees.") if not drifts else _("Set right."))
