"""``/invoices/``: of what one bought or sold; as PDF, and by mail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.fields import AmountField, TargetField
from chowk_core.api.views import ScopedViewSet
from chowk_payments import selectors, services
from chowk_payments.api.filters import InvoiceFilter
from chowk_payments.api.serializers import CurrencyField
from chowk_payments.invoice_pdf import render_invoice


class InvoiceSerializer(serializers.Serializer[Any]):
    """An invoice or a credit note."""

    id = serializers.CharField(source="pk")
    kind = serializers.CharField()
    number = serializers.CharField()
    corrects = serializers.CharField()
    target = TargetField(source="part.target")
    reference = serializers.CharField(source="data.reference")
    seller_id = serializers.CharField()
    seller_name = serializers.CharField(source="data.seller_name")
    buyer_id = serializers.CharField()
    buyer_name = serializers.CharField(source="data.buyer_name")
    total = AmountField()
    currency = CurrencyField()
    issued_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


class SentSerializer(serializers.Serializer[Any]):
    """Where the invoice was sent."""

    sent_to = serializers.EmailField()


class InvoiceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The invoices of what the viewer bought or sold; staff see all."""

    permission_classes = (IsAuthenticated,)
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    ordering_fields = ("issued_at", "total")
    throttle_scopes = {"send": "payments"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_invoices(viewer)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """The invoice on paper."""
        invoice = self.get_object()
        answer = HttpResponse(render_invoice(invoice), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{invoice.number}.pdf"'
        return answer

    @extend_schema(request=None, responses=SentSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Mail it to its buyer."""
        return Response({"sent_to": services.send_invoice(invoice=self.get_object())})
