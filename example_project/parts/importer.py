"""Parts from a table, with the columns of ``PartImporter`` and, where there are, ``warranty_months`` and
``description``.

``fits`` holds fitments with semicolons between: ``Volvo 240 1979-1985; Volvo 740 1984-1992``. The make is the
first word, what follows is the model.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _
from moneyed import CURRENCIES, Money

from chowk_marketplace.importing import BadRow, Importer, Row
from parts.fits import fitment_of
from parts.models import Part


class PartImporter(Importer):
    """Makes parts and the tables of what they fit."""

    columns = (
        "sku",
        "title",
        "category",
        "brand",
        "part_number",
        "condition",
        "price",
        "currency",
        "stock",
        "fits",
    )

    def reference(self, row: Row) -> str:
        return row["sku"].strip()

    def category(self, row: Row) -> list[tuple[str, str]]:
        name = row["category"].strip()
        return (
            [("parts", "Parts"), (f"parts-{slugify(name)}", name)] if slugify(name) else [("parts", "Parts")]
        )

    def listing(self, row: Row) -> dict[str, Any]:
        if not row["title"].strip():
            raise BadRow(_("title is empty"))
        condition = row["condition"].strip() or Part.Condition.NEW
        if condition not in Part.Condition.values:
            raise BadRow(_("condition is “%(text)s”") % {"text": condition})
        return {
            "title": row["title"].strip(),
            "description": row.get("description", "").strip(),
            "price": price_of(row),
            "stock": whole(row, "stock", 1),
            "condition": condition,
            "brand": row["brand"].strip(),
            "part_number": row["part_number"].strip(),
            "warranty_months": whole(row, "warranty_months", 0),
        }

    def finish(self, listing: Any, row: Row) -> None:
        for text in filter(None, (piece.strip() for piece in row["fits"].split(";"))):
            fitment = fitment_of(text)
            if fitment is None:
                raise BadRow(_("fits is “%(text)s”, not a make, a model and years") % {"text": text})
            fitment.part = listing
            fitment.full_clean(exclude=["part"])
            fitment.save(force_insert=True)


def price_of(row: Row) -> Money:
    """The price of a row, in its currency. Raises BadRow."""
    currency = row.get("currency", "").strip() or "USD"
    if currency not in CURRENCIES:
        raise BadRow(_("currency is “%(text)s”") % {"text": currency})
    try:
        amount = Decimal(row["price"].strip())
    except InvalidOperation as error:
        raise BadRow(_("price is “%(text)s”") % {"text": row["price"]}) from error
    if not amount.is_finite():
        raise BadRow(_("price is “%(text)s”") % {"text": row["price"]})
    return Money(amount, currency)


def whole(row: Row, column: str, otherwise: int) -> int:
    """A whole number of a row, or ``otherwise`` where its column is empty or missing. Raises BadRow."""
    text = row.get(column, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BadRow(_("%(column)s is “%(text)s”, not a whole number") % {"column": column, "text": text})
    return int(text)
