"""``/refunds/``: the buyer asks, the seller or staff decide and complete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.fields import AmountField, TargetField
from chowk_core.api.views import ScopedViewSet
from chowk_core.exceptions import NotAllowed
from chowk_payments import selectors, services
from chowk_payments.abstract_models import AbstractRefund
from chowk_payments.api.filters import RefundFilter
from chowk_payments.api.serializers import CurrencyField


class RefundSerializer(serializers.Serializer[Any]):
    """A refund of (a part of) a payment."""

    id = serializers.CharField(source="pk")
    payment_id = serializers.CharField(source="part.payment_id")
    part_id = serializers.CharField()
    target = TargetField(source="part.target")
    amount = AmountField()
    currency = CurrencyField()
    state = serializers.CharField()
    reason = serializers.CharField()
    note = serializers.CharField()
    failure_code = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class AskRefundSerializer(serializers.Serializer[Any]):
    """Money of what was paid for a target back: ``amount`` of it, or all that no other refund claims."""

    target = TargetField(must_exist=False)
    amount = AmountField(required=False)
    reason = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class RefuseSerializer(serializers.Serializer[Any]):
    """Why not, for the buyer to read."""

    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class RefundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The refunds that the viewer gets or gives; staff see all."""

    permission_classes = (IsAuthenticated,)
    serializer_class = RefundSerializer
    filterset_class = RefundFilter
    ordering_fields = ("created_at", "amount")
    throttle_scopes = {
        "create": "payments",
        "approve": "payments",
        "complete": "payments",
        "into_wallet": "payments",
        "refuse": "payments",
    }

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_refunds(viewer)

    @extend_schema(request=AskRefundSerializer, responses={201: RefundSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a refund of one thing that was paid for. The target of several that were paid for together
        will do only while one of them is left: ``several_parts`` otherwise."""
        target = (
            AskRefundSerializer(data=request.data)
            .fields["target"]
            .run_validation(request.data.get("target") if isinstance(request.data, dict) else None)
        )
        part = selectors.part_to_refund(request.user, target)
        asked = AskRefundSerializer(data=request.data, context={"currency": part.currency})
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        refund = services.request_refund(
            part=part,
            by=request.user,
            amount=data.get("amount"),
            reason=data["reason"],
            note=data["note"],
            key=request.headers.get("Idempotency-Key", ""),
        )
        return self.answer(refund, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RefundSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Agree to it."""
        return self.answer(services.approve_refund(refund=self.decided(), by=request.user))

    @extend_schema(request=None, responses=RefundSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Give the money back. Through a gateway it is "processing" until that has answered."""
        return self.answer(services.complete_refund(refund=self.decided()))

    @extend_schema(request=None, responses=RefundSerializer)
    @action(detail=True, methods=["post"], url_path="into-wallet")
    def into_wallet(self, request: Request, pk: str) -> Response:
        """Of one that failed: the buyer, or staff, have it put into the buyer's wallet."""
        refund, user = self.get_object(), request.user
        if refund.part.payment.payer.pk != user.pk and not user.is_staff:
            raise NotAllowed
        return self.answer(services.refund_into_wallet(refund=refund))

    @extend_schema(request=RefuseSerializer, responses=RefundSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """Refuse it; the buyer withdraws it so."""
        refund = self.get_object()
        checked = RefuseSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        return self.answer(
            services.refuse_refund(refund=refund, by=request.user, note=checked.validated_data["note"])
        )

    def decided(self) -> AbstractRefund:
        """The refund, if it is the viewer's to decide: of the seller, or staff."""
        refund: AbstractRefund = self.get_object()
        user: Any = self.request.user
        if refund.part.payee.pk != user.pk and not user.is_staff:
            raise NotAllowed
        return refund

    def answer(self, refund: AbstractRefund, code: int = status.HTTP_200_OK) -> Response:
        """The refund, as it is now."""
        fresh = self.get_queryset().get(pk=refund.pk)
        return Response(RefundSerializer(fresh).data, status=code)
