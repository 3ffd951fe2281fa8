"""Search, order and facets of lists of listings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django_filters import utils as filter_utils
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.filters import DescribedSearchFilter, StrictOrderingFilter
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.facets import CATEGORY, LISTING_FACETS, Facet, count_categories, count_facets
from chowk_marketplace.models import get_category_model, get_listing_model
from chowk_marketplace.search import RELEVANCE


class ListingSearchFilter(DescribedSearchFilter):
    """``?search=``: as ``SEARCH`` finds words."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        text = " ".join(self.get_search_terms(request))
        if not text:
            return queryset
        fields = self.get_search_fields(view, request) or ()
        return marketplace_settings.SEARCH.narrow(rows=queryset, text=text, fields=fields)


class ListingOrderingFilter(StrictOrderingFilter):
    """``?ordering=``; what was searched for without one comes by relevance, where there is such a thing."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        if RELEVANCE in queryset.query.annotations and not request.query_params.get(self.ordering_param):
            return (f"-{RELEVANCE}",)
        return super().get_ordering(request, queryset, view)


class FacetValueSerializer(serializers.Serializer[Any]):
    """A value to choose, and how many the list then has."""

    value = serializers.CharField()
    label: Any = serializers.CharField()
    count = serializers.IntegerField(min_value=0)
    depth = serializers.IntegerField(required=False, help_text="Of a category in its tree.")


class FacetSerializer(serializers.Serializer[Any]):
    """A thing to narrow by: values, or a range from ``min`` to ``max``."""

    name = serializers.CharField(help_text="The query parameter; a range's are NAME_min and NAME_max.")
    label: Any = serializers.CharField()
    kind = serializers.CharField(help_text="terms, range or flag.")
    values = FacetValueSerializer(many=True, required=False)
    min = serializers.CharField(required=False, allow_null=True)
    max = serializers.CharField(required=False, allow_null=True)
    count = serializers.IntegerField(required=False, help_text="How many have a number at all.")


class FacetsSerializer(serializers.Serializer[Any]):
    """What the list holds."""

    count = serializers.IntegerField(min_value=0)
    categories = FacetValueSerializer(many=True)
    facets = FacetSerializer(many=True)


class FacetsMixin:
    """Adds ``facets/`` to a viewset of listings: the counts of what its list can be narrowed by."""

    def facets_of_type(self) -> tuple[type[Any], Sequence[Facet]]:
        """The model of the list, and its facets beside those of all listings."""
        return get_listing_model(), ()

    @extend_schema(responses={200: FacetsSerializer}, filters=True)
    @action(detail=False, pagination_class=None)
    def facets(self, request: Request) -> Response:
        """What the list can be narrowed by, with counts; takes the list's own filters."""
        view: Any = self
        rows = view.filter_queryset(view.get_queryset()).order_by()  # refuses what it does not know
        searched = ListingSearchFilter().filter_queryset(request, view.get_queryset(), view)

        def rows_without(parameters: Iterable[str]) -> Any:
            left = request.query_params.copy()
            if not any(left.pop(name, None) for name in parameters):
                return rows
            found = view.filterset_class(left, queryset=searched, request=request)
            if not found.is_valid():
                raise filter_utils.translate_validation(found.errors)
            return found.qs

        model, own = self.facets_of_type()
        return Response(
            {
                "count": rows.count(),
                "categories": count_categories(rows_without(CATEGORY.parameters), get_category_model()),
                "facets": count_facets(rows_without, (*own, *LISTING_FACETS), model),
            }
        )
