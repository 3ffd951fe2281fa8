"""The cart of whoever asks, and its checkout."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from chowk_core.api.views import ScopedViewSet, clean_key
from chowk_core.exceptions import NotFound
from chowk_marketplace import cart_selectors, selectors, services
from chowk_marketplace.api.cart_serializers import (
    AddItemSerializer,
    CartSerializer,
    CheckoutQuoteSerializer,
    CheckoutSerializer,
    HeldSerializer,
    OrderGroupSerializer,
    QuantitySerializer,
    QuoteSerializer,
)
from chowk_marketplace.exceptions import CartEmpty
from chowk_marketplace.models import get_cart_item_model, get_cart_model
from chowk_marketplace.services.carts import new_token
from chowk_marketplace.services.quoting import Wishes
from chowk_marketplace.subscribers import CART_SESSION_KEY

ITEM_KEY = OpenApiParameter("item_id", str, OpenApiParameter.PATH)


class CartViewSet(ScopedViewSet):
    """Your cart; a guest's is remembered by their session and becomes theirs when they sign in."""

    serializer_class = CartSerializer
    permission_classes = (AllowAny,)
    pagination_class: Any = None
    filter_backends: Any = ()

    def visible_to(self, viewer: Any) -> Any:
        return get_cart_model()._default_manager.none()

    @extend_schema(responses={200: CartSerializer})
    def show(self, request: Request) -> Response:
        """What is in it, what it costs now, and what can no longer be bought."""
        return self.answer(self.existing())

    @extend_schema(request=AddItemSerializer, responses={201: CartSerializer})
    def add(self, request: Request) -> Response:
        """Put something into it."""
        data = AddItemSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        listing = selectors.visible_listing(request.user, data.validated_data["listing"])
        cart = self.wanted()
        services.add_to_cart(
            cart=cart,
            listing=listing,
            variant=data.validated_data.get("variant"),
            quantity=data.validated_data["quantity"],
        )
        return self.answer(cart, status.HTTP_201_CREATED)

    @extend_schema(parameters=[ITEM_KEY], request=QuantitySerializer, responses={200: CartSerializer})
    def change(self, request: Request, item_id: str) -> Response:
        """Want another quantity of an item."""
        data = QuantitySerializer(data=request.data)
        data.is_valid(raise_exception=True)
        item = self.item(item_id)
        services.set_cart_quantity(item=item, quantity=data.validated_data["quantity"])
        return self.answer(item.cart)

    @extend_schema(parameters=[ITEM_KEY], responses={200: CartSerializer})
    def remove(self, request: Request, item_id: str) -> Response:
        """Take an item out."""
        item = self.item(item_id)
        services.remove_from_cart(item=item)
        return self.answer(item.cart)

    @extend_schema(request=None, responses={200: CartSerializer})
    def clear(self, request: Request) -> Response:
        """Take everything out."""
        cart = self.existing()
        if cart is not None:
            services.clear_cart(cart=cart)
        return self.answer(cart)

    def existing(self) -> Any | None:
        """The open cart, if there is one."""
        user = self.request.user
        if user.is_authenticated:
            return cart_selectors.cart_of(user=user)
        return cart_selectors.cart_of(token=self.request.session.get(CART_SESSION_KEY, ""))

    def wanted(self) -> Any:
        """The open cart, made if there is none."""
        if self.request.user.is_authenticated:
            return services.open_cart(user=self.request.user)
        token = self.request.session.get(CART_SESSION_KEY)
        if not token:
            token = self.request.session[CART_SESSION_KEY] = new_token()
        return services.open_cart(token=token)

    def item(self, text: str) -> Any:
        """An item of the own cart. Raises NotFound or Http404."""
        cart = self.existing()
        key = clean_key(get_cart_item_model(), "pk", text)
        found = None if cart is None else cart.items.select_related("cart").filter(pk=key).first()
        if found is None:
            raise NotFound
        return found

    def answer(self, cart: Any | None, code: int = status.HTTP_200_OK) -> Response:
        """The cart as it now is."""
        contents = cart_selectors.cart_contents(cart)
        return Response(CartSerializer(contents, context=self.get_serializer_context()).data, status=code)


class CheckoutViewSet(ScopedViewSet):
    """Ordering what is in your cart."""

    serializer_class = OrderGroupSerializer
    permission_classes = (IsAuthenticated,)
    filter_backends: Any = ()
    pagination_class: Any = None

    def visible_to(self, viewer: Any) -> Any:
        return cart_selectors.visible_groups(viewer)

    @extend_schema(request=CheckoutQuoteSerializer, responses={200: QuoteSerializer})
    def quote(self, request: Request) -> Response:
        """What it would come to: per seller with ways of sending, discount and tax. Changes nothing."""
        data = CheckoutQuoteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        quote = services.quote_checkout(
            cart=self.cart(), buyer=request.user, wishes=self.wishes(data.validated_data, required=False)
        )
        context = {**self.get_serializer_context(), "currency": quote.currency}
        return Response(QuoteSerializer(quote, context=context).data)

    @extend_schema(request=None, responses={200: HeldSerializer})
    def begin(self, request: Request) -> Response:
        """Hold the cart's stock for a while."""
        until = services.begin_checkout(cart=self.cart(), buyer=request.user)
        return Response(HeldSerializer({"held_until": until}).data)

    @extend_schema(request=CheckoutSerializer, responses={201: OrderGroupSerializer})
    def place(self, request: Request) -> Response:
        """Order everything in the cart: one order a seller, to be paid as one."""
        data = CheckoutSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        group = services.place_checkout(
            cart=self.cart(),
            buyer=request.user,
            wishes=self.wishes(data.validated_data, required=True),
            agreed_total=data.validated_data.get("total"),
        )
        row = self.get_queryset().get(pk=group.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def cart(self) -> Any:
        """The own open cart. Raises CartEmpty."""
        cart = cart_selectors.cart_of(user=self.request.user)
        if cart is None:
            raise CartEmpty
        return cart

    def wishes(self, data: dict[str, Any], *, required: bool) -> Wishes:
        """What the buyer chose. Raises NotFound for an address that is none of theirs, or none at all."""
        address = None
        if required or data.get("address"):
            address = cart_selectors.address_of(self.request.user, data.get("address"))
        return Wishes(
            ship_to=address.snapshot() if address else {},
            shipping=data.get("shipping", {}),
            discount_code=data.get("discount_code", ""),
        )


class OrderGroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Your checkouts. Each is paid as one."""

    serializer_class = OrderGroupSerializer
    permission_classes = (IsAuthenticated,)
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)

    def visible_to(self, viewer: Any) -> Any:
        return cart_selectors.visible_groups(viewer).prefetch_related("orders__buyer")
