"""A seller's listings as one table, out and in.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, and loses it again on the
way in, so that what was exported can be imported and changes nothing. ``reference`` is the seller's own, or
``id:`` and the listing's key where there is none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text, from_minor, money_to_minor, to_minor
from chowk_marketplace import selectors
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import ReferenceTaken, UnreadableTable
from chowk_marketplace.importing import (
    BadRow,
    Importer,
    Report,
    Row,
    UnreadableFile,
    import_row,
    read_rows,
    reason_of,
)
from chowk_marketplace.listing_types import ListingType, listing_type, require_may_offer, type_name
from chowk_marketplace.models import get_listing_model

COMMON = (
    "type",
    "reference",
    "title",
    "category",
    "description",
    "sale_format",
    "price",
    "currency",
    "stock",
    "condition",
    "city",
    "country",
    "status",
)
REQUIRED = ("reference", "title", "category")
FORMULA = re.compile(r"'*[=+\-@\t\r]")
KEYED = "id:"
CHUNK = 200


class _Line:
    """A file of one line: ``csv.writer`` writes to it, and ``write`` gives the line back."""

    def write(self, text: str) -> str:
        return text


def columns() -> list[str]:
    """The columns of the table: what listings have in common, then what each type has beside."""
    own = [field.name for kind in marketplace_settings.LISTING_TYPES.values() for field in own_fields(kind)]
    return list(dict.fromkeys([*COMMON, *own]))


def own_fields(kind: ListingType) -> list[Any]:
    """The plain columns that a type adds to the listing's."""
    model = kind.get_model()
    fields = model._meta.local_concrete_fields if model is not get_listing_model() else []
    return [
        field for field in fields if field.editable and not field.is_relation and field.name not in COMMON
    ]


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text that ``neutral`` made the cell of."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def read_upload(upload: Any) -> list[tuple[int, Row]]:
    """The rows of an uploaded table, each with the number of its line. Raises UnreadableTable."""
    if upload.size > marketplace_settings.IMPORT_MAX_BYTES:
        raise UnreadableTable(reason=_("it is too large"))
    try:
        rows = read_rows(io.TextIOWrapper(upload.file, encoding="utf-8-sig", newline=""), REQUIRED)
    except UnreadableFile as error:
        raise UnreadableTable(reason=error) from error
    if len(rows) > marketplace_settings.IMPORT_MAX_ROWS:
        raise UnreadableTable(reason=_("it has too many rows"))
    return rows


def export_lines(seller: Any) -> Iterator[str]:
    """The seller's listings as lines of CSV, the header first, some hundred listings at a time."""
    names = columns()
    writer = csv.writer(_Line())
    yield writer.writerow(names)  # type: ignore[misc]
    rows = selectors.visible_listings(seller).filter(seller=seller.pk).order_by("created_at", "pk")
    found = rows.select_related("category", "polymorphic_ctype").iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        for listing in selectors.as_own_types(chunk):
            cells = _cells(listing)
            yield writer.writerow([neutral(cells.get(name, "")) for name in names])  # type: ignore[misc]


def import_lines(rows: Iterable[tuple[int, Row]], *, seller: Any) -> Iterator[Report]:
    """Import row by row and yield the report after each; a bad row is told of and the others go in.

    Every row is a transaction of its own. One whose reference the seller has already is left as it is. What
    has the status "active" is offered, the rest is pending.
    """
    report = Report()
    known = _known(seller)
    importers: dict[str, TableImporter] = {}
    for line, cells in rows:
        try:
            row = _row(cells)
            name = row.get("type", "") or "listing"
            importer = importers.setdefault(name, TableImporter(listing_type(name)))
            reference = importer.reference(row)
            if reference in known:
                report.unchanged += 1
            else:
                require_may_offer(importer.kind, seller)
                if reference.startswith(KEYED):
                    raise BadRow(_("you have no listing with this key"))
                terms = {"seller": seller, "sale_format": row.get("sale_format", "") or "fixed_price"}
                active = row.get("status", "") == "active"
                import_row(row, reference, importer.kind, importer, terms, activate=active)
                known.add(reference)
                report.created += 1
        except ReferenceTaken:  # another import was faster
            report.unchanged += 1
        except (BadRow, DomainError, ValidationError, DataError) as error:
            report.rejected.append((line, reason_of(error)))
        yield report


class TableImporter(Importer):
    """Makes listings of one type of the table's own columns. Categories have to be there already."""

    def __init__(self, kind: ListingType) -> None:
        self.kind = kind
        self.fields = own_fields(kind)

    def reference(self, row: Row) -> str:
        if not row["reference"]:
            raise BadRow(_("it has no reference"))
        return row["reference"]

    def category(self, row: Row) -> list[tuple[str, str]]:
        found = selectors.category_for(row["category"] or self.kind.category)
        return [(found.slug, found.name)]

    def listing(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: row[name]
            for name in ("title", "description", "condition", "city", "country")
            if row.get(name)
        }
        if not found.get("title"):
            raise BadRow(_("title is empty"))
        found["price"] = _price(row)
        if row.get("stock"):
            found["stock"] = _whole(row["stock"])
        for field in self.fields:
            if row.get(field.name):
                try:
                    found[field.name] = field.clean(row[field.name], None)
                except ValidationError as error:
                    raise BadRow(f"{field.name}: {' '.join(error.messages)}") from error
        return found


def _cells(listing: Any) -> Mapping[str, str]:
    price = listing.price
    values: dict[str, Any] = {
        "type": type_name(type(listing)),
        "reference": listing.external_reference or f"{KEYED}{listing.pk}",
        "category": listing.category.slug,
        "price": amount_text(money_to_minor(price), price.currency.code) if price is not None else "",
        "currency": price.currency.code if price is not None else "",
        "country": listing.country.code or "",
    }
    values |= {name: getattr(listing, name) for name in COMMON if name not in values}
    for field in own_fields(listing_type(values["type"])):
        values[field.name] = (
            field.value_to_string(listing) if getattr(listing, field.name) is not None else ""
        )
    return {name: str(value) for name, value in values.items()}


def _known(seller: Any) -> set[str]:
    rows = get_listing_model()._default_manager.filter(seller=seller)
    pairs = rows.values_list("external_reference", "pk")
    return {reference or f"{KEYED}{key}" for reference, key in pairs} | {
        f"{KEYED}{key}" for _own, key in pairs
    }


def _row(cells: Mapping[Any, Any]) -> dict[str, str]:
    if None in cells or None in cells.values():
        raise BadRow(_("it has another number of columns than the header"))
    return {name: original(cell).strip() for name, cell in cells.items()}


def _price(row: Row) -> Money | None:
    text, currency = row.get("price", ""), row.get("currency", "") or "USD"
    return from_minor(to_minor(text, currency), currency) if text else None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BadRow(_("stock is “%(text)s”, not a whole number") % {"text": text})
    return int(text)
