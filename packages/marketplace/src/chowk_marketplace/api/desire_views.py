"""Wishlist, price alerts, saved searches and what was viewed: each user's own."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet
from chowk_marketplace import desire_selectors, services
from chowk_marketplace.api.desire_serializers import (
    NewPriceAlertSerializer,
    NewWishSerializer,
    PriceAlertSerializer,
    SavedSearchSerializer,
    TargetPriceSerializer,
    ViewSerializer,
    WishSerializer,
)
from chowk_marketplace.api.serializers import ListingCardSerializer


class OwnViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Rows of the viewer's own."""

    permission_classes: Any = (IsAuthenticated,)
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)

    def valid(self, serializer: Any) -> dict[str, Any]:
        """The request's data, validated by ``serializer``."""
        data = serializer(data=self.request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)

    def answer(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """The row as it now is."""
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data, status=code)


class WishViewSet(OwnViewSet):
    """Your wishlist."""

    serializer_class = WishSerializer

    def visible_to(self, viewer: Any) -> Any:
        return desire_selectors.wishes(viewer)

    @extend_schema(request=NewWishSerializer, responses={201: WishSerializer})
    def create(self, request: Request) -> Response:
        """Put a listing on your wishlist; again changes nothing."""
        wish = services.add_wish(user=request.user, **self.valid(NewWishSerializer))
        return self.answer(wish, status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take a listing from your wishlist."""
        services.remove_wish(user=request.user, listing=self.get_object().listing)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PriceAlertViewSet(OwnViewSet):
    """Your price alerts."""

    serializer_class = PriceAlertSerializer

    def visible_to(self, viewer: Any) -> Any:
        return desire_selectors.price_alerts(viewer)

    @extend_schema(request=NewPriceAlertSerializer, responses={201: PriceAlertSerializer})
    def create(self, request: Request) -> Response:
        """Be told when a listing gets cheaper; replaces your earlier alert on it."""
        alert = services.set_price_alert(user=request.user, **self.valid(NewPriceAlertSerializer))
        return self.answer(alert, status.HTTP_201_CREATED)

    @extend_schema(request=TargetPriceSerializer, responses={200: PriceAlertSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change from which price on you are told."""
        alert = self.get_object()
        data = self.valid(TargetPriceSerializer)
        return self.answer(services.set_price_alert(user=request.user, listing=alert.listing, **data))

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a price alert."""
        services.remove_price_alert(alert=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SavedSearchViewSet(OwnViewSet):
    """Your saved searches."""

    serializer_class = SavedSearchSerializer

    def visible_to(self, viewer: Any) -> Any:
        return desire_selectors.saved_searches(viewer)

    @extend_schema(responses={201: SavedSearchSerializer})
    def create(self, request: Request) -> Response:
        """Save a search."""
        search = services.save_search(user=request.user, **self.valid(SavedSearchSerializer))
        return self.answer(search, status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        """Change a saved search."""
        search = self.get_object()
        serializer = self.get_serializer(search, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return self.answer(services.update_search(search=search, **serializer.validated_data))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of a saved search."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Forget a saved search."""
        services.delete_search(search=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: ListingCardSerializer(many=True)})
    @action(detail=True)
    def matches(self, request: Request, pk: str) -> Response:
        """The listings that you were told of."""
        page = self.paginate_queryset(desire_selectors.matches_of(request.user, self.get_object()))
        cards = ListingCardSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(cards.data)


class RecentlyViewedViewSet(mixins.ListModelMixin, ScopedViewSet):
    """What you looked at last, signed in or by your session."""

    serializer_class = ViewSerializer
    permission_classes = (AllowAny,)

    def visible_to(self, viewer: Any) -> Any:
        return desire_selectors.recently_viewed(viewer, self.session_key())

    @extend_schema(request=NewWishSerializer, responses={204: None})
    def create(self, request: Request) -> Response:
        """Say that you look at a listing."""
        data = NewWishSerializer(data=request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        if not request.user.is_authenticated and not self.session_key():
            session = getattr(request, "session", None)
            if session is not None:
                session.create()
        services.record_view(user=request.user, session_key=self.session_key(), **data.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def session_key(self) -> str:
        """The visitor's session, if there is one."""
        return getattr(getattr(self.request, "session", None), "session_key", None) or ""
