"""Returns, for both sides of their orders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_marketplace import aftersale_selectors, selectors, services
from chowk_marketplace.api.desire_views import OwnViewSet
from chowk_marketplace.api.filters import ReturnFilter
from chowk_marketplace.api.order_serializers import NoteSerializer
from chowk_marketplace.api.return_serializers import (
    NewReturnSerializer,
    ReturnReceiptSerializer,
    ReturnSerializer,
)
from chowk_marketplace.exceptions import NothingToReturn


class ReturnViewSet(OwnViewSet):
    """The returns of what you bought or sold."""

    serializer_class = ReturnSerializer
    filterset_class = ReturnFilter

    def visible_to(self, viewer: Any) -> Any:
        return aftersale_selectors.visible_returns(viewer)

    @extend_schema(request=NewReturnSerializer, responses={201: ReturnSerializer})
    def create(self, request: Request) -> Response:
        """Ask to send goods back."""
        data = self.valid(NewReturnSerializer)
        order = selectors.order_for(request.user, data.pop("order"))
        if (lines := data.pop("lines", None)) is not None:
            wanted = {line["line"]: line["quantity"] for line in lines}
            if len(wanted) < len(lines):
                raise NothingToReturn
            data["lines"] = wanted
        row = services.request_return(order=order, actor=request.user, **data)
        return self.answer(row, status.HTTP_201_CREATED)

    @extend_schema(request=NoteSerializer, responses={200: ReturnSerializer})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """The seller agrees to take the goods back."""
        return self.take_step(services.approve_return)

    @extend_schema(request=NoteSerializer, responses={200: ReturnSerializer})
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """The seller does not take the goods back."""
        return self.take_step(services.refuse_return)

    @extend_schema(request=ReturnReceiptSerializer, responses={200: ReturnSerializer})
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:
        """The seller has the goods: the buyer gets the money back."""
        return self.take_step(services.receive_return, ReturnReceiptSerializer)

    @extend_schema(request=NoteSerializer, responses={200: ReturnSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """The buyer keeps the goods."""
        return self.take_step(services.cancel_return)

    def take_step(self, service: Any, serializer: Any = NoteSerializer) -> Response:
        """Validate the request, call the service, and answer the return as it now is."""
        data = self.valid(serializer)
        return self.answer(service(goods_return=self.get_object(), actor=self.request.user, **data))
