"""The admin of seller profiles, stores and saved searches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.services import verify_seller


class SellerProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sellers; verifying them is an action, their rating comes by event."""

    list_display = ("user", "brand", "verification", "rating_average", "rating_count", "city")
    list_filter = ("verification", "country")
    search_fields = ("brand", "city")
    list_select_related = ("user",)
    raw_id_fields = ("user",)
    readonly_fields = ("verification", "verified_at", "rating_average", "rating_count")
    actions = ("verify_selected",)

    @admin.action(description=_("Verify the selected sellers"), permissions=["change"])
    def verify_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for profile in queryset:
            verify_seller(profile=profile)


class StoreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Stores, by name."""

    list_display = ("name", "slug", "owner", "city", "created_at")
    list_filter = ("country",)
    search_fields = ("name", "slug", "city")
    list_select_related = ("owner",)
    raw_id_fields = ("owner",)


class SavedSearchAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Saved searches are read here: their criteria are written with them."""

    list_display = ("name", "user", "listing_type", "criteria_count", "alerts", "created_at")
    list_filter = ("listing_type", "alerts")
    search_fields = ("name",)
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
