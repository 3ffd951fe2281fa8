from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chowk_core.exceptions import DomainError
from chowk_marketplace.importing import (
    Report,
    UnreadableFile,
    default_seller,
    find_seller,
    import_rows,
    read_table,
)
from chowk_marketplace.listing_types import listing_type

PLAIN_STEP = 50
"""Where there is no terminal to draw a bar on, progress is told every so many rows."""


class Command(BaseCommand):
    """Turns the rows of a CSV file into listings of one type; what is there already stays as it is."""

    help = (
        "Import listings from a CSV file. Bad rows are reported by line and reason and the rest go in; "
        "importing the same file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8, with a header")
        parser.add_argument("--type", required=True, dest="kind", help="a name of LISTING_TYPES, such as car")
        parser.add_argument(
            "--seller", help="login, email or key of the seller; an importer account without it"
        )
        parser.add_argument("--sale-format", choices=("fixed_price", "auction"), default="fixed_price")
        parser.add_argument("--pending", action="store_true", help="leave the listings pending")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--strict", action="store_true", help="exit with 1 if a row was rejected")

    def handle(self, *, file: Path, kind: str, sale_format: str, **options: Any) -> None:
        try:
            found = listing_type(kind)
        except DomainError as error:
            raise CommandError(error.detail) from error
        importer = found.get_importer()
        if importer is None:
            raise CommandError(f"Listings of type {kind} have no importer.")
        try:
            rows = read_table(file, importer.columns)
        except UnreadableFile as error:
            raise CommandError(f"{file} cannot be imported: {error}.") from error
        reports = import_rows(
            rows,
            kind=found,
            importer=importer,
            seller=self.seller(options["seller"]),
            sale_format=sale_format,
            activate=not options["pending"],
        )
        *_earlier, report = [Report(), *self.progress(reports, len(rows), file.name)]
        self.tell(report, as_json=options["json"])
        if report.rejected and options["strict"]:
            sys.exit(1)

    def seller(self, key: str | None) -> Any:
        """The account that is to own the listings."""
        if key is None:
            return default_seller()
        try:
            return find_seller(key)
        except get_user_model().DoesNotExist as error:
            raise CommandError(f"There is no account {key}.") from error

    def progress(self, reports: Iterable[Report], total: int, name: str) -> Iterator[Report]:
        """Pass the reports on, with a bar on a terminal and a line now and then elsewhere."""
        if sys.stderr.isatty():
            yield from tqdm(reports, total=total, desc=name, unit="row", file=sys.stderr)
            return
        for number, report in enumerate(reports, start=1):
            if number % PLAIN_STEP == 0 or number == total:
                self.stderr.write(f"{number} of {total} rows", self.style.NOTICE)
            yield report

    def tell(self, report: Report, *, as_json: bool) -> None:
        """Print rejected rows and the sum."""
        for line, reason in report.rejected:
            self.stderr.write(f"line {line}: {reason}")
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
            return
        self.stdout.write(
            f"created {report.created}, unchanged {report.unchanged}, rejected {len(report.rejected)}"
        )
