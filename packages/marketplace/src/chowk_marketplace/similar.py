"""Which listings are like another one: the default of SIMILAR."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import Case, ExpressionWrapper, F, FloatField, Value, When
from django.db.models.functions import Abs, Cast, Greatest

from chowk_marketplace.listing_types import type_of
from chowk_marketplace.models import get_category_model

POOL = 400
"""So many listings are looked at: the newest of the same category, then the newest of its branch."""
SAME_CATEGORY = 3.0
SAME_VALUE = 1.0
SAME_PRICE = 2.0


class Similar(Protocol):
    """Orders ``rows`` (listings of the same type that the viewer may see) by likeness to ``listing``."""

    def __call__(self, *, listing: Any, rows: Any) -> Any: ...


def by_category_and_values(*, listing: Any, rows: Any) -> Any:
    """Active listings of the same branch of categories: first those of the same category, with the same
    values of the type's facets and with a near price. Of many the newest POOL are compared."""
    rows = rows.filter(pk__in=_pool(listing, rows.filter(status="active").exclude(pk=listing.pk)))
    score: Any = _if(SAME_CATEGORY, category=listing.category_id)
    for facet in type_of(type(listing)).facets:
        value = getattr(listing, facet.column, None) if "__" not in facet.column else None
        if facet.kind == "terms" and value not in (None, ""):
            score = score + _if(SAME_VALUE, **{facet.column: value})
    if listing.price is not None:
        amount = Value(float(listing.price.amount), output_field=FloatField())
        price = Cast(F("price"), FloatField())
        near: Any = Value(SAME_PRICE) * (Value(1.0) - Abs(price - amount) / Greatest(price, amount))
        same = When(
            price_currency=listing.price.currency.code,
            then=ExpressionWrapper(near, output_field=FloatField()),
        )
        score = score + Case(same, default=Value(0.0), output_field=FloatField())
    return rows.annotate(likeness=ExpressionWrapper(score, output_field=FloatField())).order_by(
        "-likeness", "-pk"
    )


def _pool(listing: Any, rows: Any) -> list[Any]:
    """The keys of what is compared. Both statements read their index from its newest end."""
    newest = rows.order_by("-created_at", "-pk").values_list("pk", flat=True)
    found = list(newest.filter(category=listing.category_id)[:POOL])
    if len(found) < POOL:
        top = get_category_model().ancestor_paths(listing.category.path)[0]
        found += newest.filter(category__path__startswith=top)[: POOL - len(found)]
    return found


def _if(weight: float, **condition: Any) -> Case:
    return Case(When(**condition, then=Value(weight)), default=Value(0.0), output_field=FloatField())
