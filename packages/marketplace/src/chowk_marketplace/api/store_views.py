"""Seller profiles and stores."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet
from chowk_marketplace import services, store_selectors
from chowk_marketplace.api.filters import TextFilter
from chowk_marketplace.api.store_serializers import (
    VERIFICATION,
    SellerProfileSerializer,
    StoreSerializer,
    VerifySerializer,
)
from chowk_marketplace.models import get_seller_profile_model, get_store_model

PICTURES = ("logo", "banner")


class SellerProfileFilter(django_filters.FilterSet):
    """Filters of seller profiles."""

    verification = django_filters.MultipleChoiceFilter(choices=VERIFICATION.choices)
    city = TextFilter(lookup_expr="iexact")

    class Meta:
        model = get_seller_profile_model()
        fields: list[str] = []


class StoreFilter(django_filters.FilterSet):
    """Filters of stores."""

    verified = django_filters.BooleanFilter(method="by_verification")
    city = TextFilter(lookup_expr="iexact")
    slug = TextFilter()
    mine = django_filters.BooleanFilter(method="of_viewer", help_text="Your own stores.")

    class Meta:
        model = get_store_model()
        fields: list[str] = []

    def by_verification(self, queryset: Any, name: str, value: bool) -> Any:
        verified = queryset.filter(owner__seller_profile__verification=VERIFICATION.VERIFIED)
        return verified if value else queryset.exclude(pk__in=verified.values("pk"))

    def of_viewer(self, queryset: Any, name: str, value: bool) -> Any:
        mine = queryset.filter(owner=self.request.user.pk)
        return mine if value else queryset.exclude(pk__in=mine.values("pk"))


class SellerProfileViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Sellers. Everybody reads, sellers write their own, staff verify."""

    serializer_class = SellerProfileSerializer
    filterset_class = SellerProfileFilter
    permission_classes = (IsAuthenticatedOrReadOnly,)
    search_fields = ("brand", "biography")
    ordering_fields = ("created_at", "rating_average", "brand")
    ordering = ("-created_at",)

    def visible_to(self, viewer: Any) -> Any:
        return store_selectors.seller_profiles(viewer)

    @extend_schema(responses={201: SellerProfileSerializer})
    def create(self, request: Request) -> Response:
        """Make your seller profile."""
        profile = services.create_seller_profile(user=request.user, **self.valid(request))
        return Response(self.get_serializer(profile).data, status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        """Change your seller profile."""
        data = self.valid(request, partial=partial)
        profile = services.update_seller_profile(profile=self.get_object(), actor=request.user, **data)
        return Response(self.get_serializer(profile).data)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of your seller profile."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Close your seller profile: nobody else sees it until you make one again. Staff remove another's."""
        profile = self.get_object()
        own = profile.user_id == request.user.pk
        end = services.close_seller_profile if own else services.delete_seller_profile
        end(profile=profile, actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=VerifySerializer, responses={200: SellerProfileSerializer})
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """Verify a seller, or set another verification status. For staff."""
        data = VerifySerializer(data=request.data)
        data.is_valid(raise_exception=True)
        profile = services.verify_seller(
            profile=self.get_object(), actor=request.user, status=data.validated_data["status"]
        )
        return Response(self.get_serializer(profile).data)

    def valid(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The request's data, validated."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class StoreViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Stores. Everybody reads, owners write; logo and banner as multipart/form-data, null removes them."""

    serializer_class = StoreSerializer
    filterset_class = StoreFilter
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parser_classes = (JSONParser, MultiPartParser)
    search_fields = ("name", "description")
    ordering_fields = ("name", "created_at")
    ordering = ("name",)

    def visible_to(self, viewer: Any) -> Any:
        return store_selectors.stores()

    @extend_schema(responses={201: StoreSerializer})
    def create(self, request: Request) -> Response:
        """Open a store."""
        fields, pictures = self.valid(request)
        store = services.create_store(owner=request.user, **fields)
        return self.with_pictures(store, pictures, status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        """Change your store."""
        fields, pictures = self.valid(request, partial=partial)
        store = services.update_store(store=self.get_object(), actor=request.user, **fields)
        return self.with_pictures(store, pictures)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of your store."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Close your store; its listings stay."""
        services.delete_store(store=self.get_object(), actor=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def valid(self, request: Request, *, partial: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """The request's fields, validated, and its pictures."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        return data, {name: data.pop(name) for name in PICTURES if name in data}

    def with_pictures(self, store: Any, pictures: dict[str, Any], code: int = 200) -> Response:
        """Set the pictures that came along, and answer with the store as it now is."""
        for which, upload in pictures.items():
            services.set_store_picture(store=store, actor=self.request.user, which=which, upload=upload)
        return Response(self.get_serializer(self.get_queryset().get(pk=store.pk)).data, status=code)
