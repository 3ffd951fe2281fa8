"""Representations of returns."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_marketplace.api.fields import UserField, choice_field, status_field
from chowk_marketplace.api.order_serializers import NoteSerializer
from chowk_marketplace.models import get_return_line_model, get_return_model

MOST_LINES = 200


class ReturnLineSerializer(serializers.ModelSerializer[Any]):
    """How many of an order line come back."""

    line = serializers.CharField(source="order_line_id", read_only=True)
    title = serializers.CharField(source="order_line.title", read_only=True)
    options = serializers.CharField(source="order_line.options", read_only=True)

    class Meta:
        model = get_return_line_model()
        fields = ("line", "title", "options", "quantity")
        read_only_fields = fields


class ReturnSerializer(serializers.ModelSerializer[Any]):
    """A return; ``amount`` is null until the seller has the goods."""

    id = serializers.CharField(source="pk", read_only=True)
    order = serializers.CharField(source="order_id", read_only=True)
    order_number = serializers.CharField(source="order.number", read_only=True)
    buyer = UserField(source="order.buyer")
    seller = UserField(source="order.seller")
    status = status_field(get_return_model(), "requested")
    reason = choice_field(get_return_model().Reason, read_only=True)
    amount = MoneyField(read_only=True, allow_null=True)
    lines = ReturnLineSerializer(many=True, read_only=True)

    class Meta:
        model = get_return_model()
        fields = (
            "id",
            "order",
            "order_number",
            "buyer",
            "seller",
            "status",
            "reason",
            "note",
            "answer",
            "amount",
            "restocked",
            "lines",
            "created_at",
            "decided_at",
            "closed_at",
        )
        read_only_fields = fields


class NewReturnLineSerializer(serializers.Serializer[Any]):
    """A line of the order and how many of it go back."""

    line = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=2_147_483_647, default=1)


class NewReturnSerializer(NoteSerializer):
    """What goes back, and why; without ``lines`` all that is left."""

    order = serializers.CharField(max_length=64)
    reason = choice_field(get_return_model().Reason)
    lines = serializers.ListField(child=NewReturnLineSerializer(), required=False, max_length=MOST_LINES)


class ReturnReceiptSerializer(NoteSerializer):
    """The goods are there; ``restock``: they are for sale again (left out: as the site has it)."""

    restock = serializers.BooleanField(required=False, allow_null=True, default=None)
