"""The shop window: listings by category and filter, each filter visible and removable."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chowk_core.pages import missing_is_404
from chowk_marketplace import selectors
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.pages import facets
from chowk_marketplace.pages.cards import card_of
from chowk_marketplace.search import RELEVANCE

PAGE_SIZE = 24
SORTS = {
    "new": (gettext_lazy("Newest first"), ("-activated_at", "-pk")),
    "cheap": (gettext_lazy("Lowest price first"), ("price", "-pk")),
    "dear": (gettext_lazy("Highest price first"), ("-price", "-pk")),
    "name": (gettext_lazy("By name"), ("title", "-pk")),
}


class BrowseForm(forms.Form):
    """The filters. A value that makes no sense filters nothing and is said to."""

    q = forms.CharField(required=False, max_length=100)
    sale_format = forms.ChoiceField(required=False)
    condition = forms.ChoiceField(required=False)
    price_min = forms.DecimalField(required=False, min_value=0, max_digits=12, decimal_places=2)
    price_max = forms.DecimalField(required=False, min_value=0, max_digits=12, decimal_places=2)
    sort = forms.ChoiceField(
        required=False, choices=[(name, label) for name, (label, _order) in SORTS.items()]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = get_listing_model()
        self.fields["sale_format"].choices = model.SaleFormat.choices  # type: ignore[attr-defined]
        self.fields["condition"].choices = model.Condition.choices  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Chip:
    """One thing that is filtered by, and the query without it."""

    text: str
    query: str


def _narrow(rows: Any, asked: dict[str, Any]) -> Any:
    if asked.get("q"):
        rows = marketplace_settings.SEARCH.narrow(rows=rows, text=asked["q"], fields=("title", "description"))
    for name in ("sale_format", "condition"):
        if asked.get(name):
            rows = rows.filter(**{name: asked[name]})
    if asked.get("price_min") is not None:
        rows = rows.filter(price__gte=asked["price_min"])
    if asked.get("price_max") is not None:
        rows = rows.filter(price__lte=asked["price_max"])
    return rows


def _ordered(rows: Any, asked: dict[str, Any]) -> Any:
    if not asked.get("sort") and RELEVANCE in rows.query.annotations:
        return rows.order_by(f"-{RELEVANCE}", "-pk")
    return rows.order_by(*SORTS[asked.get("sort") or "new"][1])


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _chips(request: HttpRequest, form: BrowseForm, category: Any) -> list[Chip]:
    def chip(name: str, text: Any) -> Chip:
        left = request.GET.copy()
        for gone in (name, "page"):
            left.pop(gone, None)
        return Chip(str(text), left.urlencode())

    asked = form.cleaned_data
    chips = [chip("category", category.name)] if category else []
    if asked.get("q"):
        chips.append(chip("q", _("“%(words)s”") % {"words": asked["q"]}))
    for name in ("sale_format", "condition"):
        if asked.get(name):
            label = dict(form.fields[name].choices)[asked[name]]  # type: ignore[attr-defined]
            chips.append(chip(name, str(label).capitalize()))
    for name, words in (("price_min", _("from %(price)s")), ("price_max", _("up to %(price)s"))):
        if asked.get(name) is not None:
            chips.append(chip(name, words % {"price": _plain(asked[name])}))
    return chips


def _written_chips(request: HttpRequest, kind: Any, chosen: QueryDict) -> list[Chip]:
    """What is narrowed by in words and numbers."""
    found = []
    for name, label in facets.written(kind).items():
        if name in chosen:
            left = request.GET.copy()
            for gone in (name, "page"):
                left.pop(gone, None)
            found.append(Chip(f"{label} {chosen[name]}", left.urlencode()))
    return found


def _values_chips(found: list[facets.Box]) -> list[Chip]:
    """What is chosen from facets."""
    return [
        Chip(f"{box.label}: {value.text}", value.query)
        for box in found
        for value in box.values
        if value.chosen
    ]


def _facets(tree: list[Any], category: Any) -> list[Any]:
    """Top categories, and the children along the way to the chosen one; empty ones are left out."""
    chosen = category.path if category else ""
    step = type(tree[0]).steplen if tree else 0
    return [
        node
        for node in tree
        if (node.depth == 1 or chosen.startswith(node.path[:-step]))
        and (node.listing_count or node.path == chosen)
    ]


@missing_is_404
def browse(request: HttpRequest) -> HttpResponse:
    """One page of what is for sale, as filtered by the query."""
    form = BrowseForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    slug = request.GET.get("category", "")
    category = selectors.category_for(slug) if slug else None
    kind = facets.kind_of(category)
    chosen, problems = facets.chosen_values(request, kind)
    visible = selectors.visible_listings(request.user, kind.get_model()).filter(status="active")
    rows = _narrow(visible.in_category(category) if category is not None else visible, asked)
    boxes = facets.boxes(rows.order_by(), kind, chosen, request)
    rows = _ordered(selectors.for_cards(facets.narrow(rows, kind, chosen, request)), asked)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    listings = selectors.as_own_types(page.object_list)
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "listings": listings,
        "cards": [(listing, card_of(listing)) for listing in listings],
        "category": category,
        "categories": _facets(selectors.category_tree(), category),
        "chips": [
            *_chips(request, form, category),
            *_values_chips(boxes),
            *_written_chips(request, kind, chosen),
        ],
        "boxes": boxes,
        "groups": facets.groups(request, kind, problems),
        "chosen": [
            (name, value)
            for name, values in chosen.lists()
            for value in values
            if name not in facets.written(kind)
        ],
        "sorts": [(name, label) for name, (label, _order) in SORTS.items()],
    }
    return render(request, "chowk_marketplace/browse.html", context)
