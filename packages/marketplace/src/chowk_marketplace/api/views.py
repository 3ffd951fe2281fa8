"""Listings of every type, their images, and categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet, clean_key
from chowk_marketplace import desire_selectors, selectors, services
from chowk_marketplace.api.exchange import ExchangeMixin
from chowk_marketplace.api.facets import FacetsMixin, ListingOrderingFilter, ListingSearchFilter
from chowk_marketplace.api.fields import find_category
from chowk_marketplace.api.filters import ListingFilter, filterset_of
from chowk_marketplace.api.order_serializers import OrderSerializer, PurchaseSerializer
from chowk_marketplace.api.order_views import purchase
from chowk_marketplace.api.permissions import StaffOrReadOnly
from chowk_marketplace.api.serializers import (
    CategorySerializer,
    FeatureSerializer,
    ImageSerializer,
    ImageTextSerializer,
    ImageUploadSerializer,
    ListingCardSerializer,
)
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.facets import Facet
from chowk_marketplace.listing_types import listing_type, require_may_offer, type_of
from chowk_marketplace.models import get_listing_image_model, get_listing_model

MOST_SIMILAR = 12

AnyListing = PolymorphicProxySerializer(
    component_name="AnyListing",
    serializers=lambda: {
        name: kind.get_serializer() for name, kind in marketplace_settings.LISTING_TYPES.items()
    },
    resource_type_field_name="type",
    many=False,
)


class CategoryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    ScopedViewSet,
):
    """The category tree, in tree order. Staff change it."""

    serializer_class = CategorySerializer
    permission_classes = (StaffOrReadOnly,)
    search_fields = ("name", "slug")
    ordering = ("path",)

    def visible_to(self, viewer: Any) -> Any:
        return selectors.categories()

    @extend_schema(responses={201: CategorySerializer})
    def create(self, request: Request) -> Response:
        """Add a category last under its parent."""
        data = self.valid(request)
        parent = data.pop("parent_slug", None)
        category = services.create_category(parent=find_category(parent) if parent else None, **data)
        return self.answer(category, status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        """Change a category; another parent moves it with all below."""
        category = self.get_object()
        data = self.valid(request, partial=partial)
        moved, parent = "parent_slug" in data, data.pop("parent_slug", None)
        category_now = services.update_category(category=category, **data) if data else category
        if moved and parent != category.parent_slug:
            services.move_category(category=category_now, parent=find_category(parent) if parent else None)
        return self.answer(category, status.HTTP_200_OK)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of a category's fields."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove an empty category."""
        services.delete_category(category=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def valid(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The request's data, validated."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, category: Any, code: int) -> Response:
        """The category as it now is."""
        return Response(self.get_serializer(self.get_queryset().get(pk=category.pk)).data, status=code)


class ListingActions(FacetsMixin, mixins.ListModelMixin, ScopedViewSet):
    """What listings of all types have in common."""

    filter_backends = (DjangoFilterBackend, ListingSearchFilter, ListingOrderingFilter)

    serializer_class = ListingCardSerializer
    filterset_class: ClassVar[Any] = ListingFilter
    permission_classes = (IsAuthenticatedOrReadOnly,)
    ordering_fields: ClassVar[tuple[str, ...]] = ("created_at", "price", "title")
    ordering = ("-created_at",)
    search_fields: ClassVar[Any] = ("title", "description")

    def visible_to(self, viewer: Any) -> Any:
        rows = selectors.visible_listings(viewer)
        return selectors.for_cards(rows) if self.action == "list" else rows

    def in_full(self, pk: Any, code: int = status.HTTP_200_OK) -> Response:
        """The listing in full, as its type represents it."""
        listing = selectors.listing_for(self.request.user, pk)
        serializer = type_of(type(listing)).get_serializer()
        return Response(serializer(listing, context=self.get_serializer_context()).data, status=code)

    def retrieve(self, request: Request, pk: str) -> Response:
        """A listing in full."""
        return self.in_full(self.get_object().pk)

    def change(self, request: Request, *, partial: bool) -> Response:
        """Validate the request by the listing's type and save it."""
        listing = self.get_object().get_real_instance()
        serializer = type_of(type(listing)).get_serializer()(
            listing, data=request.data, partial=partial, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        serializer.save(actor=request.user)
        return self.in_full(listing.pk)

    def update(self, request: Request, pk: str) -> Response:
        """Replace a listing's fields."""
        return self.change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of a listing's fields."""
        return self.change(request, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a listing that is not on offer and was never ordered."""
        services.delete_listing(listing=self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def make(self, request: Request, kind: Any) -> Response:
        """Create a pending listing of one type. Raises StaffOnly where that is for staff."""
        require_may_offer(kind, request.user)
        serializer = kind.get_serializer()(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        listing = serializer.save(seller=request.user)
        return self.in_full(listing.pk, status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Offer a pending listing."""
        listing = services.activate_listing(listing=self.get_object(), actor=request.user)
        return self.in_full(listing.pk)

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Take a listing out of view."""
        listing = services.archive_listing(listing=self.get_object(), actor=request.user)
        return self.in_full(listing.pk)

    @action(detail=True, methods=["post"])
    def relist(self, request: Request, pk: str) -> Response:
        """Bring an archived listing back as pending."""
        listing = services.relist_listing(listing=self.get_object(), actor=request.user)
        return self.in_full(listing.pk)

    @extend_schema(request=PurchaseSerializer, responses={201: OrderSerializer})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def purchase(self, request: Request, pk: str) -> Response:
        """Buy at the fixed price; the order is then to be paid."""
        data = PurchaseSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        order = purchase(request.user, self.get_object(), data.validated_data)
        order = selectors.order_for(request.user, order.pk)
        serializer = OrderSerializer(order, context=self.get_serializer_context())
        return Response(serializer.data, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def feature(self, request: Request, pk: str) -> Response:
        """Show a listing before others, or no longer. For staff."""
        data = FeatureSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        listing = services.feature_listing(
            listing=self.get_object(), actor=request.user, **data.validated_data
        )
        return self.in_full(listing.pk)

    @extend_schema(responses={200: ListingCardSerializer(many=True)}, filters=False)
    @action(detail=True, pagination_class=None)
    def similar(self, request: Request, pk: str) -> Response:
        """Listings like this one, the likest first."""
        listing = selectors.listing_for(request.user, self.get_object().pk)
        rows = desire_selectors.similar_listings(request.user, listing)[:MOST_SIMILAR]
        cards = ListingCardSerializer(rows, many=True, context=self.get_serializer_context())
        return Response(cards.data)


def documented(serializer: Any) -> Any:
    """Documents a viewset of listings whose details ``serializer`` represents."""
    change = extend_schema(request=serializer, responses={200: serializer})
    step = extend_schema(request=None, responses={200: serializer})
    return extend_schema_view(
        create=extend_schema(request=serializer, responses={201: serializer}),
        retrieve=extend_schema(responses={200: serializer}),
        update=change,
        partial_update=change,
        destroy=extend_schema(responses={204: None}),
        activate=step,
        archive=step,
        relist=step,
        feature=extend_schema(request=FeatureSerializer, responses={200: serializer}),
    )


@documented(AnyListing)
class ListingViewSet(ExchangeMixin, ListingActions):
    """Listings of every type."""

    def create(self, request: Request) -> Response:
        """Create a pending listing; ``type`` names its type, “listing” by default."""
        name = request.data.get("type", "listing") if isinstance(request.data, dict) else "listing"
        return self.make(request, listing_type(name if isinstance(name, str) else ""))


class ListingTypeViewSet(ListingActions):
    """Listings of one type under an address of its own: a site subclasses it, naming ``listing_type``.

    ``serializer_class`` represents them in lists; filters and facets are the type's. Decorate
    the subclass with ``documented(…)``.
    """

    listing_type: ClassVar[str]

    @property
    def filterset_class(self) -> Any:  # type: ignore[override]
        """The filters of the type."""
        return filterset_of(listing_type(self.listing_type))

    def facets_of_type(self) -> tuple[type[Any], Sequence[Facet]]:
        kind = listing_type(self.listing_type)
        return kind.get_model(), kind.facets

    def visible_to(self, viewer: Any) -> Any:
        rows = selectors.visible_listings(viewer, listing_type(self.listing_type).get_model())
        return selectors.for_cards(rows) if self.action == "list" else rows

    def create(self, request: Request) -> Response:
        """Create a pending listing of this type."""
        return self.make(request, listing_type(self.listing_type))


IMAGE_KEY = OpenApiParameter("id", str, OpenApiParameter.PATH)
LISTING_KEY = OpenApiParameter("listing_id", str, OpenApiParameter.PATH)


@extend_schema_view(
    partial_update=extend_schema(
        parameters=[IMAGE_KEY], request=ImageTextSerializer, responses={200: ImageSerializer}
    ),
    destroy=extend_schema(parameters=[IMAGE_KEY], responses={204: None}),
)
@extend_schema(parameters=[LISTING_KEY])
class ListingImageViewSet(mixins.ListModelMixin, ScopedViewSet):
    """A listing's pictures, the primary first."""

    serializer_class = ImageSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parser_classes = (MultiPartParser, JSONParser)
    pagination_class: Any = None

    def visible_to(self, viewer: Any) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the schema's generator has no listing
            return get_listing_image_model()._default_manager.none()
        return self.listing().images.order_by("position")

    def listing(self) -> Any:
        """The listing of the URL, if the viewer may see it. Raises NotFound or Http404."""
        key = clean_key(get_listing_model(), "pk", self.kwargs["listing_id"])
        return selectors.visible_listing(self.request.user, key)

    @extend_schema(request={"multipart/form-data": ImageUploadSerializer}, responses={201: ImageSerializer})
    def create(self, request: Request, listing_id: str) -> Response:
        """Add a picture; the first one is primary."""
        listing = self.listing()
        data = ImageUploadSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        image = services.add_image(
            listing=listing,
            upload=data.validated_data["image"],
            actor=request.user,
            alt_text=data.validated_data["alt_text"],
            primary=data.validated_data["primary"],
        )
        return Response(self.get_serializer(image).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, listing_id: str, pk: str) -> Response:
        """Change a picture's alternative text."""
        data = ImageTextSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        image = services.update_image(
            listing=self.listing(), image_id=self.key(pk), actor=request.user, **data.validated_data
        )
        return Response(self.get_serializer(image).data)

    def destroy(self, request: Request, listing_id: str, pk: str) -> Response:
        """Remove a picture; the next one becomes primary if it was."""
        services.remove_image(listing=self.listing(), image_id=self.key(pk), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[IMAGE_KEY], request=None, responses={200: ImageSerializer})
    @action(detail=True, methods=["post"])
    def primary(self, request: Request, listing_id: str, pk: str) -> Response:
        """Make a picture the primary one."""
        image = services.set_primary_image(listing=self.listing(), image_id=self.key(pk), actor=request.user)
        return Response(self.get_serializer(image).data)

    def key(self, text: str) -> Any:
        """The key of a picture. Raises Http404 for what can be none."""
        return clean_key(get_listing_image_model(), "pk", text)
