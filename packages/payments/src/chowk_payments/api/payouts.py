"""``/payouts/`` and ``/bank-details/``: money on its way to one's bank, and where that is."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.fields import AmountField
from chowk_core.api.views import ApiView, ScopedViewSet
from chowk_core.exceptions import NotFound
from chowk_payments import selectors, services
from chowk_payments.api.serializers import CurrencyField

secret = method_decorator(sensitive_variables())


class PayoutSerializer(serializers.Serializer[Any]):
    """Money from a wallet to a bank."""

    id = serializers.CharField(source="pk")
    amount = AmountField()
    currency = CurrencyField()
    origin = serializers.CharField()
    state = serializers.CharField()
    failure_code = serializers.CharField()
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class BankDetailsSerializer(serializers.Serializer[Any]):
    """Numbers go in; what comes out is masked."""

    holder = serializers.CharField(max_length=120)
    bank_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    country = serializers.RegexField(r"^[A-Z]{2}$")
    account_number = serializers.RegexField(r"^[A-Za-z0-9 -]{4,42}$", write_only=True)
    routing_code = serializers.RegexField(
        r"^[A-Za-z0-9 -]{0,20}$", write_only=True, required=False, allow_blank=True, default=""
    )
    tax_number = serializers.RegexField(
        r"^[A-Za-z0-9 ./-]{0,40}$", write_only=True, required=False, allow_blank=True, default=""
    )
    automatic = serializers.BooleanField(default=True)
    account = serializers.CharField(source="masked_account", read_only=True)
    tax = serializers.CharField(source="masked_tax_number", read_only=True)


class PayoutViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The viewer's own payouts. Ask for one by ``POST /wallets/my_wallet/withdraw/``."""

    permission_classes = (IsAuthenticated,)
    serializer_class = PayoutSerializer
    ordering_fields = ("created_at", "amount")

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.payouts_of(viewer)


class BankDetailsView(ApiView):
    """Where the viewer's money is paid out to."""

    permission_classes = (IsAuthenticated,)
    throttle_scope = "payments"

    @extend_schema(responses=BankDetailsSerializer)
    def get(self, request: Request) -> Response:
        """What is stored, masked."""
        row = selectors.bank_details_of(request.user)
        if row is None:
            raise NotFound
        return Response(BankDetailsSerializer(row).data)

    @extend_schema(request=BankDetailsSerializer, responses=BankDetailsSerializer)
    @secret
    def put(self, request: Request) -> Response:
        """Store or replace it."""
        checked = BankDetailsSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        row = services.save_bank_details(user=request.user, **checked.validated_data)
        return Response(BankDetailsSerializer(row).data)
