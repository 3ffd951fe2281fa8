"""Representations of wishes, price alerts, saved searches and views."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_core.api.filters import UnknownFilter
from chowk_core.exceptions import DomainError, NotFound
from chowk_marketplace.api.filters import filterset_of
from chowk_marketplace.api.serializers import ListingCardSerializer
from chowk_marketplace.listing_types import PlainListing, listing_type
from chowk_marketplace.models import (
    get_price_alert_model,
    get_saved_search_model,
    get_view_model,
    get_wish_model,
)
from chowk_marketplace.selectors import visible_listing

KEPT_APART = {"search"}
"""What a list is searched by beside its filters."""
MOST_VALUES = 40


@extend_schema_field({"type": "string", "maxLength": 64})
class VisibleListingField(serializers.Field[Any, Any, str, Any]):
    """A listing that the viewer may see, as its key."""

    def to_representation(self, value: Any) -> str:
        return str(value.pk)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return visible_listing(self.context["request"].user, data if isinstance(data, str) else "")
        except NotFound as error:
            raise serializers.ValidationError(error.detail, code="unknown_listing") from error


class WishSerializer(serializers.ModelSerializer[Any]):
    """A listing that you wish for."""

    id = serializers.CharField(source="pk", read_only=True)
    listing = ListingCardSerializer(read_only=True)

    class Meta:
        model = get_wish_model()
        fields = ("id", "listing", "created_at")
        read_only_fields = fields


class NewWishSerializer(serializers.Serializer[Any]):
    """What to wish for, or to look at."""

    listing = VisibleListingField()


class PriceAlertSerializer(serializers.ModelSerializer[Any]):
    """You are told when the listing gets cheaper; with ``target_price``, as cheap as that."""

    id = serializers.CharField(source="pk", read_only=True)
    listing = ListingCardSerializer(read_only=True)
    target_price = MoneyField(read_only=True, allow_null=True)
    last_price = MoneyField(read_only=True)

    class Meta:
        model = get_price_alert_model()
        fields = ("id", "listing", "target_price", "last_price", "created_at")
        read_only_fields = fields


class NewPriceAlertSerializer(NewWishSerializer):
    """Of what to be told, and from which price on."""

    target_price = MoneyField(required=False, allow_null=True, default=None)


class TargetPriceSerializer(serializers.Serializer[Any]):
    """From which price on to be told; null: of every drop."""

    target_price = MoneyField(allow_null=True)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
        "example": {"make": ["Toyota"], "price_max": ["9000"]},
    }
)
class QueryField(serializers.Field[Any, Any, Any, Any]):
    """The query parameters of a list by name, each with one or several values."""

    default_error_messages = {"invalid_query": "Enter an object of query parameters and their values."}

    def to_representation(self, value: Any) -> Any:
        return value

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, dict) or len(data) > MOST_VALUES:
            self.fail("invalid_query")
        found: dict[str, list[str]] = {}
        for name, value in data.items():
            values = value if isinstance(value, list) else [value]
            if len(values) > MOST_VALUES or not all(
                isinstance(one, str | int | float) and len(str(one)) <= 140 for one in values
            ):
                self.fail("invalid_query")
            found[name] = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
        return found


class SavedSearchSerializer(serializers.ModelSerializer[Any]):
    """A search that you are told of. ``query`` takes what the list of its listing type takes."""

    id = serializers.CharField(source="pk", read_only=True)
    listing_type = serializers.CharField(max_length=60, required=False, allow_blank=True)
    query = QueryField()

    class Meta:
        model = get_saved_search_model()
        fields = ("id", "name", "listing_type", "query", "alerts", "created_at")
        read_only_fields = ("created_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = attrs.get("listing_type", getattr(self.instance, "listing_type", ""))
        if "query" in attrs or "listing_type" in attrs:
            query = attrs.get("query", getattr(self.instance, "query", {}))
            check_query(listing_type(named) if named else PlainListing(), query, self.context["request"])
            attrs["query"] = query
        return attrs


def check_query(kind: Any, query: dict[str, list[str]], request: Any) -> None:
    """Raises what the list itself would: UnknownFilter, or a ValidationError of ``query``."""
    data = QueryDict(mutable=True)
    for name, values in query.items():
        data.setlist(name, values)
    filters = filterset_of(kind)(data, queryset=kind.get_model().objects.none(), request=request)
    known = set(filters.form.fields) | KEPT_APART
    for name in query:
        if name not in known:
            raise UnknownFilter(field="query", name=ascii(name), known=", ".join(sorted(known)))
    if not filters.is_valid():
        problems = [f"{name}: {text}" for name, texts in filters.errors.items() for text in texts]
        raise serializers.ValidationError({"query": problems}, code="invalid")
    try:
        bool(filters.qs)
    except DomainError as error:
        raise serializers.ValidationError({"query": [error.detail]}, code=error.code) from error


class ViewSerializer(serializers.ModelSerializer[Any]):
    """A listing that you looked at."""

    listing = ListingCardSerializer(read_only=True)

    class Meta:
        model = get_view_model()
        fields = ("listing", "viewed_at")
        read_only_fields = fields
