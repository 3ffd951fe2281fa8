"""The base of every package's views: scoped reads, one error shape, idempotency, strict query parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from chowk_core.api.errors import as_api_exception, exception_handler
from chowk_core.api.filters import DescribedSearchFilter, StrictOrderingFilter, UnknownFilter
from chowk_core.api.idempotency import Idempotent
from chowk_core.api.pagination import CURSOR, PAGE, SIZE, NumberedPages
from chowk_core.api.parsers import SafeJSONParser
from chowk_core.api.schema import AutoSchema
from chowk_core.api.texts import is_storable
from chowk_core.api.throttling import ScopeThrottle

PLAIN_HANDLER = "rest_framework.views.exception_handler"


class ApiMixin(Idempotent):
    """For any APIView: one shape of errors, safe JSON, Idempotency-Key, rates by scope, a full schema."""

    schema: Any = AutoSchema()
    throttle_scopes: ClassVar[dict[str, str]] = {}

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(as_api_exception(exc))  # type: ignore[misc]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """The site's handler; ours where the site has left DRF's, which has another shape."""
        handler: Callable[..., Response | None] = super().get_exception_handler()  # type: ignore[misc]
        plain = f"{handler.__module__}.{handler.__qualname__}" == PLAIN_HANDLER
        return exception_handler if plain else handler

    def get_parsers(self) -> list[BaseParser]:
        parsers: list[BaseParser] = super().get_parsers()  # type: ignore[misc]
        return [SafeJSONParser() if type(parser) is JSONParser else parser for parser in parsers]

    def get_throttles(self) -> list[BaseThrottle]:
        throttles: list[BaseThrottle] = super().get_throttles()  # type: ignore[misc]
        return [*throttles, ScopeThrottle()]


class ApiView(ApiMixin, APIView):
    """An APIView of ours."""


class ScopedViewSet(ApiMixin, GenericViewSet):
    """A viewset whose reads are scoped to the viewer: write ``visible_to`` and mix in DRF's actions.

    Lists take the filters of ``filterset_class``, ``?search=``, ``?ordering=`` and ``?page=&size=``; another
    parameter is 400 ``unknown_filter`` (``query_parameters`` names what the view itself reads). A key of the
    wrong form is 404, as is an object that the viewer may not see.
    """

    filter_backends = (DjangoFilterBackend, DescribedSearchFilter, StrictOrderingFilter)
    pagination_class = NumberedPages
    ordering_fields: ClassVar[tuple[str, ...]] = ()
    query_parameters: ClassVar[tuple[str, ...]] = ()
    lookup_value_converter = "str"

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        """What ``viewer`` (a user or AnonymousUser) may see: a call of the package's selector."""
        raise NotImplementedError(f"{type(self).__name__}.visible_to")

    def get_queryset(self) -> QuerySet[Any]:
        return self.visible_to(self.request.user)

    def get_object(self) -> Any:
        """The object of the URL, if the viewer may see it. Raises Http404, and what permissions raise."""
        queryset = self.get_queryset()
        name = self.lookup_field
        text = self.kwargs[self.lookup_url_kwarg or name]
        found = queryset.filter(**{name: clean_key(queryset.model, name, text)}).first()
        if found is None:
            raise Http404
        self.check_object_permissions(self.request, found)
        return found

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = self._known_parameters(queryset)
        for name in self.request.query_params:
            if name not in known:
                raise UnknownFilter(field=ascii(name)[1:-1], name=ascii(name), known=", ".join(sorted(known)))
        return super().filter_queryset(queryset)

    def _known_parameters(self, queryset: QuerySet[Any]) -> set[str]:
        known = set(self.query_parameters)
        known.add(str(api_settings.URL_FORMAT_OVERRIDE or ""))
        if self.pagination_class is not None:
            known |= {SIZE, PAGE if issubclass(self.pagination_class, NumberedPages) else CURSOR}
        for backend in self.filter_backends:
            known |= _parameters_of(backend(), self, queryset)
        return known - {""}


def _parameters_of(backend: Any, view: ScopedViewSet, queryset: QuerySet[Any]) -> set[str]:
    if isinstance(backend, OrderingFilter):
        return {backend.ordering_param} if view.ordering_fields else set()
    if isinstance(backend, SearchFilter):
        return {backend.search_param} if getattr(view, "search_fields", None) else set()
    filterset_class = (
        backend.get_filterset_class(view, queryset) if hasattr(backend, "get_filterset_class") else None
    )
    if filterset_class is None:
        return set()
    found: set[str] = set()
    for name, field in filterset_class(
        data=None, queryset=queryset, request=view.request
    ).form.fields.items():
        suffixes = getattr(field.widget, "suffixes", None)
        found |= {f"{name}_{suffix}" if suffix else name for suffix in suffixes} if suffixes else {name}
    return found


def clean_key(model: type[Model], name: str, text: str) -> Any:
    """The value of a key in a URL. Raises Http404 for one that the column can never hold."""
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not is_storable(text):
        raise Http404
    try:
        return field.to_python(text)  # type: ignore[union-attr]
    except ValidationError as error:
        raise Http404 from error
