"""A wallet's entries as CSV, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from chowk_core.money import amount_text

COLUMNS = ("time", "amount", "currency", "direction", "code", "reference", "id")
RISKY = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv.writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def wallet_csv(rows: QuerySet[Any]) -> Iterator[str]:
    """``rows`` of ``selectors.wallet_transactions`` as lines of CSV, read in pieces, whatever their
    number."""
    writer: Any = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for row in rows.iterator(chunk_size=500):
        yield writer.writerow(
            [
                row.created_at.isoformat(),
                amount_text(row.signed_amount, row.currency),
                row.currency,
                "out" if row.signed_amount < 0 else "in",
                unformulated(row.code),
                unformulated(row.reference),
                str(row.pk),
            ]
        )


def unformulated(text: str) -> str:
    """``text`` as no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(RISKY) else text
