"""The variants of a listing and their stocks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet, clean_key
from chowk_marketplace import selectors, services, variant_selectors
from chowk_marketplace.api.variant_serializers import (
    ManagedVariantSerializer,
    StockChangeSerializer,
    StockCountSerializer,
    StockSerializer,
    VariantSerializer,
)
from chowk_marketplace.models import get_listing_model, get_variant_model

LISTING_KEY = OpenApiParameter("listing_id", str, OpenApiParameter.PATH)
VARIANT_KEY = OpenApiParameter("id", str, OpenApiParameter.PATH)


def any_variant(*, many: bool) -> Any:
    """What is answered: the second form to who manages the listing, the first to everybody else."""
    return PolymorphicProxySerializer(
        component_name="AnyVariant",
        serializers=[VariantSerializer, ManagedVariantSerializer],
        resource_type_field_name=None,
        many=many,
    )


@extend_schema_view(
    retrieve=extend_schema(parameters=[VARIANT_KEY], responses={200: any_variant(many=False)}),
    partial_update=extend_schema(
        parameters=[VARIANT_KEY],
        request=ManagedVariantSerializer,
        responses={200: ManagedVariantSerializer},
    ),
    destroy=extend_schema(parameters=[VARIANT_KEY], responses={204: None}),
)
@extend_schema(parameters=[LISTING_KEY])
class VariantViewSet(ScopedViewSet):
    """The ways in which a listing is sold. Everybody sees those on offer, its seller all of them."""

    serializer_class: Any = ManagedVariantSerializer
    permission_classes: Any = (IsAuthenticatedOrReadOnly,)

    def listing_model(self) -> type[Any]:
        """The type of listings that these are the variants of."""
        return get_listing_model()

    def visible_to(self, viewer: Any) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the schema's generator has no listing
            return get_variant_model()._default_manager.none()
        return variant_selectors.visible_variants(viewer, self.listing)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the listing of the URL, if the viewer may see it. Raises NotFound or Http404."""
        super().initial(request, *args, **kwargs)
        model = self.listing_model()
        key = clean_key(model, "pk", self.kwargs["listing_id"])
        self.listing = selectors.visible_listing(request.user, key, model)
        self.manages = variant_selectors.manages(request.user, self.listing)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "listing": getattr(self, "listing", None)}

    def present(self, rows: Any, *, many: bool = False) -> Any:
        """The rows as the viewer may see them."""
        kind = ManagedVariantSerializer if self.manages else VariantSerializer
        return kind(rows, many=many, context=self.get_serializer_context()).data

    @extend_schema(responses={200: any_variant(many=True)}, filters=False)
    def list(self, request: Request, listing_id: str) -> Response:
        """All variants in their order; a listing has at most VARIANTS_PER_LISTING."""
        return Response(self.present(self.get_queryset(), many=True))

    def retrieve(self, request: Request, listing_id: str, pk: str) -> Response:
        """One variant."""
        return Response(self.present(self.get_object()))

    @extend_schema(request=ManagedVariantSerializer, responses={201: ManagedVariantSerializer})
    def create(self, request: Request, listing_id: str) -> Response:
        """Add a variant to one's own fixed-price listing; ``stock`` of it are on hand."""
        data = self.valid(request)
        position, active = data.pop("position", None), data.pop("active", True)
        changes = {
            **({} if position is None else {"position": position}),
            **({} if active else {"active": False}),
        }
        variant = services.add_variant(listing=self.listing, actor=request.user, **data)
        if changes:
            services.update_variant(variant=variant, actor=request.user, **changes)
        return self.answer(variant, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, listing_id: str, pk: str) -> Response:
        """Change what a variant is called and costs, its place among the others, or switch it on or off."""
        variant = self.get_object()
        data = self.valid(request, partial=True)
        data.pop("stock", None)
        services.update_variant(variant=variant, actor=request.user, **data)
        return self.answer(variant)

    def destroy(self, request: Request, listing_id: str, pk: str) -> Response:
        """Retire a variant: it is deleted if it was never ordered, and else no longer on offer."""
        services.remove_variant(variant=self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[VARIANT_KEY], request=StockCountSerializer, responses={200: StockSerializer})
    @action(detail=True, methods=["post"])
    def stock(self, request: Request, listing_id: str, pk: str) -> Response:
        """Say how many there are, or how many more or fewer, and why."""
        data = StockCountSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        change = services.set_stock if "on_hand" in data.validated_data else services.adjust_stock
        stock = change(variant=self.get_object(), actor=request.user, **data.validated_data)
        return Response(StockSerializer(stock).data)

    @extend_schema(parameters=[VARIANT_KEY], responses={200: StockChangeSerializer(many=True)}, filters=False)
    @action(detail=True, url_path="stock-history")
    def stock_history(self, request: Request, listing_id: str, pk: str) -> Response:
        """What happened to the stock, the latest first. For who manages the listing."""
        variant = variant_selectors.managed_variant(request.user, self.listing, pk)
        page = self.paginate_queryset(variant_selectors.stock_history(variant))
        return self.get_paginated_response(StockChangeSerializer(page, many=True).data)

    def valid(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The request's data, validated."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, variant: Any, code: int = status.HTTP_200_OK) -> Response:
        """The variant as it now is."""
        return Response(self.present(self.get_queryset().get(pk=variant.pk)), status=code)
