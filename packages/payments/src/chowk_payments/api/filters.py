from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from chowk_core.targets import Target
from chowk_payments.abstract_models import InvoiceKind, Method, PaymentState, Purpose, RefundState
from chowk_payments.models import get_payment_part_model


class PaymentFilter(django_filters.FilterSet):
    """Payments by state, method, purpose, the viewer's role, target and time."""

    state = django_filters.MultipleChoiceFilter(choices=PaymentState.choices)
    method = django_filters.ChoiceFilter(choices=Method.choices)
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices)
    role = django_filters.ChoiceFilter(choices=[("payer", "payer"), ("payee", "payee")], method="by_role")
    target = django_filters.CharFilter(method="by_target", help_text="type:id")
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    def by_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """A payee is also one of several."""
        user = self.request.user
        if value == "payer":
            return rows.filter(payer=user)
        parts = get_payment_part_model()._default_manager.filter(payment=OuterRef("pk"), payee=user)
        return rows.filter(Q(payee=user) | Exists(parts))

    def by_target(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        kind, _colon, key = value.rpartition(":")
        target = Target(type=kind, id=key).canonical()
        return rows.filter(target_type=target.content_type(), target_id=target.id)


class TransactionFilter(django_filters.FilterSet):
    """A wallet's entries by direction, code, reference and time."""

    direction = django_filters.ChoiceFilter(choices=[("in", "in"), ("out", "out")], method="by_direction")
    code = django_filters.CharFilter()
    reference = django_filters.CharFilter()
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    def by_direction(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(signed_amount__lt=0) if value == "out" else rows.filter(signed_amount__gt=0)


class RefundFilter(django_filters.FilterSet):
    """Refunds by state, the viewer's role and time."""

    state = django_filters.MultipleChoiceFilter(choices=RefundState.choices)
    role = django_filters.ChoiceFilter(choices=[("buyer", "buyer"), ("seller", "seller")], method="by_role")
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    def by_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        mine = {"buyer": "part__payment__payer", "seller": "part__payee"}[value]
        return rows.filter(**{mine: self.request.user})


class InvoiceFilter(django_filters.FilterSet):
    """Invoices by kind, number, the viewer's role and time."""

    kind = django_filters.ChoiceFilter(choices=InvoiceKind.choices)
    number = django_filters.CharFilter()
    role = django_filters.ChoiceFilter(choices=[("buyer", "buyer"), ("seller", "seller")], method="by_role")
    since = django_filters.IsoDateTimeFilter(field_name="issued_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="issued_at", lookup_expr="lt")

    def by_role(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(**{value: self.request.user})
