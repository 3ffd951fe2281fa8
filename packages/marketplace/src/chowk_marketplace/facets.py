"""Facets: what a list of listings is narrowed by, with how many there are of each value.

A listing type declares its own (``ListingType.facets``); every type has those of ``LISTING_FACETS``. A facet
is a query parameter of the type's list; a range is three: ``NAME_min``, ``NAME_max`` and ``NAME``. The count
beside a value is what the list has when it is chosen: a facet is counted with all filters but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Min
from django.db.models.functions import Upper
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

MOST_VALUES = 60
"""So many values of a facet are counted, the most frequent ones."""


@dataclass(frozen=True)
class Facet:
    """One thing to narrow by. ``field`` is the column (``name`` by default), also across relations.

    ``kind``: "terms" (one or several of its values), "range" (numbers from and to), or "flag" (yes or no).
    """

    name: str
    label: str | Promise = ""
    kind: str = "terms"
    field: str = ""

    @property
    def column(self) -> str:
        """The column's name, or its path."""
        return self.field or self.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """The query parameters that choose from it."""
        return (f"{self.name}_min", f"{self.name}_max", self.name) if self.kind == "range" else (self.name,)

    def model_field(self, model: type[Any]) -> Any:
        """The model field that ``column`` names."""
        found: Any = None
        for step in self.column.split("__"):
            found = model._meta.get_field(step)
            model = found.related_model or model
        return found

    def title(self, model: type[Any]) -> str:
        """What people call it."""
        return str(self.label) if self.label else str(capfirst(self.model_field(model).verbose_name))

    def choices(self, model: type[Any]) -> dict[str, str]:
        """Labels by value, where the column has choices; values as they are written, where it has none."""
        return {str(value): str(label) for value, label in self.model_field(model).flatchoices}


LISTING_FACETS = (
    Facet("condition", _("Condition")),
    Facet("sale_format", _("How it is sold")),
    Facet("price", _("Price"), kind="range"),
    Facet("city", _("City")),
    Facet("country", _("Country")),
    Facet("featured", _("Featured"), kind="flag"),
)
"""What every kind of listing is narrowed by, beside its category."""

CATEGORY = Facet("category", _("Category"))


def count_facets(
    rows_without: Callable[[Iterable[str]], Any], facets: Sequence[Facet], model: type[Any]
) -> list[dict[str, Any]]:
    """How many rows there are of each facet's values. A statement a facet, whatever the number of rows.

    ``rows_without(parameters)`` gives the filtered rows as if those parameters had not been sent.
    """
    return [_count(facet, rows_without(facet.parameters).order_by(), model) for facet in facets]


def count_categories(rows: Any, category_model: type[Any]) -> list[dict[str, Any]]:
    """The categories that hold any of the rows, or stand above such a one, in tree order. Two statements."""
    own = {row["category__path"]: row["n"] for row in _counted(rows.order_by(), "category__path")}
    totals: dict[str, int] = {}
    for path, number in own.items():
        for above in category_model.ancestor_paths(path):  # type: ignore[attr-defined]
            totals[above] = totals.get(above, 0) + number
    nodes = category_model._default_manager.filter(path__in=totals).order_by("path")
    return [
        {"value": node.slug, "label": node.name, "depth": node.depth, "count": totals[node.path]}
        for node in nodes
    ]


def _counted(rows: Any, column: str) -> Any:
    return rows.values(column).annotate(n=Count("pk"))


def _count(facet: Facet, rows: Any, model: type[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": facet.name, "label": facet.title(model), "kind": facet.kind}
    if facet.kind == "range":
        span = rows.aggregate(low=Min(facet.column), high=Max(facet.column), n=Count(facet.column))
        return {**found, "min": _plain(span["low"]), "max": _plain(span["high"]), "count": span["n"]}
    return {**found, "values": _flags(facet, rows) if facet.kind == "flag" else _terms(facet, rows, model)}


def _flags(facet: Facet, rows: Any) -> list[dict[str, Any]]:
    number = rows.filter(**{facet.column: True}).count()
    return [{"value": "true", "label": str(_("Yes")), "count": number}] if number else []


def _terms(facet: Facet, rows: Any, model: type[Any]) -> list[dict[str, Any]]:
    labels = facet.choices(model)
    if labels or not _is_text(facet, model):
        pairs = [(row[facet.column], row["n"]) for row in _counted(rows, facet.column)]
    else:  # the filter takes text in any case, and so does the count
        grouped = rows.values(key=Upper(F(facet.column))).annotate(
            text=Min(facet.column), n=Count("pk", distinct=True)
        )
        pairs = [(row["text"], row["n"]) for row in grouped.order_by("-n", "key")[:MOST_VALUES]]
    pairs.sort(key=lambda pair: (-pair[1], str(pair[0])))
    return [
        {"value": str(value), "label": str(capfirst(labels.get(str(value), str(value)))), "count": number}
        for value, number in pairs[:MOST_VALUES]
        if value not in (None, "")
    ]


def _is_text(facet: Facet, model: type[Any]) -> bool:
    return facet.model_field(model).get_internal_type() in {"CharField", "TextField", "SlugField"}


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return f"{getattr(value, 'amount', value).normalize():f}" if hasattr(value, "normalize") else str(value)
