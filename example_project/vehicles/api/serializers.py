"""Cars on the API: a listing's fields, the car's own, and its specification."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk_marketplace.api.serializers import ListingCardSerializer, ListingSerializer
from vehicles.models import Car, CarSpecification

CAR_FIELDS = ("make", "model", "year", "mileage", "transmission", "fuel", "body_style")


class CarSpecificationSerializer(serializers.ModelSerializer[Any]):
    """The technical facts; units are in the fields' names."""

    class Meta:
        model = CarSpecification
        exclude = ("car",)


class CarCardSerializer(ListingCardSerializer):
    """A car in a list."""

    class Meta(ListingCardSerializer.Meta):
        model = Car
        fields = (*ListingCardSerializer.Meta.fields, *CAR_FIELDS)
        read_only_fields = fields


class CarSerializer(ListingSerializer):
    """A car in full. ``details`` is its specification; what it leaves out stays as it is."""

    details = CarSpecificationSerializer(required=False)

    class Meta(ListingSerializer.Meta):
        model = Car
        fields = (*ListingSerializer.Meta.fields, *CAR_FIELDS, "details")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data = super().to_representation(instance)
        return {"details": None, **data}

    def take_details(self, data: dict[str, Any]) -> dict[str, Any]:
        return data.pop("details", {})

    def write_details(self, listing: Any, details: dict[str, Any]) -> None:
        if details:
            CarSpecification.objects.update_or_create(car=listing, defaults=details)
