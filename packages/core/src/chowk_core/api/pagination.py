"""Pages by number (``?page=2&size=50``) and by cursor (``?cursor=…&size=50``), with errors for wrong ones."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import InvalidPage
from django.db.models import Field, ForeignKey, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from chowk_core.api.texts import is_storable
from chowk_core.conf import core_settings
from chowk_core.exceptions import DomainError

SIZE = "size"
PAGE = "page"
CURSOR = "cursor"


class InvalidPageSize(DomainError):
    code = "invalid_page_size"
    message = _("size is a whole number from 1 to %(largest)s.")
    field = SIZE


class InvalidPageNumber(DomainError):
    code = "invalid_page"
    message = _("page is a whole number from 1.")
    field = PAGE


class PageNotFound(DomainError):
    code = "page_not_found"
    message = _("There is no such page; the last one is %(last)s.")
    status = 404


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    message = _("This cursor is not from here. Start again without one.")
    field = CURSOR


def whole_number(text: str) -> int | None:
    """``text`` as a number from 1, or None; at most ten ASCII digits, so never a huge one."""
    digits = text.isascii() and text.isdecimal() and len(text) <= 10
    return int(text) or None if digits else None


def page_size(request: Request) -> int:
    """``?size=``, or the site's PAGE_SIZE. Raises InvalidPageSize beyond 1 to MAX_PAGE_SIZE."""
    text = request.query_params.get(SIZE)
    if text is None:
        return core_settings.PAGE_SIZE
    size = whole_number(text)
    if size is None or size > core_settings.MAX_PAGE_SIZE:
        raise InvalidPageSize(largest=core_settings.MAX_PAGE_SIZE)
    return size


class NumberedPages(PageNumberPagination):
    """``{"count", "next", "previous", "results"}``. A page past the last is 404, a wrong page or size 400."""

    page_query_param = PAGE
    page_size_query_param = SIZE

    def get_page_size(self, request: Request) -> int:
        return page_size(request)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        number = whole_number(request.query_params.get(PAGE, "1"))
        if number is None:
            raise InvalidPageNumber
        return number

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        paginator = self.django_paginator_class(queryset, self.get_page_size(request))
        number = self.get_page_number(request, paginator)
        try:
            self.page = paginator.page(number)
        except InvalidPage as error:
            raise PageNotFound(last=paginator.num_pages) from error
        self.display_page_controls = False
        return list(self.page)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_parameter(PAGE, str(_("Which page, from 1.")), minimum=1), _size_parameter()]


class KeysetPages(BasePagination):
    """``{"next", "previous", "results"}`` by cursor: no count, no offset, nothing twice while rows come.

    ``ordering`` names columns that are never null, newest first by default; the primary key is added to
    break ties. A view's ``ordering`` overrides it, and so does ``?ordering=`` where the view's filter applies
    it. The cursor is the last row's values, readable and not secret.
    """

    ordering: Sequence[str] = ("-pk",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = page_size(request)
        self.order = self._order(queryset, view)
        position = self._decode(request, queryset.model)
        self.backwards = position is not None and position[0]
        rows = queryset.order_by(*(_reversed(name) if self.backwards else name for name in self.order))
        if position is not None:
            rows = rows.filter(self._beyond(position[1]))
        page = list(rows[: size + 1])
        more, self.page = len(page) > size, page[:size]
        if self.backwards:
            self.page.reverse()
        self.has_next = more if not self.backwards else True
        self.has_previous = more if self.backwards else position is not None
        return self.page

    def _order(self, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        names = queryset.query.order_by or getattr(view, "ordering", None) or self.ordering
        names = (names,) if isinstance(names, str) else tuple(names)
        key = queryset.model._meta.pk.name
        order = tuple(name.replace("pk", key) if name in {"pk", "-pk"} else name for name in names)
        if not any(name.lstrip("-") == key for name in order):
            order += (f"-{key}" if order and order[-1].startswith("-") else key,)
        return order

    def _beyond(self, values: Sequence[Any]) -> Q:
        """Rows after ``values`` in the order: a > x, or a = x and b > y, and so on."""
        found, equal = Q(), Q()
        for name, value in zip(self.order, values, strict=True):
            column, descending = name.lstrip("-"), name.startswith("-") != self.backwards
            found |= equal & Q(**{f"{column}__{'lt' if descending else 'gt'}": value})
            equal &= Q(**{column: value})
        return found

    def _decode(self, request: Request, model: type[Model]) -> tuple[bool, list[Any]] | None:
        text = request.query_params.get(CURSOR)
        if not text:
            return None
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"==")
            backwards, order, *values = json.loads(raw)
            texts = all(isinstance(value, str) and is_storable(value) for value in values)
            if order != ",".join(self.order) or not texts:
                raise InvalidCursor
            fields = [_field(model, name) for name in self.order]
            cleaned = [field.clean(value, None) for field, value in zip(fields, values, strict=True)]
        except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError) as error:
            raise InvalidCursor from error
        return bool(backwards), cleaned

    def _cursor(self, row: Any, *, backwards: bool) -> str:
        names = [name.lstrip("-") for name in self.order]
        values = [row._meta.get_field(name).value_to_string(row) for name in names]
        raw = json.dumps([int(backwards), ",".join(self.order), *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    def _link(self, row: Any, *, backwards: bool) -> str:
        url = remove_query_param(self.request.build_absolute_uri(), CURSOR)
        return replace_query_param(url, CURSOR, self._cursor(row, backwards=backwards))

    def get_paginated_response(self, data: Any) -> Response:
        following = self._link(self.page[-1], backwards=False) if self.page and self.has_next else None
        before = self._link(self.page[0], backwards=True) if self.page and self.has_previous else None
        return Response({"next": following, "previous": before, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["results"],
            "properties": {
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": CURSOR,
            "in": "query",
            "required": False,
            "description": str(_("Where to go on, as `next` and `previous` have it.")),
            "schema": {"type": "string"},
        }
        return [cursor, _size_parameter()]


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    """The column; of a key its target's, whose values it holds and which does not look for the row."""
    field: Any = model._meta.get_field(name.lstrip("-"))
    while isinstance(field, ForeignKey):
        field = field.target_field
    if not isinstance(field, Field):
        raise FieldDoesNotExist(f"{name} is not a column that pages can be ordered by")
    return field


def _parameter(name: str, description: str, **bounds: int) -> dict[str, Any]:
    schema = {"type": "integer", **bounds}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _size_parameter() -> dict[str, Any]:
    text = str(_("How many on a page."))
    return _parameter(SIZE, text, minimum=1, maximum=core_settings.MAX_PAGE_SIZE)
