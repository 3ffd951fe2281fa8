from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.admin import ListingAdmin
from parts.models import Fitment, Part


class FitmentInline(admin.TabularInline):  # type: ignore[type-arg]
    """The cars that a part fits."""

    model = Fitment
    extra = 0


@admin.register(Part)
class PartAdmin(ListingAdmin):
    """Parts, by brand and number."""

    list_display = ("title", "brand", "part_number", *ListingAdmin.list_display[1:])
    list_filter = (*ListingAdmin.list_filter, "brand")
    search_fields = (*ListingAdmin.search_fields, "brand", "part_number", "fitments__make", "fitments__model")
    inlines = (FitmentInline, *ListingAdmin.inlines)
    fieldsets = (
        (_("Part"), {"fields": ("brand", "part_number", "warranty_months")}),
        *ListingAdmin.fieldsets,
    )
