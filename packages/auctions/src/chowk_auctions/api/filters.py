from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chowk_auctions.abstract_models import Status
from chowk_auctions.selectors import watched_by
from chowk_core.targets import Target


class AuctionFilter(django_filters.FilterSet):
    """Auctions by status, what is sold, who sells, currency and time of the end."""

    status = django_filters.MultipleChoiceFilter(choices=Status.choices)
    target = django_filters.CharFilter(method="by_target", max_length=200, help_text="type:id")
    seller = django_filters.CharFilter(method="by_seller", max_length=64, help_text="A user's key, or “me”.")
    currency = django_filters.CharFilter(max_length=3)
    ends_after = django_filters.IsoDateTimeFilter(field_name="ends_at", lookup_expr="gte")
    ends_before = django_filters.IsoDateTimeFilter(field_name="ends_at", lookup_expr="lt")

    watching = django_filters.BooleanFilter(method="by_watching", help_text="Those you watch, or do not.")
    format = django_filters.CharFilter(max_length=20)

    def by_watching(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        viewer = self.request.user
        if not viewer.is_authenticated:
            return rows.none() if value else rows
        watched = watched_by(viewer)
        return rows.filter(pk__in=watched) if value else rows.exclude(pk__in=watched)

    def by_target(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        kind, _colon, key = value.rpartition(":")
        return rows.for_target(Target(type=kind, id=key))  # type: ignore[attr-defined]

    def by_seller(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == "me":
            viewer = self.request.user
            return rows.filter(seller=viewer) if viewer.is_authenticated else rows.none()
        try:
            return rows.filter(seller=get_user_model()._meta.pk.to_python(value))
        except ValidationError as error:
            message = _("This is no user's key.")
            raise ValidationError({name: ValidationError(message, code="invalid")}) from error
