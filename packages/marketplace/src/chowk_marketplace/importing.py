"""Importing listings from a table. What a column means is the listing type's importer's to say.

class CarImporter(Importer):
    columns = ("CarName", "price")

    @abstractmethod
def listing(self, row): return {"title": row["CarName"], "price": Money(row["price"], "USD")}
"""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.db.models import CharField
from django.utils.translation import gettext as _

from chowk_core.exceptions import DomainError
from chowk_marketplace.exceptions import ReferenceTaken
from chowk_marketplace.listing_types import ListingType
from chowk_marketplace.models import get_category_model, get_listing_model
from chowk_marketplace.services import activate_listing, create_category, create_listing

Row = Mapping[str, str]


class UnreadableFile(Exception):
    """The file as a whole cannot be imported; the message says why."""


class BadRow(Exception):
    """One row cannot become a listing; the message says why."""


class Importer(ABC):
    """Turns rows into listings of one type. Subclasses say what the columns mean."""

    columns: ClassVar[tuple[str, ...]] = ()
    """Columns that the file must have; it may have more."""

    @abstractmethod
    def reference(self, row: Row) -> str:
        """A name for the row that stays the same in every import of it, unique for its seller."""

    @abstractmethod
    def category(self, row: Row) -> list[tuple[str, str]]:
        """Slug and name of the listing's category and of those above it, from the root down."""

    @abstractmethod
    def listing(self, row: Row) -> dict[str, Any]:
        """Fields of the listing, as ``create_listing`` takes them. Raises BadRow."""

    def finish(self, listing: Any, row: Row) -> None:  # noqa: B027 - most listings are one row
        """Write what belongs to the listing in rows of its own. Raises BadRow."""


@dataclass
class Report:
    """What an import did. ``rejected`` holds line numbers of the file (the header is line 1) and reasons."""

    created: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON."""
        rejected = [{"line": line, "reason": reason} for line, reason in self.rejected]
        return {"created": self.created, "unchanged": self.unchanged, "rejected": rejected}


def read_table(path: Path, columns: Iterable[str]) -> list[tuple[int, Row]]:
    """The rows of a CSV file in UTF-8, each with the number of its last line. Raises UnreadableFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_rows(file, columns)
    except OSError as error:
        raise UnreadableFile(error.strerror or str(error)) from error


def read_rows(file: Iterable[str], columns: Iterable[str]) -> list[tuple[int, Row]]:
    """The rows of an open CSV file, each with the number of its last line. Raises UnreadableFile."""
    try:
        reader = csv.DictReader(file, strict=True)
        header = reader.fieldnames or []
        if missing := [name for name in columns if name not in header]:
            raise UnreadableFile(_("it has no column %(names)s") % {"names": ", ".join(missing)})
        return [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise UnreadableFile(_("it is not text in UTF-8")) from error
    except csv.Error as error:
        raise UnreadableFile(_("it is not CSV: %(error)s") % {"error": error}) from error


def import_rows(
    rows: Iterable[tuple[int, Row]],
    *,
    kind: ListingType,
    importer: Importer,
    seller: Any,
    sale_format: str = "fixed_price",
    activate: bool = True,
) -> Iterator[Report]:
    """Import row by row and yield the report after each; every row is a transaction of its own.

    A row whose reference the seller has already is left as it is.
    """
    report = Report()
    known = set(
        get_listing_model()
        ._default_manager.filter(seller=seller)
        .exclude(external_reference="")
        .values_list("external_reference", flat=True)
    )
    terms = {"seller": seller, "sale_format": sale_format}
    for line, row in rows:
        try:
            reference = _checked_reference(importer, row)
            if reference in known:
                report.unchanged += 1
            else:
                import_row(row, reference, kind, importer, terms, activate=activate)
                known.add(reference)
                report.created += 1
        except ReferenceTaken:  # another import was faster
            report.unchanged += 1
        except (BadRow, DomainError, ValidationError, DataError) as error:
            report.rejected.append((line, reason_of(error)))
        yield report


def default_seller() -> Any:
    """The account that owns what is imported for nobody in particular: "importer", who cannot sign in."""
    model: Any = get_user_model()
    email = model.get_email_field_name() == model.USERNAME_FIELD
    name = "importer@example.invalid" if email else "importer"
    found = model._default_manager.filter(**{model.USERNAME_FIELD: name}).first()
    if found:
        return found
    texts = [field for field in model.REQUIRED_FIELDS if model._meta.get_field(field).choices is None]
    names = {field: "Importer" for field in texts if isinstance(model._meta.get_field(field), CharField)}
    account = model(**{**names, model.get_email_field_name(): "", model.USERNAME_FIELD: name})
    account.set_unusable_password()
    account.save()
    return account


def find_seller(key: str) -> Any:
    """The account whose login, email or primary key is ``key``. Raises its DoesNotExist."""
    model: Any = get_user_model()
    for name in dict.fromkeys((model.USERNAME_FIELD, model.get_email_field_name(), "pk")):
        try:
            return model._default_manager.get(**{name: key})
        except (model.DoesNotExist, model.MultipleObjectsReturned, ValidationError, ValueError):
            continue
    raise model.DoesNotExist


def _checked_reference(importer: Importer, row: Row) -> str:
    if None in row or None in row.values():
        raise BadRow(_("it has another number of columns than the header"))
    if not (reference := importer.reference(row)):
        raise BadRow(_("it has no reference"))
    return reference


@transaction.atomic
def import_row(
    row: Row,
    reference: str,
    kind: ListingType,
    importer: Importer,
    terms: dict[str, Any],
    *,
    activate: bool,
) -> None:
    """Make one listing of a row. Raises BadRow, and what the services raise."""
    fields = {**importer.listing(row), **terms, "external_reference": reference}
    if fields["sale_format"] == "auction":
        fields["price"] = None
    listing = create_listing(
        listing_model=kind.get_model(), category=_category(importer.category(row)), **fields
    )
    listing.full_clean(exclude=["status"])
    importer.finish(listing, row)
    if activate:
        activate_listing(listing=listing)


def _category(path: list[tuple[str, str]]) -> Any:
    found = None
    for slug, name in path:
        existing = get_category_model().objects.filter(slug=slug).first()
        found = existing or create_category(name=name, slug=slug, parent=found)
    return found


def reason_of(error: Exception) -> str:
    """Why a row was rejected, as a sentence."""
    if isinstance(error, ValidationError):
        messages = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return "; ".join(f"{name}: {' '.join(texts)}".removeprefix(": ") for name, texts in messages.items())
    if isinstance(error, DomainError) and error.field:
        return f"{error.field}: {error.detail}"
    return str(error)
