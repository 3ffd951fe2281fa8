"""Auctions and bids are read here, and auctions called off. No page, column or export has a maximum.

Bids are read-only: they explain the price, and a changed one would explain another. Of sealed bids staff sees
whose and when, of second-chance offers all but the amount. Whom a seller blocks staff may change.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chowk_auctions import services
from chowk_auctions.models import (
    get_auction_model,
    get_bid_model,
    get_blocked_bidder_model,
    get_sealed_bid_model,
    get_second_chance_offer_model,
    get_watch_model,
)
from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text

SECRET = ("leader_maximum", "reserve_price", "maximum", "amount", "ciphertext", "nonce", "commitment")


class ReadOnly:
    """Nobody adds, changes or deletes here, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.defer(*(f.name for f in rows.model._meta.concrete_fields if f.name in SECRET))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No filtering by a secret either: with ``?leader_maximum__gte=`` it could be searched for."""
        if set(lookup.split("__")) & set(SECRET):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [f.name for f in self.model._meta.concrete_fields if f.name not in SECRET]  # type: ignore[attr-defined]


class BidInline(ReadOnly, admin.TabularInline):
    model = get_bid_model()
    fields = (
        "sequence",
        "kind",
        "bidder",
        "price_after",
        "leader",
        "reserve_met",
        "placed_at",
        "retracted_at",
    )
    readonly_fields = ("price_after",)
    ordering = ("-sequence",)
    fk_name = "auction"
    extra = 0

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("auction", "bidder", "leader")

    @admin.display(description=_("price after it"))
    def price_after(self, bid: Any) -> str:
        return amount_text(bid.price, bid.auction.currency)


class SealedBidInline(ReadOnly, admin.TabularInline):
    model = get_sealed_bid_model()
    fields = ("sequence", "bidder", "placed_at", "revealed_at")
    ordering = ("sequence",)
    fk_name = "auction"
    extra = 0

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("bidder")


class OfferInline(ReadOnly, admin.TabularInline):
    model = get_second_chance_offer_model()
    fields = ("number", "bidder", "status", "offered_at", "expires_at", "answered_at")
    ordering = ("number",)
    fk_name = "auction"
    extra = 0

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("bidder")


class ClosingFilter(admin.SimpleListFilter):
    """Which auctions should have ended and cannot be closed."""

    title = _("closing")
    parameter_name = "closing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failing", _("fails"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        return queryset.failing_to_close() if self.value() == "failing" else queryset


@admin.register(get_auction_model())
class AuctionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "title",
        "status",
        "format",
        "seller",
        "amount",
        "bid_count",
        "watcher_count",
        "reserve_met",
        "pursuing",
        "ends_at",
        "close_error",
    )
    list_filter = ("status", ClosingFilter, "format", "pursuing", "currency", "reserve_met", "ends_at")
    search_fields = ("title", "=target_id")
    list_select_related = ("seller",)
    date_hierarchy = "ends_at"
    show_full_result_count = False
    inlines = (BidInline, SealedBidInline, OfferInline)
    actions = ("call_off", "close_again")

    @admin.display(description=_("price"), ordering="price")
    def amount(self, auction: Any) -> str:
        return f"{amount_text(auction.price, auction.currency)} {auction.currency}"

    def has_call_off_permission(self, request: HttpRequest) -> bool:
        """Who may use the action (Django asks by this name): to look at auctions is not enough."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description=_("Call the selected auctions off"), permissions=["call_off"])
    def call_off(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        done = 0
        for auction in chosen.order_by("pk"):
            try:
                services.cancel_auction(auction_id=auction.pk, actor=request.user)
            except DomainError as error:
                self.message_user(request, f"{auction}: {error.detail}", messages.ERROR)
            else:
                done += 1
        if done:
            text = ngettext("%(count)d auction called off.", "%(count)d auctions called off.", done)
            self.message_user(request, text % {"count": done})

    @admin.action(description=_("Try to close the selected auctions again"), permissions=["call_off"])
    def close_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        count = services.retry_closing(auction_ids=chosen.values_list("pk", flat=True))
        text = ngettext(
            "%(count)d auction is closed within seconds, if it can be.",
            "%(count)d auctions are closed within seconds, if they can be.",
            count,
        )
        self.message_user(request, text % {"count": count})


@admin.register(get_bid_model())
class BidAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("auction", "sequence", "kind", "bidder", "price_after", "reserve_met", "placed_at")
    list_filter = ("kind", "placed_at")
    search_fields = ("auction__title",)
    list_select_related = ("auction", "bidder")
    show_full_result_count = False

    @admin.display(description=_("price after it"), ordering="price")
    def price_after(self, bid: Any) -> str:
        return f"{amount_text(bid.price, bid.auction.currency)} {bid.auction.currency}"


@admin.register(get_second_chance_offer_model())
class SecondChanceOfferAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("auction", "number", "bidder", "status", "offered_at", "expires_at", "answered_at")
    list_filter = ("status", "offered_at")
    search_fields = ("auction__title",)
    list_select_related = ("auction", "bidder")
    show_full_result_count = False


@admin.register(get_sealed_bid_model())
class SealedBidAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("auction", "sequence", "bidder", "placed_at", "revealed_at")
    list_filter = ("placed_at", "revealed_at")
    search_fields = ("auction__title",)
    list_select_related = ("auction", "bidder")
    show_full_result_count = False


@admin.register(get_blocked_bidder_model())
class BlockedBidderAdmin(admin.ModelAdmin):
    list_display = ("seller", "bidder", "auction", "note", "created_at")
    list_select_related = ("seller", "bidder", "auction")
    raw_id_fields = ("seller", "bidder", "auction")
    date_hierarchy = "created_at"


@admin.register(get_watch_model())
class WatchAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("auction", "user", "created_at")
    search_fields = ("auction__title",)
    list_select_related = ("auction", "user")
    show_full_result_count = False
