"""Representations of variants and of their stocks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_marketplace.api.fields import UserField, choice_field
from chowk_marketplace.models import get_stock_change_model, get_stock_model, get_variant_model
from chowk_marketplace.services.stock import LONGEST_NOTE, SELLERS_REASONS
from chowk_marketplace.services.variants import LONGEST_OPTION, LONGEST_SKU

LARGEST = 1_000_000_000


class VariantSerializer(serializers.ModelSerializer[Any]):
    """One way in which a listing is sold, as a buyer chooses it."""

    id = serializers.CharField(source="pk", read_only=True)
    options: Any = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_OPTION),
        help_text="What tells it from the others, such as {“Size”: “M”}.",
    )
    sku = serializers.CharField(max_length=LONGEST_SKU, required=False, allow_blank=True)
    price = MoneyField(
        required=False, allow_null=True, help_text="Its own; null where it costs what the listing costs."
    )
    costs = serializers.SerializerMethodField(allow_null=True, help_text="What it costs; null in an auction.")
    available = serializers.IntegerField(source="stock.available", read_only=True)

    class Meta:
        model = get_variant_model()
        fields: Any = ("id", "options", "sku", "price", "costs", "available", "position")
        extra_kwargs: Any = {"position": {"max_value": LARGEST, "required": False}}
        validators: Any = []  # the services say it better

    def get_costs(self, variant: Any) -> dict[str, str] | None:
        price = variant.price_on(self.context["listing"])
        return None if price is None else MoneyField().to_representation(price)


class ManagedVariantSerializer(VariantSerializer):
    """A variant as its seller sees and changes it."""

    stock = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        required=False,
        write_only=True,
        help_text="On hand, of a new one; afterwards it changes by `stock/`.",
    )
    on_hand = serializers.IntegerField(source="stock.on_hand", read_only=True)
    held = serializers.IntegerField(
        source="stock.held", read_only=True, help_text="Promised to checkouts under way."
    )
    allocated = serializers.IntegerField(
        source="stock.allocated", read_only=True, help_text="Of orders that have not been sent."
    )

    class Meta(VariantSerializer.Meta):
        fields = (
            *VariantSerializer.Meta.fields,
            "active",
            "low_stock_at",
            "stock",
            "on_hand",
            "held",
            "allocated",
            "created_at",
        )
        extra_kwargs: Any = {
            **VariantSerializer.Meta.extra_kwargs,
            "low_stock_at": {"max_value": LARGEST, "required": False},
        }
        read_only_fields = ("created_at",)


class StockSerializer(serializers.ModelSerializer[Any]):
    """How much there is of a variant."""

    available = serializers.IntegerField(read_only=True)

    class Meta:
        model = get_stock_model()
        fields = ("on_hand", "held", "allocated", "available", "updated_at")
        read_only_fields = fields


class StockCountSerializer(serializers.Serializer[Any]):
    """What the seller says of a stock: how many there are (``on_hand``), or how many more (``delta``)."""

    on_hand = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    delta = serializers.IntegerField(min_value=-LARGEST, max_value=LARGEST, required=False)
    reason = choice_field(get_stock_change_model().Reason, only=SELLERS_REASONS, default="counted")
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("on_hand" in attrs) == ("delta" in attrs):
            raise serializers.ValidationError(_("Send “on_hand” or “delta”, one of them."), code="one_of_two")
        return attrs


class StockChangeSerializer(serializers.ModelSerializer[Any]):
    """One change of a stock, by how much each of its numbers changed."""

    reason = choice_field(get_stock_change_model().Reason)
    actor = UserField(allow_null=True)

    class Meta:
        model = get_stock_change_model()
        fields = ("at", "reason", "on_hand", "held", "allocated", "reference", "note", "actor")
        read_only_fields = fields
