"""The facets of the shop window: values with counts, each a link that chooses it or takes it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from chowk_core.exceptions import DomainError
from chowk_marketplace.api.filters import filterset_of
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.facets import LISTING_FACETS, Facet, count_facets
from chowk_marketplace.listing_types import ListingType, PlainListing

ELSEWHERE = {"condition", "sale_format", "price"}
"""What the form beside them asks for."""


@dataclass(frozen=True)
class Value:
    """A value of a facet: what it is called, how many there are, and the query with it, or without."""

    text: str
    value: str
    count: int
    query: str
    chosen: bool


@dataclass(frozen=True)
class Box:
    """A facet and its values."""

    name: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Entry:
    """A field that is written into: what was written, and what is wrong with it."""

    name: str
    label: str
    value: str
    hint: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Group:
    """A range with its two ends, or what a type's page asks for in words."""

    label: str
    entries: tuple[Entry, ...]
    numeric: bool


def kind_of(category: Any) -> ListingType:
    """The listing type that stands in a category: the one that names its root, else the plain one."""
    if category is not None:
        root = type(category).ancestor_paths(category.path)[0]
        for kind in marketplace_settings.LISTING_TYPES.values():
            if kind.category and kind.category == _slug_of(category, root):
                return kind
    return PlainListing()


def facets_of(kind: ListingType) -> list[Facet]:
    """What its page offers beside the form."""
    everyone = [facet for facet in LISTING_FACETS if facet.name not in ELSEWHERE]
    return [facet for facet in (*kind.facets, *everyone) if facet.kind != "range"]


def written(kind: ListingType) -> dict[str, str]:
    """The parameters of a type's page that are written into, with what a filter by them is called."""
    found: dict[str, str] = {}
    for facet in kind.facets:
        if facet.kind == "range":
            words = {"label": facet.title(kind.get_model())}
            found[f"{facet.name}_min"] = _("%(label)s from") % words
            found[f"{facet.name}_max"] = _("%(label)s up to") % words
    return found | {name: f"{label}:" for name, label in kind.page_filters.items()}


def chosen_values(request: HttpRequest, kind: ListingType) -> tuple[QueryDict, dict[str, str]]:
    """Of the query what narrows by the type's facets and filters, as far as it makes sense; and what does
    not, with what is wrong with it."""
    asked = QueryDict(mutable=True)
    for name in (*(facet.name for facet in facets_of(kind)), *written(kind)):
        if values := [value for value in request.GET.getlist(name) if value.strip()]:
            asked.setlist(name, values)
    none = kind.get_model().objects.none()
    filterset = filterset_of(kind)(asked, queryset=none, request=request)
    filterset.form.is_valid()
    problems = {name: str(errors[0]) for name, errors in filterset.form.errors.items()}
    for name in asked.keys() - problems.keys():
        try:
            filterset.filters[name].filter(none, filterset.form.cleaned_data[name])
        except DomainError as error:
            problems[name] = error.detail
    for name in problems:
        asked.pop(name, None)
    return asked, problems


def groups(request: HttpRequest, kind: ListingType, problems: dict[str, str]) -> list[Group]:
    """What the page asks for beside the facets."""

    def entry(name: str, label: Any, hint: Any = "") -> Entry:
        return Entry(name, str(label), request.GET.get(name, ""), str(hint), problems.get(name, ""))

    filters = filterset_of(kind).base_filters
    ranges = [
        Group(
            facet.title(kind.get_model()),
            (entry(f"{facet.name}_min", _("From")), entry(f"{facet.name}_max", _("To"))),
            numeric=True,
        )
        for facet in kind.facets
        if facet.kind == "range"
    ]
    asked = [
        Group("", (entry(name, label, filters[name].extra.get("help_text", "")),), numeric=False)
        for name, label in kind.page_filters.items()
    ]
    return [*asked, *ranges]


def narrow(rows: Any, kind: ListingType, asked: QueryDict, request: HttpRequest) -> Any:
    """The rows that have the chosen values."""
    filterset = filterset_of(kind)
    for name, item in filterset(asked, queryset=rows, request=request).filters.items():
        if name in asked:
            form = filterset(asked, queryset=rows, request=request).form
            form.is_valid()
            rows = item.filter(rows, form.cleaned_data[name])
    return rows


def boxes(rows: Any, kind: ListingType, asked: QueryDict, request: HttpRequest) -> list[Box]:
    """The facets with counts; ``rows`` are narrowed by all but them. One statement a facet."""
    facets = facets_of(kind)

    def rows_without(parameters: Iterable[str]) -> Any:
        left = asked.copy()
        for name in parameters:
            left.pop(name, None)
        return narrow(rows, kind, left, request)

    counted = count_facets(rows_without, facets, kind.get_model())
    return [box for one in counted if (box := _box(one, asked, request)).values]


def _box(counted: dict[str, Any], asked: QueryDict, request: HttpRequest) -> Box:
    name = counted["name"]
    chosen = {value.casefold() for value in asked.getlist(name)}
    values = [
        Value(
            text=one["label"],
            value=one["value"],
            count=one["count"],
            query=toggled(request, name, one["value"]),
            chosen=one["value"].casefold() in chosen,
        )
        for one in counted["values"]
    ]
    return Box(name=name, label=counted["label"], values=_first(values))


def _first(values: Sequence[Value], most: int = 12) -> tuple[Value, ...]:
    """The most frequent values, and all chosen ones."""
    return (*values[:most], *(value for value in values[most:] if value.chosen))


def toggled(request: HttpRequest, name: str, value: str) -> str:
    """The query with a value of a facet, or without it where it has it."""
    left = request.GET.copy()
    left.pop("page", None)
    values = left.getlist(name)
    kept = [one for one in values if one.casefold() != value.casefold()]
    left.setlist(name, kept if len(kept) < len(values) else [*values, value])
    return left.urlencode()


def _slug_of(category: Any, path: str) -> str:
    if category.path == path:
        return str(category.slug)
    return str(type(category).objects.filter(path=path).values_list("slug", flat=True).first())
