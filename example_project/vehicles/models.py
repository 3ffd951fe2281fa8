"""A car as a kind of listing, and its specification.

``INSTALLED_APPS`` names this app after the one that holds the listing model, which it extends.
"""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chowk_core.swapping import model_label
from chowk_marketplace.models import get_listing_model

FIRST_CAR = 1886
"""Benz Patent-Motorwagen."""


class Car(get_listing_model()):
    """A car for sale. ``mileage`` is in kilometres, empty where the seller does not know it."""

    class Transmission(models.TextChoices):
        MANUAL = "manual", _("manual")
        AUTOMATIC = "automatic", _("automatic")

    class Fuel(models.TextChoices):
        PETROL = "petrol", _("petrol")
        DIESEL = "diesel", _("diesel")
        HYBRID = "hybrid", _("hybrid")
        ELECTRIC = "electric", _("electric")
        GAS = "gas", _("liquid or natural gas")

    class BodyStyle(models.TextChoices):
        SEDAN = "sedan", _("sedan")
        HATCHBACK = "hatchback", _("hatchback")
        WAGON = "wagon", _("wagon")
        CONVERTIBLE = "convertible", _("convertible")
        HARDTOP = "hardtop", _("hardtop")

    listing_ptr = models.OneToOneField(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="car",
    )
    make = models.CharField(_("make"), max_length=60)
    model = models.CharField(_("model"), max_length=80, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(FIRST_CAR), MaxValueValidator(2100)]
    )
    mileage = models.PositiveIntegerField(_("mileage"), null=True, blank=True, help_text=_("In kilometres."))
    transmission = models.CharField(_("transmission"), max_length=12, choices=Transmission, blank=True)
    fuel = models.CharField(_("fuel"), max_length=12, choices=Fuel)
    body_style = models.CharField(_("body"), max_length=12, choices=BodyStyle, default=BodyStyle.SEDAN)

    class Meta:
        verbose_name = _("car")
        verbose_name_plural = _("cars")
        constraints = [
            models.CheckConstraint(condition=Q(year__gte=FIRST_CAR, year__lte=2100), name="vehicles_car_year")
        ]
        indexes = [
            models.Index(Upper("make"), Upper("model"), "year", name="vehicles_car_make"),
            models.Index(Upper("model"), name="vehicles_car_model"),
            models.Index(fields=["fuel", "body_style"], name="vehicles_car_fuel"),
            models.Index(fields=["year"], name="vehicles_car_by_year"),
            models.Index(fields=["mileage"], name="vehicles_car_mileage"),
        ]

    def search_words(self) -> list[str]:
        """Make, model, year, fuel and body beside what every listing is found by."""
        known = (self.get_fuel_display(), self.get_transmission_display(), self.get_body_style_display())
        return [*super().search_words(), self.make, self.model, str(self.year), *map(str, known)]

    @property
    def placeholder(self) -> str:
        """A drawing of the body."""
        return f"vehicles/bodies/{self.body_style}.svg"

    def facts(self) -> list[tuple[str, str]]:
        """Year, mileage, fuel and transmission, as far as they are known."""
        facts = [(gettext("Year"), str(self.year))]
        if self.mileage is not None:
            facts.append((gettext("Mileage"), gettext("%(km)s km") % {"km": f"{self.mileage:,}"}))
        facts.append((gettext("Fuel"), capfirst(self.get_fuel_display())))
        if self.transmission:
            facts.append((gettext("Transmission"), capfirst(self.get_transmission_display())))
        return [*facts, (gettext("Body"), capfirst(self.get_body_style_display()))]

    def specification(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The car's specification in sections, without what is unknown."""
        return self.details.sections() if hasattr(self, "details") else []


class CarSpecification(models.Model):
    """The technical facts of a car, each empty where it is unknown.

    Power in brake horsepower, torque in newton metres, engine size
    in cubic centimetres, acceleration in seconds from 0 to 100 km/h, economy in litres per 100 km,
    dimensions in millimetres, weight in kilograms.
    """

    class Drivetrain(models.TextChoices):
        FRONT = "fwd", _("front-wheel drive")
        REAR = "rwd", _("rear-wheel drive")
        FOUR = "4wd", _("four-wheel drive")

    class Aspiration(models.TextChoices):
        NATURAL = "natural", _("naturally aspirated")
        TURBO = "turbo", _("turbocharged")

    class EngineLocation(models.TextChoices):
        FRONT = "front", _("front")
        REAR = "rear", _("rear")

    car = models.OneToOneField(
        Car, on_delete=models.CASCADE, primary_key=True, related_name="details", verbose_name=_("car")
    )
    power_hp = models.PositiveSmallIntegerField(_("power (hp)"), null=True, blank=True)
    peak_power_rpm = models.PositiveSmallIntegerField(_("at rpm"), null=True, blank=True)
    torque_nm = models.PositiveSmallIntegerField(_("torque (Nm)"), null=True, blank=True)
    acceleration_s = models.DecimalField(
        _("0-100 km/h (s)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    engine_cc = models.PositiveIntegerField(_("engine size (cc)"), null=True, blank=True)
    engine_type = models.CharField(_("engine type"), max_length=20, blank=True)
    engine_location = models.CharField(_("engine location"), max_length=8, choices=EngineLocation, blank=True)
    cylinders = models.PositiveSmallIntegerField(_("cylinders"), null=True, blank=True)
    aspiration = models.CharField(_("aspiration"), max_length=8, choices=Aspiration, blank=True)
    fuel_system = models.CharField(_("fuel system"), max_length=20, blank=True)
    compression_ratio = models.DecimalField(
        _("compression ratio"), max_digits=4, decimal_places=2, null=True, blank=True
    )
    drivetrain = models.CharField(_("drivetrain"), max_length=4, choices=Drivetrain, blank=True)
    doors = models.PositiveSmallIntegerField(_("doors"), null=True, blank=True)
    city_l_100km = models.DecimalField(
        _("city (l/100 km)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    highway_l_100km = models.DecimalField(
        _("highway (l/100 km)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    wheelbase_mm = models.PositiveIntegerField(_("wheelbase (mm)"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(_("length (mm)"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width (mm)"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height (mm)"), null=True, blank=True)
    weight_kg = models.PositiveIntegerField(_("weight (kg)"), null=True, blank=True)
    warranty = models.CharField(_("warranty"), max_length=200, blank=True)
    service_history = models.TextField(_("service history"), blank=True)

    class Meta:
        verbose_name = _("car specification")
        verbose_name_plural = _("car specifications")

    def __str__(self) -> str:
        return f"{self.car}"

    def sections(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Titled sections of label and text, without what is unknown."""
        titles = {
            gettext("Engine"): (
                "power_hp peak_power_rpm torque_nm acceleration_s engine_cc engine_type engine_location "
                "cylinders aspiration fuel_system compression_ratio"
            ),
            gettext("Drive and economy"): "drivetrain city_l_100km highway_l_100km",
            gettext("Body"): "doors wheelbase_mm length_mm width_mm height_mm weight_kg",
            gettext("History"): "warranty service_history",
        }
        sections = [(title, self._rows(names.split())) for title, names in titles.items()]
        return [(title, rows) for title, rows in sections if rows]

    def _rows(self, names: list[str]) -> list[tuple[str, str]]:
        rows = []
        for name in names:
            field: Any = self._meta.get_field(name)
            value = getattr(self, f"get_{name}_display")() if field.choices else getattr(self, name)
            if value not in (None, ""):
                rows.append((str(capfirst(field.verbose_name)), capfirst(str(value))))
        return rows
