from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chowk_marketplace.admin import ListingAdmin
from vehicles.models import Car, CarSpecification


class CarSpecificationInline(admin.StackedInline):  # type: ignore[type-arg]
    """A car's technical facts beside it."""

    model = CarSpecification
    classes = ("collapse",)


@admin.register(Car)
class CarAdmin(ListingAdmin):
    """Cars, by make and model."""

    list_display = ("title", "year", "fuel", "body_style", *ListingAdmin.list_display[1:])
    list_filter = (*ListingAdmin.list_filter, "fuel", "body_style", "transmission")
    search_fields = (*ListingAdmin.search_fields, "make", "model")
    inlines = (CarSpecificationInline, *ListingAdmin.inlines)
    fieldsets = (
        (
            _("Car"),
            {"fields": ("make", "model", "year", "mileage", "transmission", "fuel", "body_style")},
        ),
        *ListingAdmin.fieldsets,
    )
