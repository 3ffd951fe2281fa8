"""Orders, for both their sides."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet
from chowk_marketplace import cart_selectors, selectors, services
from chowk_marketplace.api.cart_serializers import DeliveryQuoteSerializer
from chowk_marketplace.api.filters import OrderFilter
from chowk_marketplace.api.order_serializers import (
    DeliverySerializer,
    NoteSerializer,
    OrderSerializer,
    OrderTransitionSerializer,
    PlaceOrderSerializer,
    SetDeliverySerializer,
    ShipmentSerializer,
)
from chowk_marketplace.services.quoting import Wishes


def purchase(buyer: Any, listing: Any, data: dict[str, Any]) -> Any:
    """Buy ``listing`` as validated ``data`` of a PurchaseSerializer asks. Raises as the service, and NotFound
    for another's address."""
    code = data["shipping"]
    wishes = Wishes(
        ship_to=cart_selectors.ship_to_of(buyer, data.get("address")),
        shipping={str(listing.seller_id): code} if code else {},
        discount_code=data["discount_code"],
    )
    return services.purchase(
        listing=listing,
        buyer=buyer,
        quantity=data["quantity"],
        variant=data.get("variant"),
        wishes=wishes,
        agreed_price=data.get("price"),
        agreed_total=data.get("total"),
    )


class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """The orders that you bought or sold in."""

    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    permission_classes = (IsAuthenticated,)
    ordering_fields = ("created_at", "total", "pay_by")
    ordering = ("-created_at",)

    def visible_to(self, viewer: Any) -> Any:
        return selectors.visible_orders(viewer).prefetch_related("lines")

    @extend_schema(request=PlaceOrderSerializer, responses={201: OrderSerializer})
    def create(self, request: Request) -> Response:
        """Buy a listing at its fixed price; the order is then to be paid."""
        data = PlaceOrderSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        listing = selectors.visible_listing(request.user, data.validated_data["listing"])
        order = purchase(request.user, listing, data.validated_data)
        return self.answer(order, status.HTTP_201_CREATED)

    @extend_schema(parameters=[DeliverySerializer], responses={200: DeliveryQuoteSerializer}, filters=False)
    @action(detail=True, pagination_class=None)
    def delivery(self, request: Request, pk: str) -> Response:
        """What an unpaid order would come to, sent to an address in one of the seller's ways."""
        data = DeliverySerializer(data=request.query_params)
        data.is_valid(raise_exception=True)
        order = self.get_object()
        quote = services.quote_delivery(
            order=order, actor=request.user, **self.where(order, data.validated_data)
        )
        context = {**self.get_serializer_context(), "currency": quote.currency}
        return Response(DeliveryQuoteSerializer(quote.shares[0], context=context).data)

    @extend_schema(request=SetDeliverySerializer, responses={200: OrderSerializer})
    @delivery.mapping.post
    def set_delivery(self, request: Request, pk: str) -> Response:
        """The buyer says where and how an unpaid order goes; its total is then what is to be paid."""
        data = SetDeliverySerializer(data=request.data)
        data.is_valid(raise_exception=True)
        order = self.get_object()
        order = services.set_delivery(
            order=order,
            actor=request.user,
            agreed_total=data.validated_data.get("total"),
            **self.where(order, data.validated_data),
        )
        return self.answer(order, status.HTTP_200_OK)

    @extend_schema(request=NoteSerializer, responses={200: OrderSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The seller takes a paid order on."""
        return self.take_step(services.confirm_order, NoteSerializer)

    @extend_schema(request=ShipmentSerializer, responses={200: OrderSerializer})
    @action(detail=True, methods=["post"])
    def ship(self, request: Request, pk: str) -> Response:
        """The seller has sent it."""
        return self.take_step(services.ship_order, ShipmentSerializer)

    @extend_schema(request=NoteSerializer, responses={200: OrderSerializer})
    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> Response:
        """The buyer has it: the money goes to the seller."""
        return self.take_step(services.deliver_order, NoteSerializer)

    @extend_schema(request=NoteSerializer, responses={200: OrderSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel an order that has not been shipped; what was paid goes back."""
        return self.take_step(services.cancel_order, NoteSerializer)

    @extend_schema(responses={200: OrderTransitionSerializer(many=True)}, filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Every step so far, first to last."""
        steps = selectors.order_history(request.user, self.get_object())
        return Response(OrderTransitionSerializer(steps, many=True).data)

    def where(self, order: Any, data: dict[str, Any]) -> dict[str, Any]:
        """Address and way of sending, as services take them: an address of the buyer, whoever asks. Raises
        NotFound for another's."""
        ship_to = cart_selectors.ship_to_of(order.buyer, data.get("address"))
        return {"ship_to": ship_to, "shipping": data["shipping"]}

    def take_step(self, service: Any, serializer: Any) -> Response:
        """Validate the request, call the service, and answer the order as it now is."""
        data = serializer(data=self.request.data)
        data.is_valid(raise_exception=True)
        order = service(order=self.get_object(), actor=self.request.user, **data.validated_data)
        return self.answer(order, status.HTTP_200_OK)

    def answer(self, order: Any, code: int) -> Response:
        """The order as it now is."""
        return Response(self.get_serializer(self.get_queryset().get(pk=order.pk)).data, status=code)
