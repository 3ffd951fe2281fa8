"""What lists can be narrowed by. A value that cannot be is an error, not an empty list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from chowk_core.api.texts import is_storable
from chowk_core.exceptions import DomainError
from chowk_core.money import decimals
from chowk_marketplace.api.fields import find_category
from chowk_marketplace.facets import Facet
from chowk_marketplace.listing_types import ListingType, listing_type
from chowk_marketplace.models import get_complaint_model, get_listing_model, get_order_model, get_return_model

AMOUNT = {"max_digits": 19, "decimal_places": 3, "min_value": 0}


class TextFilter(django_filters.CharFilter):
    """Text of a bounded length, without what a database cannot hold."""

    def __init__(self, *args: Any, max_length: int = 140, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)


class TermsField(forms.MultipleChoiceField):
    """One or several texts, each of a bounded length."""

    default_error_messages: ClassVar[Any] = {"invalid_choice": _("Enter a shorter text.")}

    def valid_value(self, value: Any) -> bool:
        return len(value) <= 140 and is_storable(value)


class TermsFilter(django_filters.MultipleChoiceFilter):
    """A column that is one of the values sent, whatever their case."""

    field_class = TermsField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"lookup_expr": "iexact", "distinct": False, **kwargs})

    def is_noop(self, qs: Any, value: Any) -> bool:
        return not value


class ListingFilter(django_filters.FilterSet):
    """Filters of listings. Without ``status`` only active ones are listed."""

    category = TextFilter(method="in_category", help_text="Slug or key; with all categories below.")
    type = TextFilter(method="of_type", help_text="The name of a listing type.")
    price_min = django_filters.NumberFilter(field_name="price", lookup_expr="gte", **AMOUNT)
    price_max = django_filters.NumberFilter(field_name="price", lookup_expr="lte", **AMOUNT)
    currency = TextFilter(method="in_currency", max_length=3, help_text="An ISO 4217 code.")
    condition = django_filters.MultipleChoiceFilter(
        choices=get_listing_model().Condition.choices, distinct=False
    )
    city = TermsFilter()
    country = TextFilter(method="in_country", max_length=2, help_text="An ISO 3166-1 code of two letters.")
    featured = django_filters.BooleanFilter()
    store = TextFilter(field_name="store__slug", help_text="The slug of a store.")
    sale_format = django_filters.ChoiceFilter(choices=get_listing_model().SaleFormat.choices)
    seller = TextFilter(method="sold_by", max_length=64, help_text="A user's key, or “me”.")
    status = django_filters.MultipleChoiceFilter(
        choices=get_listing_model().Status.choices,
        distinct=False,
        help_text="Active ones by default; others are your own.",
    )

    class Meta:
        model = get_listing_model()
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data.get("status") else narrowed.active()

    def in_category(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.in_category(find_category(value))

    def in_currency(self, queryset: Any, name: str, value: str) -> Any:
        decimals(value)  # raises UnknownCurrency; a choice of all would be copied with each request's form
        return queryset.filter(price_currency=value)

    def in_country(self, queryset: Any, name: str, value: str) -> Any:
        if value not in countries.countries:
            raise UnknownCountry
        return queryset.filter(country=value)

    def of_type(self, queryset: Any, name: str, value: str) -> Any:
        meta = listing_type(value).get_model()._meta
        return queryset.filter(
            polymorphic_ctype__app_label=meta.app_label, polymorphic_ctype__model=meta.model_name
        )

    def sold_by(self, queryset: Any, name: str, value: str) -> Any:
        user = self.request.user
        if value == "me":
            return queryset.filter(seller=user.pk) if user.is_authenticated else queryset.none()
        return queryset.filter(seller_id=_user_key(queryset, value))


def filterset_of(kind: ListingType) -> type[ListingFilter]:
    """The filters of a listing type: its own class, or those of all listings and of its facets."""
    return import_string(kind.filterset) if kind.filterset else facet_filterset(kind.get_model(), kind.facets)


def facet_filterset(model: type[Any], facets: Iterable[Facet]) -> type[ListingFilter]:
    """Filters of ``model`` with what ``facets`` choose from; to be subclassed where a type has more."""
    return _facet_filterset(model, tuple(facets))  # type: ignore[arg-type]


@cache
def _facet_filterset(model: type[Any], facets: tuple[Facet, ...]) -> type[ListingFilter]:
    own: dict[str, Any] = {}
    for facet in facets:
        own.update(_filters(facet, model))
    meta = type("Meta", (ListingFilter.Meta,), {"model": model})
    return type(f"{model.__name__}Filter", (ListingFilter,), {**own, "Meta": meta, "__module__": __name__})


def _filters(facet: Facet, model: type[Any]) -> dict[str, Any]:
    column = facet.column
    if facet.kind == "flag":
        return {facet.name: django_filters.BooleanFilter(field_name=column)}
    if facet.kind == "range":
        lookups = {f"{facet.name}_min": "gte", f"{facet.name}_max": "lte", facet.name: "exact"}
        whole = "Integer" in facet.model_field(model).get_internal_type()
        bounds = {"max_digits": 15, "decimal_places": 0 if whole else 3}
        return {
            name: django_filters.NumberFilter(field_name=column, lookup_expr=lookup, **bounds)
            for name, lookup in lookups.items()
        }
    if choices := facet.model_field(model).choices:
        return {
            facet.name: django_filters.MultipleChoiceFilter(
                field_name=column, choices=choices, distinct="__" in column
            )
        }
    return {facet.name: TermsFilter(field_name=column, distinct="__" in column)}


class OrderFilter(django_filters.FilterSet):
    """Filters of orders."""

    status = django_filters.MultipleChoiceFilter(choices=get_order_model().Status.choices)
    role = django_filters.ChoiceFilter(
        choices=[("buyer", _("buyer")), ("seller", _("seller"))],
        method="by_role",
        help_text="Your side of the order.",
    )
    number = TextFilter(max_length=32)

    class Meta:
        model = get_order_model()
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(**{value: self.request.user.pk})


class ReturnFilter(django_filters.FilterSet):
    """Filters of returns."""

    status = django_filters.MultipleChoiceFilter(choices=get_return_model().Status.choices)
    role = django_filters.ChoiceFilter(
        choices=[("buyer", _("buyer")), ("seller", _("seller"))],
        method="by_role",
        help_text="Your side of the order.",
    )
    order = TextFilter(field_name="order__number", max_length=32, help_text="The order's number.")

    class Meta:
        model = get_return_model()
        fields: list[str] = []

    def by_role(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(**{f"order__{value}": self.request.user.pk})


class ComplaintFilter(ReturnFilter):
    """Filters of complaints."""

    status = django_filters.MultipleChoiceFilter(choices=get_complaint_model().Status.choices)
    kind = django_filters.MultipleChoiceFilter(choices=get_complaint_model().Kind.choices)

    class Meta:
        model = get_complaint_model()
        fields: list[str] = []


class UnknownCountry(DomainError):
    """Not an ISO 3166-1 code of two letters."""

    code = "unknown_country"
    field = "country"
    message = _("There is no such country.")


class UnknownSeller(DomainError):
    """Not the key of a user."""

    code = "unknown_seller"
    field = "seller"
    message = _("There is no such seller.")


def _user_key(queryset: Any, value: str) -> Any:
    user_key = queryset.model._meta.get_field("seller").target_field
    try:
        return forms.CharField().clean(value) and user_key.to_python(value)
    except ValidationError as error:
        raise UnknownSeller from error
