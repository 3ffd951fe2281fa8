"""The admin of returns and complaints: read there, moved by the services."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chowk_marketplace.admin_shared import ReadOnlyAdmin, ReadOnlyInline
from chowk_marketplace.models import get_complaint_message_model, get_return_line_model


class ReturnLineInline(ReadOnlyInline):
    """What comes back."""

    model = get_return_line_model()
    fields = ("order_line", "quantity")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("order_line")


class ReturnAdmin(ReadOnlyAdmin):
    """Returns, each with what comes back."""

    list_display = ("order", "status_badge", "reason", "amount", "created_at")
    list_filter = ("status", "reason", "created_at")
    search_fields = ("order__number", "note", "answer")
    list_select_related = ("order",)
    date_hierarchy = "created_at"
    inlines = (ReturnLineInline,)


class ComplaintMessageInline(ReadOnlyInline):
    """What was said and done, first to last."""

    model = get_complaint_message_model()
    fields = ("at", "author", "to_status", "text")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("author")


class ComplaintAdmin(ReadOnlyAdmin):
    """Complaints with what was said; staff decide on its page, or through the API."""

    list_display = ("order", "status_badge", "kind", "opened_by", "refund_amount", "created_at")
    list_filter = ("status", "kind", "resolution", "created_at")
    search_fields = ("order__number", "text")
    list_select_related = ("order", "opened_by")
    date_hierarchy = "created_at"
    inlines = (ComplaintMessageInline,)
