"""Representations of listings and categories. They write through the services."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django_countries.serializer_fields import CountryField
from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_marketplace import services
from chowk_marketplace.api.fields import (
    CategoryField,
    ListingTypeField,
    StoreField,
    UserField,
    status_field,
)
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import get_category_model, get_listing_image_model, get_listing_model


class CategorySerializer(serializers.ModelSerializer[Any]):
    """A category, its place in the tree and how many active listings stand in it and below."""

    id = serializers.CharField(source="pk", read_only=True)
    slug = serializers.SlugField(max_length=140, required=False)
    parent: Any = serializers.CharField(
        source="parent_slug",
        allow_null=True,
        required=False,
        max_length=140,
        help_text="Slug; null at the top.",
    )
    depth = serializers.IntegerField(read_only=True, min_value=1)
    listing_count = serializers.IntegerField(read_only=True, min_value=0)

    class Meta:
        model = get_category_model()
        fields = ("id", "name", "slug", "description", "parent", "depth", "listing_count")


class CategoryNodeSerializer(serializers.Serializer[Any]):
    """One step of a breadcrumb."""

    slug = serializers.CharField()
    name = serializers.CharField()


class ImageSerializer(serializers.ModelSerializer[Any]):
    """A picture; the first of a listing's is the primary one."""

    id = serializers.CharField(source="pk", read_only=True)
    url = serializers.SerializerMethodField()
    thumbnails = serializers.SerializerMethodField(help_text="Addresses by width in pixels.")

    class Meta:
        model = get_listing_image_model()
        fields = ("id", "url", "thumbnails", "alt_text", "width", "height")
        read_only_fields = ("width", "height")

    def get_url(self, image: Any) -> str:
        return self._absolute(image.image.url)

    def get_thumbnails(self, image: Any) -> dict[str, str]:
        return {str(width): self._absolute(image.thumbnail_url(width)) for width in image.thumbnail_widths}

    def _absolute(self, url: str) -> str:
        request = self.context.get("request")
        return request.build_absolute_uri(url) if request else url


class ImageUploadSerializer(serializers.Serializer[Any]):
    """A new picture, as multipart/form-data."""

    image = serializers.FileField(max_length=255, help_text="JPEG, PNG or WebP, judged by its content.")
    alt_text = serializers.CharField(max_length=250, required=False, allow_blank=True, default="")
    primary = serializers.BooleanField(required=False, default=False)


class ImageTextSerializer(serializers.Serializer[Any]):
    """A picture's alternative text."""

    alt_text = serializers.CharField(max_length=250, allow_blank=True)


class ListingCardSerializer(serializers.ModelSerializer[Any]):
    """A listing of any type as a list shows it."""

    id = serializers.CharField(source="pk", read_only=True)
    type = ListingTypeField(row=True, read_only=True)
    seller = UserField()
    store = StoreField(read_only=True, allow_null=True)
    category = CategoryField(read_only=True)
    category_name = serializers.CharField(source="category.name", read_only=True)
    price = MoneyField(read_only=True, allow_null=True)
    country = CountryField(read_only=True)
    status = status_field(get_listing_model(), "active")
    primary_image = ImageSerializer(read_only=True, allow_null=True)

    class Meta:
        model = get_listing_model()
        fields: ClassVar[Any] = (
            "id",
            "type",
            "title",
            "slug",
            "seller",
            "store",
            "category",
            "category_name",
            "sale_format",
            "price",
            "stock",
            "condition",
            "city",
            "country",
            "featured",
            "status",
            "primary_image",
            "created_at",
            "activated_at",
        )
        read_only_fields = fields


class ListingSerializer(serializers.ModelSerializer[Any]):
    """A listing in full. Types with more fields subclass it and extend ``Meta.fields``.

    What a type keeps in rows of its own it takes out of the input in ``take_details`` and writes in
    ``write_details``, which run in the transaction of the listing itself.
    """

    id = serializers.CharField(source="pk", read_only=True)
    type = ListingTypeField()
    seller = UserField()
    store = StoreField(required=False, allow_null=True)
    category = CategoryField(required=False)
    category_path = CategoryNodeSerializer(many=True, read_only=True)
    price = MoneyField(allow_null=True, required=False)
    stock = serializers.IntegerField(min_value=0, max_value=2_147_483_647, required=False)
    country = CountryField(required=False, allow_blank=True)
    status = status_field(get_listing_model(), "active")
    images = ImageSerializer(many=True, read_only=True)

    class Meta:
        model = get_listing_model()
        fields: ClassVar[Any] = (
            "id",
            "type",
            "title",
            "slug",
            "description",
            "seller",
            "store",
            "category",
            "category_path",
            "sale_format",
            "price",
            "stock",
            "condition",
            "city",
            "country",
            "featured",
            "status",
            "images",
            "external_reference",
            "created_at",
            "updated_at",
            "activated_at",
        )
        read_only_fields = ("slug", "featured", "created_at", "updated_at", "activated_at")
        extra_kwargs: ClassVar[Any] = {"external_reference": {"write_only": True}}
        validators: ClassVar[list[Any]] = []  # the services say it better

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and "category" not in attrs:
            attrs["category"] = self._usual_category()
        return attrs

    def _usual_category(self) -> Any:
        field = self.fields["category"]
        names = [kind.category for kind in marketplace_settings.LISTING_TYPES.values() if self._is_of(kind)]
        if names and names[0]:
            return field.run_validation(names[0])
        raise serializers.ValidationError({"category": [field.error_messages["required"]]}, code="required")

    def _is_of(self, kind: Any) -> bool:
        return kind.get_model() is self.Meta.model

    def take_details(self, data: dict[str, Any]) -> dict[str, Any]:
        """Remove from ``data`` what ``write_details`` will need, and return it."""
        return {}

    def write_details(self, listing: Any, details: dict[str, Any]) -> None:
        """Write what belongs to the listing in rows of its own."""

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Any:
        details = self.take_details(validated_data)
        listing = services.create_listing(listing_model=self.Meta.model, **validated_data)
        self.write_details(listing, details)
        return listing

    @transaction.atomic
    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        details = self.take_details(validated_data)
        listing = services.update_listing(listing=instance, **validated_data)
        self.write_details(listing, details)
        return listing


class FeatureSerializer(serializers.Serializer[Any]):
    """Whether the site shows it before others."""

    featured = serializers.BooleanField(default=True)
