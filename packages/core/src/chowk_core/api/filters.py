"""Ordering that refuses what it does not know; parameters that are described only where they work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.request import Request

from chowk_core.exceptions import DomainError


class UnknownOrdering(DomainError):
    code = "unknown_ordering"
    message = _("Cannot order by %(name)s. Known: %(known)s.")
    field = "ordering"


class UnknownFilter(DomainError):
    code = "unknown_filter"
    message = _("There is no parameter %(name)s. Known: %(known)s.")


class StrictOrderingFilter(OrderingFilter):
    """``?ordering=price,-created``: of the view's ``ordering_fields``; others are 400 ``unknown_ordering``.

    Without the parameter and the view's ``ordering`` rows stand as the queryset or its model has them.
    The primary key is added, so that rows with equal values keep their place from page to page.
    """

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Iterable[str], view: Any, request: Request
    ) -> list[str]:
        known = [name for name, _label in self.get_valid_fields(queryset, view, {"request": request})]
        fields = list(fields)
        for name in fields:
            if name.removeprefix("-") not in known:
                raise UnknownOrdering(name=ascii(name), known=", ".join(known))
        return fields

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        own = queryset.query.order_by or (
            queryset.model._meta.ordering if queryset.query.default_ordering else ()
        )
        order: list[Any] = list(self.get_ordering(request, queryset, view) or own)
        key = queryset.model._meta.pk.name
        if all(isinstance(name, str) and name.lstrip("-") not in {"pk", key} for name in order):
            order.append("-pk" if order and order[-1].startswith("-") else "pk")
        return queryset.order_by(*order)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [f"{sign}{name}" for name in getattr(view, "ordering_fields", ()) for sign in ("", "-")]
        text = _("What to order by: names with a comma between, - before a name for descending.")
        schema = {"type": "array", "items": {"type": "string", "enum": names}}
        return [{**_query(self.ordering_param, text, schema), "explode": False}] if names else []


class DescribedSearchFilter(SearchFilter):
    """DRF's search, described in the schema only for views that have ``search_fields``."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        text = _("Words to search for.")
        searches = bool(getattr(view, "search_fields", None))
        return [_query(self.search_param, text, {"type": "string"})] if searches else []


def _query(name: str, text: Any, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": str(text), "schema": schema}
