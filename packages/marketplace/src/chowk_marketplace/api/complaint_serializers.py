"""Representations of complaints."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chowk_core.api.fields import MoneyField
from chowk_marketplace.api.fields import UserField, choice_field, status_field
from chowk_marketplace.api.order_serializers import NoteSerializer
from chowk_marketplace.models import (
    get_complaint_message_model,
    get_complaint_model,
    get_evidence_model,
)


class EvidenceSerializer(serializers.ModelSerializer[Any]):
    """A file; download it at ``/complaints/{id}/evidence/{its id}/``."""

    id = serializers.CharField(source="pk", read_only=True)
    author = UserField()

    class Meta:
        model = get_evidence_model()
        fields = ("id", "author", "content_type", "size", "created_at")
        read_only_fields = fields


class ComplaintSerializer(serializers.ModelSerializer[Any]):
    """A complaint and its files."""

    id = serializers.CharField(source="pk", read_only=True)
    order = serializers.CharField(source="order_id", read_only=True)
    order_number = serializers.CharField(source="order.number", read_only=True)
    buyer = UserField(source="order.buyer")
    seller = UserField(source="order.seller")
    opened_by = UserField()
    status = status_field(get_complaint_model(), "open")
    kind = choice_field(get_complaint_model().Kind, read_only=True)
    resolution = serializers.CharField(
        read_only=True, help_text="Empty, refund, partial_refund or dismissed."
    )
    refund_amount = MoneyField(read_only=True, allow_null=True)
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta:
        model = get_complaint_model()
        fields = (
            "id",
            "order",
            "order_number",
            "buyer",
            "seller",
            "opened_by",
            "status",
            "kind",
            "text",
            "resolution",
            "refund_amount",
            "evidence",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class ComplaintMessageSerializer(serializers.ModelSerializer[Any]):
    """A word, or with ``to_status`` a step."""

    id = serializers.CharField(source="pk", read_only=True)
    author = UserField(allow_null=True)

    class Meta:
        model = get_complaint_message_model()
        fields = ("id", "author", "text", "to_status", "at")
        read_only_fields = fields


class NewComplaintSerializer(serializers.Serializer[Any]):
    """What is wrong with an order."""

    order = serializers.CharField(max_length=64)
    kind = choice_field(get_complaint_model().Kind)
    text = serializers.CharField(max_length=4000)


class NewComplaintMessageSerializer(serializers.Serializer[Any]):
    """A word to the other side and staff."""

    text = serializers.CharField(max_length=4000)


class NewEvidenceSerializer(serializers.Serializer[Any]):
    """A file, as multipart/form-data."""

    file = serializers.FileField(max_length=255, help_text="A picture or a PDF, judged by its content.")


class ResolutionSerializer(NoteSerializer):
    """What staff decide; ``amount`` for a partial refund only."""

    resolution = choice_field(get_complaint_model().Resolution)
    amount = MoneyField(required=False)
