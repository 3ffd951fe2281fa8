"""Representations of seller profiles and stores."""

from __future__ import annotations

from typing import Any

from django_countries.serializer_fields import CountryField
from rest_framework import serializers

from chowk_marketplace.api.fields import UserField
from chowk_marketplace.models import get_seller_profile_model, get_store_model

CONTACT = ("email", "phone", "website", "address", "city", "country")
VERIFICATION = get_seller_profile_model().Verification


class SellerProfileSerializer(serializers.ModelSerializer[Any]):
    """A seller, as anybody may see them."""

    id = serializers.CharField(source="pk", read_only=True)
    user = UserField()
    country = CountryField(required=False, allow_blank=True)
    verified = serializers.BooleanField(source="is_verified", read_only=True)
    verification = serializers.CharField(read_only=True, help_text="unverified, pending, verified, rejected")

    class Meta:
        model = get_seller_profile_model()
        fields = (
            "id",
            "user",
            "brand",
            "biography",
            *CONTACT,
            "verification",
            "verified",
            "rating_average",
            "rating_count",
            "created_at",
            "closed_at",
        )
        read_only_fields = ("rating_average", "rating_count", "created_at", "closed_at")


class VerifySerializer(serializers.Serializer[Any]):
    """What the verification is to be."""

    status = serializers.CharField(max_length=12, default="verified")


class StoreSerializer(serializers.ModelSerializer[Any]):
    """A store. Its verification and rating are its owner's; logo and banner go in as files."""

    id = serializers.CharField(source="pk", read_only=True)
    owner = UserField()
    slug = serializers.SlugField(max_length=140, required=False)
    country = CountryField(required=False, allow_blank=True)
    logo = serializers.FileField(required=False, allow_null=True, max_length=255)
    banner = serializers.FileField(required=False, allow_null=True, max_length=255)
    verified = serializers.SerializerMethodField()
    rating_average = serializers.SerializerMethodField()
    rating_count = serializers.SerializerMethodField()
    listing_count = serializers.IntegerField(read_only=True, min_value=0)

    class Meta:
        model = get_store_model()
        fields = (
            "id",
            "owner",
            "name",
            "slug",
            "description",
            "logo",
            "banner",
            *CONTACT,
            "verified",
            "rating_average",
            "rating_count",
            "listing_count",
            "created_at",
        )
        read_only_fields = ("created_at",)

    def get_verified(self, store: Any) -> bool:
        return bool(store.profile and store.profile.is_verified)

    def get_rating_average(self, store: Any) -> str | None:
        average = store.profile.rating_average if store.profile else None
        return None if average is None else str(average)

    def get_rating_count(self, store: Any) -> int:
        return store.profile.rating_count if store.profile else 0
