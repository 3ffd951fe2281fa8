"""What the pages of returns and complaints share: whose they are, and how their rows look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chowk_marketplace import selectors
from chowk_marketplace.pages.cards import pictures_of
from chowk_marketplace.policies import is_staff

PAGE_SIZE = 20
SIDES = {"bought": _("Bought"), "sold": _("Sold")}
ALL = {"all": _("Everybody's")}


@dataclass(frozen=True)
class Event:
    """A line of a story: who did what when, and what they said."""

    icon: str
    text: Any
    at: datetime
    who: Any = None
    note: str = ""


def sides_of(viewer: Any) -> dict[str, Any]:
    """The lists that ``viewer`` can choose from."""
    return {**ALL, **SIDES} if is_staff(viewer) else SIDES


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> tuple[str, Page[Any]]:
    """The chosen side and one page of its rows, each with its order's lines, ``line`` and ``picture`` of the
    first, how many ``more`` there are, and the ``other`` side."""
    known = sides_of(request.user)
    side = request.GET.get("side", "")
    side = side if side in known else next(iter(known))
    mine = {"bought": {"order__buyer": request.user}, "sold": {"order__seller": request.user}}
    rows = rows.filter(**mine.get(side, {})).prefetch_related(
        "order__lines__listing",
        Prefetch("order__lines__listing__images", queryset=selectors.primary_images()),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        bought = list(row.order.lines.all())
        row.line, row.more = bought[0], len(bought) - 1
        row.picture = pictures_of(bought[0].listing)[0]
        row.other = row.order.buyer if side == "sold" else row.order.seller
    return side, page
