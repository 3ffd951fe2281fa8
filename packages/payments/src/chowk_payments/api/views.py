"""Payments and wallets over HTTP: thin wrappers of the services and selectors."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.idempotency import HEADER
from chowk_core.api.views import ScopedViewSet
from chowk_payments import selectors, services
from chowk_payments.abstract_models import AbstractPayment
from chowk_payments.api.filters import PaymentFilter, TransactionFilter
from chowk_payments.api.payouts import PayoutSerializer
from chowk_payments.api.renderers import CsvRenderer
from chowk_payments.api.serializers import (
    ConfirmSerializer,
    PaymentReceiptSerializer,
    PaymentSerializer,
    PaySerializer,
    RetrySerializer,
    SendSerializer,
    SentMoneySerializer,
    TopUpSerializer,
    TransactionSerializer,
    WalletSerializer,
    WithdrawSerializer,
)
from chowk_payments.api.sources import source_from
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import CurrencyNotOffered
from chowk_payments.exporting import wallet_csv

CURRENCY = OpenApiParameter("currency", description="An ISO 4217 code; the default currency without it.")

secret = method_decorator(sensitive_variables())
"""Keeps a method's local variables, among them a card, out of error reports."""


class GatewayViewSet(ScopedViewSet):
    """Views that call a gateway: never in a transaction, also where the site wraps requests in one."""

    permission_classes = (IsAuthenticated,)
    idempotency_atomic = False

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        return transaction.non_atomic_requests(super().as_view(*args, **kwargs))

    def answer(self, payment: AbstractPayment, code: int = status.HTTP_200_OK) -> Response:
        """The payment, as it is now."""
        fresh = selectors.visible_payments(self.request.user).prefetch_related("attempts").get(pk=payment.pk)
        return Response(PaymentSerializer(fresh, context=self.get_serializer_context()).data, status=code)

    def validated(self, serializer: type[Any]) -> dict[str, Any]:
        """The request's body. Raises ValidationError."""
        checked = serializer(data=self.request.data, context=self.get_serializer_context())
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def key(self) -> str:
        """The request's Idempotency-Key, by which the service too does its work once."""
        return self.request.headers.get(HEADER, "")


class PaymentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GatewayViewSet):
    """The payments that the viewer made or receives; staff see all."""

    serializer_class = PaymentSerializer
    filterset_class = PaymentFilter
    ordering_fields = ("created_at", "amount")
    throttle_scopes = {"create": "payments", "retry": "payments", "confirm": "payments"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_payments(viewer).prefetch_related("attempts")

    @extend_schema(request=PaySerializer, responses={201: PaymentSerializer})
    @secret
    def create(self, request: Request) -> Response:
        """Pay. The answer's ``state`` says how it went: captured, failed, requires_action or processing."""
        data = self.validated(PaySerializer)
        payment = services.pay(
            payer=request.user,
            target=data["target"],
            method=data["method"],
            source=source_from(data),
            key=self.key(),
        )
        return self.answer(payment, status.HTTP_201_CREATED)

    @extend_schema(request=RetrySerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    @secret
    def retry(self, request: Request, pk: str) -> Response:
        """Try again after a failure, with another card or from the wallet."""
        data = self.validated(RetrySerializer)
        payment = services.retry(
            payment=self.get_object(),
            payer=request.user,
            method=data["method"],
            source=source_from(data),
        )
        return self.answer(payment)

    @extend_schema(request=ConfirmSerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Go on after the action that the payment asked for."""
        answer = self.validated(ConfirmSerializer)["answer"]
        payment = self.get_object()
        return self.answer(services.confirm_payment(payment=payment, payer=request.user, answer=answer))

    @extend_schema(request=None, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give up a payment that has taken no money."""
        return self.answer(services.cancel_payment(payment=self.get_object(), payer=request.user))

    @extend_schema(request=PaymentReceiptSerializer, responses=PaymentSerializer)
    @action(detail=True, methods=["post"])
    def receipt(self, request: Request, pk: str) -> Response:
        """Say that cash or a bank transfer came, or that it will not. For whom MAY_CONFIRM_RECEIPT allows."""
        data = self.validated(PaymentReceiptSerializer)
        payment = services.confirm_receipt(
            payment=self.get_object(), actor=request.user, received=data["received"]
        )
        return self.answer(payment)


class WalletViewSet(GatewayViewSet):
    """The viewer's own wallet: there is no other to see."""

    serializer_class = TransactionSerializer
    filterset_class = TransactionFilter
    query_parameters = ("currency",)
    throttle_scopes = {"top_up": "payments", "withdraw": "payments", "transfer": "payments"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.wallet_transactions(viewer, self._currency())

    @extend_schema(parameters=[CURRENCY], responses=WalletSerializer, filters=False)
    @action(detail=False, url_path="my_wallet", filterset_class=None, pagination_class=None)
    def my_wallet(self, request: Request) -> Response:
        """What is in the wallet."""
        wallets = selectors.wallets_of(request.user)
        currency = self._currency() or payments_settings.DEFAULT_CURRENCY
        mine = next((wallet for wallet in wallets if wallet.currency == currency), None)
        if mine is None:
            raise CurrencyNotOffered(currency=currency)
        names = ("currency", "posted", "available", "on_hold", "incoming")
        row = {**{name: getattr(mine, name) for name in names}, "wallets": wallets}
        return Response(WalletSerializer(row).data)

    @extend_schema(
        parameters=[CURRENCY],
        responses={
            (200, "application/json"): TransactionSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    @action(detail=False, url_path="my_wallet/transactions")
    def transactions(self, request: Request) -> Response | StreamingHttpResponse:
        """What went in and out, the newest first; of all currencies, or of one. As CSV (``?format=csv``, or
        by what the client accepts) all of it, without pages."""
        if request.accepted_renderer.format == CsvRenderer.format:
            self.pagination_class = None  # type: ignore[assignment]
            return self._csv()
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=TopUpSerializer, responses={201: PaymentSerializer})
    @action(detail=False, methods=["post"], url_path="my_wallet/top-up", url_name="top-up")
    @secret
    def top_up(self, request: Request) -> Response:
        """Put money from a card into the wallet. Answers a payment, confirmed and retried as any."""
        data = self.validated(TopUpSerializer)
        payment = services.top_up(
            payer=request.user,
            amount=data["amount"],
            currency=data["currency"],
            method=data["method"],
            source=source_from(data),
            key=self.key(),
        )
        return self.answer(payment, status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[CURRENCY], responses={(200, "text/csv"): OpenApiTypes.STR}, operation_id="wallets_export"
    )
    @action(detail=False, url_path="my_wallet/transactions/export", pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The same entries and filters as CSV, whatever their number."""
        return self._csv()

    @extend_schema(request=WithdrawSerializer, responses={201: PayoutSerializer})
    @action(detail=False, methods=["post"], url_path="my_wallet/withdraw")
    def withdraw(self, request: Request) -> Response:
        """Pay out to one's bank: ``amount``, or all that is there."""
        data = self.validated(WithdrawSerializer)
        payout = services.request_payout(
            user=request.user, amount=data.get("amount"), currency=data["currency"], key=self.key()
        )
        return Response(PayoutSerializer(payout).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SendSerializer, responses={201: SentMoneySerializer})
    @action(detail=False, methods=["post"], url_path="my_wallet/transfer")
    def transfer(self, request: Request) -> Response:
        """Send money to another user's wallet, by their login."""
        data = self.validated(SendSerializer)
        row = services.send_money(
            sender=request.user,
            recipient=selectors.recipient(data["recipient"]),
            amount=data["amount"],
            currency=data["currency"],
            note=data["note"],
            key=self.key(),
        )
        return Response(SentMoneySerializer(row).data, status=status.HTTP_201_CREATED)

    def get_renderers(self) -> list[Any]:
        own = [CsvRenderer()] if self.action == "transactions" else []
        return [*super().get_renderers(), *own]

    def _csv(self) -> StreamingHttpResponse:
        rows = self.filter_queryset(self.get_queryset())
        answer = StreamingHttpResponse(wallet_csv(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="wallet.csv"'
        return answer

    def _currency(self) -> str:
        """The currency asked for, "" for none. Raises CurrencyNotOffered."""
        currency = self.request.query_params.get("currency", "")
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise CurrencyNotOffered(currency=ascii(currency))
        return currency
