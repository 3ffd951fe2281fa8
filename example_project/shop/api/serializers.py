"""Crafts and products on the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_marketplace import services
from chowk_marketplace.api.serializers import ListingCardSerializer, ListingSerializer
from chowk_marketplace.models import get_variant_model
from chowk_marketplace.services.variants import clean_options
from shop.models import Craft, Product

CRAFT_FIELDS = ("artisan", "material", "technique", "region")
MOST_VARIANTS = 100


class CraftCardSerializer(ListingCardSerializer):
    """A craft in a list."""

    class Meta(ListingCardSerializer.Meta):
        model = Craft
        fields = (*ListingCardSerializer.Meta.fields, *CRAFT_FIELDS)
        read_only_fields = fields


class CraftSerializer(ListingSerializer):
    """A craft in full."""

    class Meta(ListingSerializer.Meta):
        model = Craft
        fields = (*ListingSerializer.Meta.fields, *CRAFT_FIELDS)


class ProductVariantSerializer(serializers.Serializer[Any]):
    """One way in which a product is sold. What has no price of its own costs what the product costs."""

    id = serializers.CharField(source="pk", read_only=True)
    options: Any = serializers.DictField(child=serializers.CharField(max_length=60), allow_empty=False)
    sku = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    price = MoneyField(required=False, allow_null=True, default=None)
    stock = serializers.IntegerField(
        source="stock.available", min_value=0, max_value=1_000_000, required=False, default=0
    )


class ProductCardSerializer(ListingCardSerializer):
    """A product in a list."""

    class Meta(ListingCardSerializer.Meta):
        model = Product
        fields = (*ListingCardSerializer.Meta.fields, "brand")
        read_only_fields = fields


class ProductSerializer(ListingSerializer):
    """A product in full. ``variants``, where sent, is the whole range of them: others are switched off.

    With variants, ``stock`` is their sum and is not sent.
    """

    variants: Any = ProductVariantSerializer(many=True, required=False, max_length=MOST_VARIANTS)  # type: ignore[call-arg]

    class Meta(ListingSerializer.Meta):
        model = Product
        fields = (*ListingSerializer.Meta.fields, "brand", "variants")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data = super().to_representation(instance)
        rows = instance.variants.filter(active=True).select_related("stock").order_by("position", "pk")
        return {**data, "variants": ProductVariantSerializer(rows, many=True).data}

    def validate_variants(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not value:
            raise serializers.ValidationError(_("A product has at least one variant."), code="no_variant")
        seen = [tuple(sorted(row["options"].items())) for row in value]
        if len(set(seen)) < len(seen):
            raise serializers.ValidationError(_("Two variants have the same options."), code="options_taken")
        return value

    def take_details(self, data: dict[str, Any]) -> dict[str, Any]:
        details = {"variants": data.pop("variants")} if "variants" in data else {}
        if details and self.instance is None:
            data["stock"] = details["variants"][0]["stock"]["available"]
        return details

    def write_details(self, listing: Any, details: dict[str, Any]) -> None:
        if "variants" not in details:
            return
        variants = list(
            get_variant_model()._default_manager.filter(listing=listing.pk).order_by("position", "pk")
        )
        known = {tuple(sorted(row.options.items())): row for row in variants}
        spare = [row for row in variants if not row.options]
        kept = set()
        for position, asked in enumerate(details["variants"]):
            options = clean_options(asked["options"])
            found = known.get(tuple(options.items())) or (spare.pop(0) if spare else None)
            fields = {"options": options, "sku": asked["sku"], "price": asked["price"]}
            stock = asked["stock"]["available"]
            if found is None:
                found = services.add_variant(listing=listing, stock=stock, **fields)
            else:
                found = services.update_variant(variant=found, **fields, position=position, active=True)
                services.set_stock(variant=found, on_hand=stock + found.stock.held + found.stock.allocated)
            kept.add(found.pk)
        for row in variants:
            if row.pk not in kept and row.active:
                services.update_variant(variant=row, active=False)
