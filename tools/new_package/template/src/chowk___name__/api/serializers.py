from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk___name__.models import get_item_model


class ItemSerializer(serializers.ModelSerializer[Any]):
    """An item as its owner sees it."""

    id = serializers.CharField(source="pk", read_only=True)
    title = serializers.CharField(max_length=120)

    class Meta:
        model = get_item_model()
        fields = ("id", "title", "created_at")
        read_only_fields = ("created_at",)
