"""``/discounts/``: what is offered, what a code is worth, and the seller's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.fields import AmountField
from chowk_core.api.views import ScopedViewSet
from chowk_core.money import amount_text
from chowk_payments import selectors, services
from chowk_payments.abstract_models import DiscountKind
from chowk_payments.api.serializers import CurrencyField
from chowk_payments.conf import payments_settings
from chowk_payments.models import get_discount_model
from chowk_payments.services.discounts import Line

MOST_USES = 2**31 - 1
"""What PostgreSQL keeps in such a column."""


class DiscountSerializer(serializers.Serializer[Any]):
    """A discount as everybody may see it. A seller's own is for their goods only."""

    id = serializers.CharField(source="pk", read_only=True)
    code = serializers.RegexField(r"^[A-Za-z0-9_-]{3,40}$")
    label = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=DiscountKind.choices)
    percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, default=Decimal(0)
    )
    amount = AmountField(required=False, default=0, min_amount=0, default_currency="USD")
    minimum = AmountField(required=False, default=0, min_amount=0, default_currency="USD")
    currency = CurrencyField(required=False, allow_blank=True, default="")
    category_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, default=list
    )
    first_order = serializers.BooleanField(default=False)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_USES, required=False, allow_null=True, default=None
    )
    limit_per_user = serializers.IntegerField(
        min_value=1, max_value=MOST_USES, required=False, allow_null=True, default=None
    )
    public = serializers.BooleanField(default=False)
    active = serializers.BooleanField(default=True)

    def validate_code(self, code: str) -> str:
        code = code.upper()
        if get_discount_model()._default_manager.filter(code=code).exists():
            raise serializers.ValidationError(_("This code is taken."), code="unique")
        return code

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        problems = {}
        if data["kind"] == DiscountKind.PERCENT and not data["percent"]:
            problems["percent"] = _("Enter how many per cent.")
        if data["kind"] == DiscountKind.FIXED and not data["amount"]:
            problems["amount"] = _("Enter how much.")
        if (data["amount"] or data["minimum"]) and not data["currency"]:
            problems["currency"] = _("Enter the currency of the amounts.")
        if problems:
            raise serializers.ValidationError(problems)
        return data


class ActiveSerializer(serializers.Serializer[Any]):
    """Switch a discount on or off."""

    active = serializers.BooleanField()


class LineSerializer(serializers.Serializer[Any]):
    """Something in the cart."""

    id = serializers.CharField(max_length=64)
    listing_id = serializers.CharField(max_length=64, required=False, default="")
    seller_id = serializers.CharField(max_length=64)
    category_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, default=list
    )
    quantity = serializers.IntegerField(min_value=1, default=1)
    total = serializers.CharField(max_length=24)


class ShippingSerializer(serializers.Serializer[Any]):
    """A seller's shipping."""

    seller_id = serializers.CharField(max_length=64)
    total = serializers.CharField(max_length=24)


class ValidateSerializer(serializers.Serializer[Any]):
    """A code, and the cart that it is to lower."""

    code = serializers.CharField(max_length=40)
    currency = CurrencyField()
    lines = LineSerializer(many=True)
    shipping = ShippingSerializer(many=True, required=False, default=list)


class ApplySerializer(ValidateSerializer):
    """The same, and what for: repeated with the same ``key`` it takes no further use."""

    key = serializers.CharField(max_length=100)


class OffSerializer(serializers.Serializer[Any]):
    """What is off a line, or off a seller's shipping."""

    id = serializers.CharField()
    amount = serializers.CharField()


class DiscountQuoteSerializer(serializers.Serializer[Any]):
    """What the code takes off."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    total = serializers.CharField()
    currency = serializers.CharField()
    lines = OffSerializer(many=True)
    shipping = OffSerializer(many=True)


class DiscountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Public discounts that are valid now; a seller's own and, for staff, all."""

    permission_classes = (AllowAny,)
    serializer_class = DiscountSerializer
    ordering_fields = ("created_at", "ends_at")
    throttle_scopes = {"validate": "payments", "apply": "payments", "create": "payments"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_discounts(viewer)

    def get_permissions(self) -> list[Any]:
        if self.action in {"create", "partial_update", "apply"}:
            return [IsAuthenticated()]
        return list(super().get_permissions())

    @extend_schema(request=DiscountSerializer, responses={201: DiscountSerializer})
    def create(self, request: Request) -> Response:
        """A discount on one's own goods; of staff, on everybody's."""
        checked = DiscountSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        try:
            with transaction.atomic():
                row = services.create_discount(by=request.user, **checked.validated_data)
        except IntegrityError:  # the code was taken meanwhile, which looking again says
            DiscountSerializer(data=request.data).is_valid(raise_exception=True)
            raise
        return Response(DiscountSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ActiveSerializer, responses=DiscountSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Switch one's own discount on or off."""
        checked = ActiveSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        row = services.switch_discount(
            discount=self.get_object(), by=request.user, active=checked.validated_data["active"]
        )
        return Response(DiscountSerializer(row).data)

    @extend_schema(request=ValidateSerializer, responses=DiscountQuoteSerializer)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """What a code would take off. A refusal says why, by its code."""
        data = self.cart(ValidateSerializer)
        return self.answer(services.quote_discount(**data), data["currency"])

    @extend_schema(request=ApplySerializer, responses=DiscountQuoteSerializer)
    @action(detail=False, methods=["post"])
    def apply(self, request: Request) -> Response:
        """The same, and one use of the code reserved for the viewer under ``key``, for DISCOUNT_RESERVATION.
        What the viewer checks out with the code by then takes its place."""
        data = self.cart(ApplySerializer)
        data["expires_at"] = timezone.now() + payments_settings.DISCOUNT_RESERVATION
        data["key"] = f"user:{request.user.pk}:{data['key']}"
        return self.answer(services.hold_discount(**data), data["currency"])

    def cart(self, serializer: type[Any]) -> dict[str, Any]:
        """The request's cart, as the service takes it."""
        checked = serializer(data=self.request.data)
        checked.is_valid(raise_exception=True)
        data = dict(checked.validated_data)
        field = AmountField(min_amount=0)
        currency = data["currency"]
        data["lines"] = [
            Line(
                id=line["id"],
                listing_id=line["listing_id"],
                seller_id=line["seller_id"],
                category_ids=line["category_ids"],
                quantity=line["quantity"],
                total_minor=field.minor(line["total"], currency),
            )
            for line in data["lines"]
        ]
        data["shipping"] = {one["seller_id"]: field.minor(one["total"], currency) for one in data["shipping"]}
        viewer = self.request.user
        return {**data, "buyer": viewer if viewer.is_authenticated else None}

    def answer(self, quote: Any, currency: str) -> Response:
        def off(shares: Any) -> list[dict[str, str]]:
            return [{"id": key, "amount": amount_text(minor, currency)} for key, minor in shares.items()]

        return Response(
            {
                "code": quote.code,
                "label": quote.label,
                "total": amount_text(quote.total, currency),
                "currency": currency,
                "lines": off(quote.lines),
                "shipping": off(quote.shipping),
            }
        )
