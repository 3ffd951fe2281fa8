from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chowk_auctions.conf import auctions_settings
from chowk_auctions.replay import BadRow, Recording, Replayed, read_recording, replay_all
from chowk_core.money import UnknownCurrency, amount_text, decimals


class Command(BaseCommand):
    """Bids recorded auctions again through the bidding service and compares the closing prices."""

    help = (
        "Bid recorded auctions again on a simulated clock, through the same service as a user's bid, and "
        "compare the closing prices. The site's data stays as it was, unless --keep."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="one row a bid, times in days")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code; USD by default")
        parser.add_argument(
            "--strict-minimum",
            action="store_true",
            help="refuse bids less than one increment above the price; else anything above it is a bid",
        )
        parser.add_argument(
            "--infer-reserve",
            action="store_true",
            help="assume a reserve at the closing price where the winner's maximum equals it and the bids "
            "explain less",
        )
        parser.add_argument("--keep", action="store_true", help="leave the auctions and their people")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *, file: Path, currency: str, json: bool, **options: Any) -> None:
        recording = self.read(file, currency)
        auction_format = "english" if options["strict_minimum"] else "english_any_rise"
        if auction_format not in auctions_settings.FORMATS:
            raise CommandError(f"This site's FORMATS have no “{auction_format}”.")
        results: list[Replayed] = []
        for result in replay_all(
            recording.auctions.values(),
            infer_reserve=options["infer_reserve"],
            currency=currency,
            auction_format=auction_format,
            keep=options["keep"],
        ):
            results.append(result)
            self.progress(len(results), len(recording.auctions))
        for line, reason in recording.bad:
            self.stderr.write(f"line {line}: {reason}")
        (self.print_json if json else self.print_table)(recording, results, currency)

    def read(self, file: Path, currency: str) -> Recording:
        """The file's content. Raises CommandError for a file or currency that is none."""
        try:
            decimals(currency)
            with file.open(encoding="utf-8-sig", newline="") as lines:
                recording = read_recording(lines, currency)
        except (OSError, UnicodeDecodeError, BadRow, UnknownCurrency) as error:
            raise CommandError(f"{file}: {error}") from error
        if not recording.auctions:
            raise CommandError(f"{file}: no auctions in it")
        return recording

    def progress(self, done: int, total: int) -> None:
        """One line that rewrites itself, on a terminal only."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} auctions", ending="\n" if done == total else "")
            self.stderr.flush()

    def print_json(self, recording: Recording, results: list[Replayed], currency: str) -> None:
        """One object on standard output."""
        report = {
            "auctions": len(results),
            "exact": sum(result.exact for result in results),
            "misses": [self.miss(result, currency) for result in results if not result.exact],
            "bids": sum(len(result.auction.bids) for result in results),
            "refused": dict(self.refused(results)),
            "bad_rows": [{"line": line, "reason": reason} for line, reason in recording.bad],
        }
        self.stdout.write(json.dumps(report))

    def print_table(self, recording: Recording, results: list[Replayed], currency: str) -> None:
        """The misses, then the sums."""
        misses = [self.miss(result, currency) for result in results if not result.exact]
        if misses:
            self.stdout.write(f"{'auction':14}{'recorded':>12}{'replayed':>12}{'bids':>6}  note")
        for miss in misses:
            note = "a hidden reserve would explain it" if miss["reserve_would_explain"] else ""
            figures = f"{miss['recorded']:>12}{miss['replayed']:>12}{miss['bids']:>6}"
            self.stdout.write(f"{miss['auction']:14}{figures}  {note}".rstrip())
        bids = sum(len(result.auction.bids) for result in results)
        refused = ", ".join(f"{count} {code}" for code, count in self.refused(results).items()) or "none"
        self.stdout.write(
            f"{len(results) - len(misses)} of {len(results)} auctions exact; {bids} bids, refused: {refused}"
        )

    def miss(self, result: Replayed, currency: str) -> dict[str, Any]:
        """What is to be said of an auction that came out otherwise."""
        return {
            "auction": result.auction.id,
            "recorded": amount_text(result.auction.closing, currency),
            "replayed": amount_text(result.price, currency),
            "bids": len(result.auction.bids),
            "refused": sum(result.refused.values()),
            "reserve_would_explain": result.suggests_reserve,
        }

    def refused(self, results: list[Replayed]) -> Counter[str]:
        """How many bids were refused, by code."""
        return sum((result.refused for result in results), Counter())
