"""Parts on the API: a listing's fields, the part's own, and the table of the cars that it fits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from chowk_marketplace.api.serializers import ListingCardSerializer, ListingSerializer
from parts.models import Fitment, Part

PART_FIELDS = ("brand", "part_number", "warranty_months")
MOST_FITMENTS = 200


class FitmentSerializer(serializers.ModelSerializer[Any]):
    """A model of car that the part fits, from and to a year, both included."""

    class Meta:
        model = Fitment
        fields = ("make", "model", "year_from", "year_to", "note")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["year_from"] > attrs["year_to"]:
            raise serializers.ValidationError(
                {"year_to": _("Enter a year that is not before the first.")}, code="years_reversed"
            )
        return attrs


class CarPartCardSerializer(ListingCardSerializer):
    """A part in a list."""

    class Meta(ListingCardSerializer.Meta):
        model = Part
        fields = (*ListingCardSerializer.Meta.fields, *PART_FIELDS)
        read_only_fields = fields


class CarPartSerializer(ListingSerializer):
    """A part in full. ``fitments``, where sent, replaces the table."""

    fitments: Any = FitmentSerializer(many=True, required=False, max_length=MOST_FITMENTS)  # type: ignore[call-arg]

    class Meta(ListingSerializer.Meta):
        model = Part
        fields = (*ListingSerializer.Meta.fields, *PART_FIELDS, "fitments")

    def take_details(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"fitments": data.pop("fitments")} if "fitments" in data else {}

    def write_details(self, listing: Any, details: dict[str, Any]) -> None:
        if "fitments" in details:
            Fitment.objects.filter(part=listing.pk).delete()
            Fitment.objects.bulk_create(Fitment(part_id=listing.pk, **row) for row in details["fitments"])
