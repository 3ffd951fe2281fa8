"""Representations of carts and checkouts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_core.money import from_minor
from chowk_marketplace.api.fields import UserField, status_field
from chowk_marketplace.api.order_serializers import OrderSerializer
from chowk_marketplace.models import get_order_group_model


class CartRowSerializer(serializers.Serializer[Any]):
    """An item of a cart as it stands now."""

    id = serializers.CharField(source="item.pk")
    listing = serializers.CharField(source="listing.pk")
    variant = serializers.CharField(source="variant.pk")
    title = serializers.CharField(source="listing.title")
    options = serializers.DictField(child=serializers.CharField(), source="variant.options")
    sku = serializers.CharField(source="variant.sku")
    seller = UserField(source="listing.seller")
    image = serializers.SerializerMethodField(allow_null=True)
    quantity = serializers.IntegerField(source="item.quantity")
    price = MoneyField()
    price_when_added = MoneyField(source="item.price")
    difference = MoneyField(help_text="How much more it costs than when it was added.")
    total = MoneyField()
    available = serializers.IntegerField()
    problem = serializers.CharField(help_text="Empty, “unavailable” or “short” (fewer left than wanted).")

    def get_image(self, row: Any) -> str | None:
        image = row.listing.primary_image
        return None if image is None else image.thumbnail_url(320)


class CartSerializer(serializers.Serializer[Any]):
    """A cart: ``count`` of items, ``quantity`` of pieces, what can be bought by currency."""

    items = CartRowSerializer(source="rows", many=True)
    count = serializers.IntegerField()
    quantity = serializers.IntegerField()
    subtotals = serializers.ListField(child=MoneyField())


class AddItemSerializer(serializers.Serializer[Any]):
    """What to put into the cart."""

    listing = serializers.CharField(max_length=64)
    variant = serializers.CharField(
        max_length=64, required=False, help_text="May be left out where there is one."
    )
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)


class QuantitySerializer(serializers.Serializer[Any]):
    """How many are wanted."""

    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


class CheckoutQuoteSerializer(serializers.Serializer[Any]):
    """What the buyer chose. ``shipping`` names the rate of each seller, by the seller's id."""

    address = serializers.CharField(
        max_length=64, required=False, allow_null=True, help_text="Your default one if left out."
    )
    shipping = serializers.DictField(child=serializers.CharField(max_length=40), required=False)
    discount_code = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")


class CheckoutSerializer(CheckoutQuoteSerializer):
    """The same, and with ``total`` only at that total."""

    total = MoneyField(required=False)


class _Minor(MoneyField):
    """Minor units of the quote's currency as money."""

    def to_representation(self, value: Any) -> dict[str, str]:
        return super().to_representation(from_minor(value, self.context["currency"]))


class RateSerializer(serializers.Serializer[Any]):
    """One way of sending."""

    code = serializers.CharField()
    label: Any = serializers.CharField()
    amount = _Minor(source="amount_minor")
    needs_address = serializers.BooleanField()


class QuotedLineSerializer(serializers.Serializer[Any]):
    """A line with what is off it and the tax on it."""

    item = serializers.CharField(source="id")
    title = serializers.CharField(source="line.listing.title")
    quantity = serializers.IntegerField(source="line.quantity")
    total = _Minor()
    discount = _Minor()
    tax = _Minor()


class DeliveryQuoteSerializer(serializers.Serializer[Any]):
    """What one seller's part comes to, and the ways of sending it."""

    rates = RateSerializer(many=True)
    shipping_method = serializers.CharField(source="rate.code")
    goods = _Minor()
    shipping = _Minor()
    discount = _Minor()
    tax = _Minor()
    total = _Minor()


class ShareSerializer(DeliveryQuoteSerializer):
    """One seller's part: it becomes an order."""

    seller = UserField()
    lines = QuotedLineSerializer(many=True)


class QuoteSerializer(serializers.Serializer[Any]):
    """What ordering the cart would come to."""

    currency = serializers.CharField()
    orders = ShareSerializer(source="shares", many=True)
    discount_code = serializers.CharField()
    discount_label = serializers.CharField()
    goods = serializers.SerializerMethodField()
    shipping = serializers.SerializerMethodField()
    discount = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()

    def _sum(self, quote: Any, name: str) -> dict[str, str]:
        return MoneyField().to_representation(quote.money(name))

    def get_goods(self, quote: Any) -> dict[str, str]:
        return self._sum(quote, "goods")

    def get_shipping(self, quote: Any) -> dict[str, str]:
        return self._sum(quote, "shipping")

    def get_discount(self, quote: Any) -> dict[str, str]:
        return self._sum(quote, "discount")

    def get_tax(self, quote: Any) -> dict[str, str]:
        return self._sum(quote, "tax")

    def get_total(self, quote: Any) -> dict[str, str]:
        return self._sum(quote, "total")


class HeldSerializer(serializers.Serializer[Any]):
    """Until when the cart's stock is held."""

    held_until = serializers.DateTimeField()


class OrderGroupSerializer(serializers.ModelSerializer[Any]):
    """A checkout and its orders, one a seller; it is paid as one."""

    id = serializers.CharField(source="pk", read_only=True)
    status = status_field(get_order_group_model(), "pending_payment")
    goods = MoneyField(read_only=True)
    shipping = MoneyField(read_only=True)
    discount = MoneyField(read_only=True)
    tax = MoneyField(read_only=True)
    total = MoneyField(read_only=True)
    ship_to = serializers.DictField(child=serializers.CharField(), read_only=True)
    orders = OrderSerializer(many=True, read_only=True)

    class Meta:
        model = get_order_group_model()
        fields = (
            "id",
            "status",
            "goods",
            "shipping",
            "discount",
            "tax",
            "total",
            "discount_code",
            "ship_to",
            "pay_by",
            "orders",
            "created_at",
        )
        read_only_fields = fields
