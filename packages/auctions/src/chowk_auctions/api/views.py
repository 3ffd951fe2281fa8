"""Auctions over HTTP: thin wrappers of the services and selectors."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_auctions import selectors, services
from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.api.filters import AuctionFilter
from chowk_auctions.api.serializers import (
    AuctionSerializer,
    BidSerializer,
    BlockedBidderSerializer,
    BlockSerializer,
    CancelSerializer,
    CreateAuctionSerializer,
    OfferSerializer,
    PlaceBidSerializer,
    PlacedBidSerializer,
    RelistSerializer,
    RetractSerializer,
)
from chowk_auctions.exceptions import OfferNotFound
from chowk_auctions.streams import placed_data
from chowk_core.api.views import ScopedViewSet

PLACED = OpenApiResponse(PlacedBidSerializer, description="The bid was accepted.")


class AuctionViewSet(ScopedViewSet):
    """Auctions, their bids, and bidding. Anybody may look; signed-in users sell and bid."""

    permission_classes = (IsAuthenticatedOrReadOnly,)
    serializer_class = AuctionSerializer
    filterset_class = AuctionFilter
    ordering_fields = ("ends_at", "starts_at", "created_at", "price", "bid_count")
    throttle_scopes = {
        "create": "auctions",
        "relist": "auctions",
        "place_bid": "bids",
        "buy_now": "bids",
        "retract": "bids",
        "watch": "watches",
        "unwatch": "watches",
    }

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.visible_auctions(viewer)

    @extend_schema(responses=AuctionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Auctions, those that end soonest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        states = selectors.states_of(page or [], request.user)
        return self.get_paginated_response(AuctionSerializer(states, many=True).data)

    @extend_schema(responses=AuctionSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One auction."""
        return self.answer(self.get_object())

    @extend_schema(request=CreateAuctionSerializer, responses={201: AuctionSerializer})
    def create(self, request: Request) -> Response:
        """Put something up for auction. It opens at once, or when `starts_at` has come."""
        auction = services.create_auction(seller=request.user, **self.validated(CreateAuctionSerializer))
        return self.answer(auction, status.HTTP_201_CREATED)

    @extend_schema(responses=BidSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None, ordering_fields=())
    def bids(self, request: Request, pk: str) -> Response:
        """The accepted bids, newest first."""
        auction = self.get_object()
        page = self.paginate_queryset(self.filter_queryset(selectors.visible_bids(auction))) or []
        lines = [selectors.bid_line(bid, auction, request.user) for bid in page]
        return self.get_paginated_response(BidSerializer(lines, many=True).data)

    @extend_schema(request=PlaceBidSerializer, responses={201: PLACED}, filters=False)
    @bids.mapping.post
    def place_bid(self, request: Request, pk: str) -> Response:
        """Bid up to a maximum, or raise your own."""
        data = self.validated(PlaceBidSerializer)
        auction = self.get_object()
        placed = services.place_bid(auction_id=auction.pk, bidder=request.user, **data)
        return Response(placed_data(placed), status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: PLACED})
    @action(detail=True, methods=["post"], url_path="buy-now", url_name="buy-now")
    def buy_now(self, request: Request, pk: str) -> Response:
        """Buy at the buy-now price. The auction closes."""
        placed = services.buy_now(auction_id=self.get_object().pk, buyer=request.user)
        return Response(placed_data(placed), status=status.HTTP_201_CREATED)

    @extend_schema(request=CancelSerializer, responses=AuctionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Call it off: sellers before the first bid, staff as long as it runs."""
        data = self.validated(CancelSerializer)
        return self.answer(
            services.cancel_auction(auction_id=self.get_object().pk, actor=request.user, **data)
        )

    @extend_schema(request=RetractSerializer, responses=AuctionSerializer)
    @action(detail=True, methods=["post"])
    def retract(self, request: Request, pk: str) -> Response:
        """Take your bids back, where the rules of the house allow it, and perhaps bid another amount."""
        data = self.validated(RetractSerializer)
        auction = self.get_object()
        services.retract_bid(auction_id=auction.pk, bidder=request.user, **data)
        return self.answer(selectors.visible_auction(request.user, auction.pk))

    @extend_schema(request=None, responses=AuctionSerializer)
    @action(detail=True, methods=["post"])
    def watch(self, request: Request, pk: str) -> Response:
        """Keep an eye on it. Your list is `/api/auctions/?watching=true`."""
        return self.answer(services.watch_auction(auction_id=self.get_object().pk, user=request.user))

    @extend_schema(request=None, responses=AuctionSerializer)
    @watch.mapping.delete
    def unwatch(self, request: Request, pk: str) -> Response:
        """Watch it no longer."""
        return self.answer(services.unwatch_auction(auction_id=self.get_object().pk, user=request.user))

    @extend_schema(request=RelistSerializer, responses={201: AuctionSerializer})
    @action(detail=True, methods=["post"])
    def relist(self, request: Request, pk: str) -> Response:
        """Run your unsold auction again, as a new one."""
        data = self.validated(RelistSerializer)
        fresh = services.relist_auction(auction_id=self.get_object().pk, actor=request.user, **data)
        return self.answer(fresh, status.HTTP_201_CREATED)

    @extend_schema(responses=OfferSerializer)
    @action(
        detail=True, url_path="second-chance", url_name="second-chance", permission_classes=[IsAuthenticated]
    )
    def second_chance(self, request: Request, pk: str) -> Response:
        """The offer to you; 404 for everybody else."""
        offer = selectors.state_of(self.get_object(), request.user).you.offer
        if offer is None:
            raise OfferNotFound()
        return Response(OfferSerializer(offer).data)

    @extend_schema(request=None, responses=AuctionSerializer)
    @action(detail=True, methods=["post"], url_path="second-chance/accept", url_name="second-chance-accept")
    def accept_second_chance(self, request: Request, pk: str) -> Response:
        """Take the offer: it is sold to you, and you have until `settle_by` to pay."""
        auction = services.accept_second_chance(auction_id=self.get_object().pk, bidder=request.user)
        return self.answer(auction)

    @extend_schema(request=None, responses=AuctionSerializer)
    @action(detail=True, methods=["post"], url_path="second-chance/decline", url_name="second-chance-decline")
    def decline_second_chance(self, request: Request, pk: str) -> Response:
        """Leave the offer to the next bidder."""
        auction = services.decline_second_chance(auction_id=self.get_object().pk, bidder=request.user)
        return self.answer(auction)

    def answer(self, auction: AbstractAuction, code: int = status.HTTP_200_OK) -> Response:
        """The auction as the viewer may see it."""
        return Response(AuctionSerializer(selectors.state_of(auction, self.request.user)).data, status=code)

    def validated(self, serializer: type[Any]) -> dict[str, Any]:
        """The request's body, without what is null. Raises ValidationError."""
        checked = serializer(data=self.request.data, context=self.get_serializer_context())
        checked.is_valid(raise_exception=True)
        return {name: value for name, value in checked.validated_data.items() if value is not None}


class BlockedBidderViewSet(ScopedViewSet):
    """Whom you take no bids from. Bids of theirs that stand already stay."""

    permission_classes = (IsAuthenticated,)
    serializer_class = BlockedBidderSerializer
    throttle_scopes = {"create": "auctions"}

    def visible_to(self, viewer: Any) -> QuerySet[Any]:
        return selectors.my_blocked_bidders(viewer)

    @extend_schema(responses=BlockedBidderSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        lines = [selectors.blocked_line(row) for row in page]
        return self.get_paginated_response(BlockedBidderSerializer(lines, many=True).data)

    @extend_schema(request=BlockSerializer, responses={201: BlockedBidderSerializer})
    def create(self, request: Request) -> Response:
        """Block a user by key, or a bidder of your auction by the name seen there."""
        checked = BlockSerializer(data=request.data)
        checked.is_valid(raise_exception=True)
        data = checked.validated_data
        known = {"seller": request.user, "note": data.get("note", "")}
        if "bidder" in data:
            row = services.block_bidder(bidder_id=data["bidder"], **known)
        else:
            row = services.block_bidder_called(auction_id=data["auction"], name=data["name"], **known)
        return Response(
            BlockedBidderSerializer(selectors.blocked_line(row)).data, status=status.HTTP_201_CREATED
        )

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Undo one of your blocks, by its `id`."""
        services.unblock_bidder(seller=request.user, block_id=self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
