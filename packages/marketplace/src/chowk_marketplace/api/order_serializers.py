"""Representations of orders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk_core.api.fields import MoneyField, TargetField
from chowk_marketplace.api.fields import UserField, status_field
from chowk_marketplace.models import get_order_line_model, get_order_model, get_order_transition_model
from chowk_marketplace.policies import is_staff
from chowk_marketplace.selectors import order_actions


class OrderLineSerializer(serializers.ModelSerializer[Any]):
    """What was sold, as it stood then."""

    id = serializers.CharField(source="pk", read_only=True)
    listing = serializers.CharField(source="listing_id", read_only=True)
    variant = serializers.CharField(source="variant_id", read_only=True)
    unit_price = MoneyField(read_only=True)
    total = MoneyField(read_only=True)

    class Meta:
        model = get_order_line_model()
        fields = ("id", "listing", "variant", "title", "options", "sku", "unit_price", "quantity", "total")
        read_only_fields = fields


class OrderSerializer(serializers.ModelSerializer[Any]):
    """An order and what the viewer can do to it now."""

    id = serializers.CharField(source="pk", read_only=True)
    status = status_field(get_order_model(), "paid")
    buyer = UserField()
    seller = UserField()
    goods = MoneyField(read_only=True)
    shipping = MoneyField(read_only=True)
    discount = MoneyField(read_only=True)
    tax = MoneyField(read_only=True)
    total = MoneyField(read_only=True)
    platform_fee = serializers.SerializerMethodField(allow_null=True, help_text="Shown to the seller only.")
    group = serializers.CharField(
        source="group_id", read_only=True, allow_null=True, help_text="The checkout, shown to the buyer."
    )
    ship_to = serializers.DictField(child=serializers.CharField(), read_only=True)
    source: Any = TargetField(read_only=True, allow_null=True)
    lines = OrderLineSerializer(many=True, read_only=True)
    actions = serializers.SerializerMethodField(help_text="Of delivery, confirm, ship, deliver and cancel.")

    class Meta:
        model = get_order_model()
        fields = (
            "id",
            "number",
            "status",
            "buyer",
            "seller",
            "goods",
            "shipping",
            "discount",
            "tax",
            "total",
            "platform_fee",
            "group",
            "ship_to",
            "shipping_method",
            "discount_code",
            "delivery_due",
            "pay_by",
            "source",
            "carrier",
            "tracking_number",
            "cancel_reason",
            "lines",
            "actions",
            "created_at",
            "updated_at",
            "paid_at",
            "shipped_at",
            "delivered_at",
        )
        read_only_fields = fields

    def get_platform_fee(self, order: Any) -> dict[str, str] | None:
        viewer = self.context["request"].user
        if order.platform_fee is None or not (viewer.pk == order.seller_id or is_staff(viewer)):
            return None
        return MoneyField().to_representation(order.platform_fee)

    def to_representation(self, order: Any) -> dict[str, Any]:
        data = super().to_representation(order)
        viewer = self.context["request"].user
        if viewer.pk != order.buyer_id and not is_staff(viewer):
            data["group"] = None
        return data

    def get_actions(self, order: Any) -> list[str]:
        return order_actions(self.context["request"].user, order)


class OrderTransitionSerializer(serializers.ModelSerializer[Any]):
    """One step of an order's life; ``actor`` is null where no person acted."""

    actor = UserField(allow_null=True)

    class Meta:
        model = get_order_transition_model()
        fields = ("from_status", "to_status", "actor", "note", "at")
        read_only_fields = fields


class DeliverySerializer(serializers.Serializer[Any]):
    """Where and how it goes."""

    address = serializers.CharField(
        max_length=64, required=False, allow_null=True, help_text="Your default one, if any, if left out."
    )
    shipping = serializers.CharField(
        max_length=40, required=False, default="", help_text="The code of a rate; the first if left out."
    )


class SetDeliverySerializer(DeliverySerializer):
    """The same, and with ``total`` only at that total."""

    total = MoneyField(required=False)


class PurchaseSerializer(SetDeliverySerializer):
    """What to buy of a listing; with ``price`` and ``total``, only at that unit price and total.

    What has to be sent and comes without an address cannot be paid before its ``delivery/`` is set.
    """

    quantity = serializers.IntegerField(min_value=1, max_value=2_147_483_647, default=1)
    variant = serializers.CharField(
        max_length=64, required=False, help_text="May be left out where the listing has one."
    )
    discount_code = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    price = MoneyField(required=False)


class PlaceOrderSerializer(PurchaseSerializer):
    """A purchase of one listing."""

    listing = serializers.CharField(max_length=64)


class NoteSerializer(serializers.Serializer[Any]):
    """A word to the other side, kept in the history."""

    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ShipmentSerializer(NoteSerializer):
    """How it was sent."""

    carrier = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
