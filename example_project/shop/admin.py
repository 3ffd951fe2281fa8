from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.admin import ListingAdmin
from shop.models import Craft, Product


@admin.register(Craft)
class CraftAdmin(ListingAdmin):
    """Crafts, by material and region."""

    list_display = ("title", "material", "region", *ListingAdmin.list_display[1:])
    list_filter = (*ListingAdmin.list_filter, "material", "region")
    fieldsets = (
        (_("Craft"), {"fields": ("artisan", "material", "technique", "region")}),
        *ListingAdmin.fieldsets,
    )


@admin.register(Product)
class ProductAdmin(ListingAdmin):
    """Products, by brand."""

    list_display = ("title", "brand", *ListingAdmin.list_display[1:])
    list_filter = (*ListingAdmin.list_filter, "brand")
    fieldsets = ((_("Product"), {"fields": ("brand",)}), *ListingAdmin.fieldsets)
