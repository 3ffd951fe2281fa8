"""The admin. Classes are named in ``CHOWK_MARKETPLACE["ADMIN"]``, models come through the getters.

Statuses are shown, never edited: what moves them are actions, which call the services.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from treebeard.admin import TreeAdmin
from treebeard.forms import movenodeform_factory

from chowk_marketplace.admin_shared import ReadOnlyInline, RefusalsMixin, badge, for_each, login_of
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import (
    get_address_model,
    get_cart_model,
    get_category_model,
    get_city_model,
    get_complaint_model,
    get_listing_image_model,
    get_listing_model,
    get_order_group_model,
    get_order_line_model,
    get_order_model,
    get_order_transition_model,
    get_province_model,
    get_return_model,
    get_saved_search_model,
    get_seller_profile_model,
    get_stock_hold_model,
    get_stock_model,
    get_store_model,
    get_variant_model,
)
from chowk_marketplace.services import (
    activate_listing,
    archive_listing,
    cancel_order,
    feature_listing,
    update_listing,
)
from chowk_marketplace.services.variants import create_default_variant
from chowk_marketplace.stock_admin import VariantInline


class ListingImageInline(ReadOnlyInline):
    """A listing's pictures, the primary first."""

    model = get_listing_image_model()
    fields = ("preview", "alt_text", "width", "height", "position")
    readonly_fields = fields
    ordering = ("position",)

    @admin.display(description=_("image"))
    def preview(self, image: Any) -> SafeString:
        return format_html('<img src="{}" alt="{}" height="60">', image.thumbnail_url(160), image.alt_text)


class OrderLineInline(ReadOnlyInline):
    """What was ordered."""

    model = get_order_line_model()
    fields = ("listing", "title", "options", "sku", "unit_price", "quantity", "total")


class OrderTransitionInline(ReadOnlyInline):
    """An order's history."""

    model = get_order_transition_model()
    fields = ("at", "from_status", "to_status", "actor", "note")
    ordering = ("at",)


class CategoryAdmin(TreeAdmin):
    """The category tree, moved by dragging."""

    list_display = ("name", "slug", "numchild")
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar[dict[str, tuple[str, ...]]] = {"slug": ("name",)}
    form = movenodeform_factory(get_category_model())


class ListingAdmin(RefusalsMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Listings of every type; a type's own admin is a subclass that the site registers."""

    list_display: ClassVar[Any] = (
        "title",
        "status_badge",
        "sale_format",
        "price",
        "stock",
        "seller",
        "category",
        "created_at",
    )
    list_filter: ClassVar[Any] = ("status", "featured", "sale_format", "condition", "country", "created_at")
    search_fields: ClassVar[Any] = ("title", "external_reference", "city")
    list_select_related = ("seller", "category")
    raw_id_fields = ("seller",)
    autocomplete_fields = ("category",)
    date_hierarchy = "created_at"
    readonly_fields = ("status_badge", "featured", "slug", "created_at", "updated_at", "activated_at")
    inlines: ClassVar[Any] = (VariantInline, ListingImageInline)
    actions = ("activate_selected", "archive_selected", "feature_selected", "unfeature_selected")
    fieldsets: ClassVar[Any] = (
        (
            None,
            {"fields": ("title", "slug", "status_badge", "featured", "seller", "category", "description")},
        ),
        (_("Terms"), {"fields": ("sale_format", "price", "stock", "condition")}),
        (_("Place"), {"fields": ("city", "country")}),
        (_("Record"), {"fields": ("external_reference", "created_at", "updated_at", "activated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.non_polymorphic() if hasattr(rows, "non_polymorphic") else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The stock is what the variants' stocks come to; only a new listing is given one, and a seller."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "seller", "stock")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A change goes the way of everybody's: through the service, which asks MAY_UPDATE and tells."""
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_listing(listing=obj, actor=request.user, **changes)
            return
        super().save_model(request, obj, form, change)
        create_default_variant(obj, obj.stock)

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, listing: Any) -> SafeString:
        return badge(listing)

    @admin.action(description=_("Activate the selected listings"), permissions=["change"])
    def activate_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, activate_listing, "listing")

    @admin.action(description=_("Archive the selected listings"), permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, archive_listing, "listing")

    @admin.action(description=_("Show the selected listings before others"), permissions=["change"])
    def feature_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, feature_listing, "listing")

    @admin.action(description=_("No longer show the selected listings before others"), permissions=["change"])
    def unfeature_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, feature_listing, "listing", featured=False)


class OrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Orders are read here; what can be done to them are actions."""

    list_display = ("number", "status_badge", "total", "buyer", "seller", "pay_by", "created_at")
    list_filter = ("status", "cancel_reason", "created_at")
    search_fields = (
        *("number", "tracking_number", "source_id", "payment_id", "lines__title", "lines__sku"),
        *(login_of("buyer"), login_of("seller")),
    )
    list_select_related = ("buyer", "seller")
    date_hierarchy = "created_at"
    inlines = (OrderLineInline, OrderTransitionInline)
    actions = ("cancel_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                Prefetch("transitions", get_order_transition_model()._default_manager.select_related("actor"))
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, order: Any) -> SafeString:
        return badge(order)

    @admin.action(description=_("Cancel the selected orders"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for_each(self, request, queryset, cancel_order, "order")


def register() -> None:
    """Register the classes that the site's ADMIN setting names."""
    getters: dict[str, Callable[[], type[Any]]] = {
        "Address": get_address_model,
        "Cart": get_cart_model,
        "Category": get_category_model,
        "City": get_city_model,
        "Complaint": get_complaint_model,
        "SavedSearch": get_saved_search_model,
        "SellerProfile": get_seller_profile_model,
        "Store": get_store_model,
        "Listing": get_listing_model,
        "Order": get_order_model,
        "OrderGroup": get_order_group_model,
        "Province": get_province_model,
        "Return": get_return_model,
        "Stock": get_stock_model,
        "StockHold": get_stock_hold_model,
        "Variant": get_variant_model,
    }
    for name, path in marketplace_settings.ADMIN.items():
        if not admin.site.is_registered(getters[name]()):
            admin.site.register(getters[name](), import_string(path))


register()
