"""The admin of what comes before orders: carts, holds, checkouts, addresses and the places in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chowk_marketplace.admin_shared import ReadOnlyAdmin, ReadOnlyInline, login_of
from chowk_marketplace.models import (
    get_cart_item_model,
    get_city_model,
    get_order_model,
    get_stock_hold_model,
)
from chowk_marketplace.services import release_holds


class CartItemInline(ReadOnlyInline):
    """What is in a cart."""

    model = get_cart_item_model()
    fields = ("listing", "variant", "quantity", "price", "created_at")
    readonly_fields = ("listing", "created_at")
    ordering = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("variant__listing")

    @admin.display(description=_("listing"))
    def listing(self, item: Any) -> str:
        return str(item.variant.listing)


class StockHoldInline(ReadOnlyInline):
    """What a checkout under way holds."""

    model = get_stock_hold_model()
    fields = ("variant", "quantity", "expires_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("variant")


class CartAdmin(ReadOnlyAdmin):
    """Carts of users and guests. What a checkout holds can be freed; a guest's secret is not shown."""

    list_display = ("owner", "status_badge", "items", "created_at", "updated_at")
    list_filter = ("status", "updated_at")
    search_fields = (login_of("user"), "items__variant__sku", "items__variant__listing__title")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    fields = ("owner", "status_badge", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (CartItemInline, StockHoldInline)
    actions = ("release_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(items_count=Count("items", distinct=True))

    @admin.display(description=_("owner"), ordering="user")
    def owner(self, cart: Any) -> str:
        return str(cart.user) if cart.user_id is not None else str(_("guest"))

    @admin.display(description=_("items"), ordering="items_count")
    def items(self, cart: Any) -> int:
        return cart.items_count

    def has_release_permission(self, request: HttpRequest) -> bool:
        """Who may change carts may free what they hold."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description=_("Free what the selected carts hold"), permissions=["release"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        freed = sum(release_holds(cart=cart) for cart in queryset)
        text = ngettext("%(count)d hold freed.", "%(count)d holds freed.", freed) % {"count": freed}
        self.message_user(request, text, messages.SUCCESS)


class OverdueFilter(admin.SimpleListFilter):
    """Whether a hold's time is over: such a one is freed by the next periodic run."""

    title = _("time")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("over")), ("no", _("running"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        lookup = "expires_at__lte" if self.value() == "yes" else "expires_at__gt"
        return queryset.filter(**{lookup: timezone.now()})


class StockHoldAdmin(ReadOnlyAdmin):
    """What checkouts under way hold; their carts free it."""

    list_display = ("listing", "variant", "quantity", "cart", "expires_at")
    list_filter = (OverdueFilter,)
    search_fields = ("variant__sku", "variant__listing__title")
    list_select_related = ("variant__listing", "cart__user")

    @admin.display(description=_("listing"))
    def listing(self, hold: Any) -> str:
        return str(hold.variant.listing)


class OrderInline(ReadOnlyInline):
    """A checkout's orders, one a seller."""

    model = get_order_model()
    fk_name = "group"
    fields = ("number", "status", "seller", "goods", "shipping", "discount", "tax", "total")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("seller")


class OrderGroupAdmin(ReadOnlyAdmin):
    """Checkouts with the orders that they became."""

    list_display = ("buyer", "status_badge", "total", "discount_code", "pay_by", "created_at")
    list_filter = ("status", "created_at")
    search_fields = (login_of("buyer"), "orders__number", "payment_id", "discount_code")
    list_select_related = ("buyer",)
    date_hierarchy = "created_at"
    inlines = (OrderInline,)


class AddressAdmin(ReadOnlyAdmin):
    """Users' addresses, which they change themselves."""

    list_display = ("name", "user", "line1", "city", "city_name", "postal_code", "country", "is_default")
    list_filter = ("country", "is_default")
    search_fields = (login_of("user"), "name", "line1", "city__name", "city_name", "postal_code", "phone")
    list_select_related = ("user", "city__province")


class CityInline(admin.TabularInline):  # type: ignore[type-arg]
    """The cities of a province."""

    model = get_city_model()
    fields = ("name",)
    extra = 0


class ProvinceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Provinces with their cities: plain data, edited here."""

    list_display = ("name", "code", "country")
    list_filter = ("country",)
    search_fields = ("name", "code")
    inlines = (CityInline,)


class CityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Cities by province."""

    list_display = ("name", "province")
    list_filter = ("province",)
    search_fields = ("name", "province__name")
    list_select_related = ("province",)
    autocomplete_fields = ("province",)
