"""A car part as a kind of listing, and the cars that it fits."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chowk_core.swapping import model_label
from chowk_marketplace.models import get_listing_model
from vehicles.models import FIRST_CAR

LAST_YEAR = 2100


class Part(get_listing_model()):
    """A part for a car. ``warranty_months`` is 0 where the seller gives none."""

    listing_ptr = models.OneToOneField(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="part",
    )
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    part_number = models.CharField(_("part number"), max_length=60, blank=True)
    warranty_months = models.PositiveSmallIntegerField(_("warranty (months)"), default=0)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        indexes = [
            models.Index(Upper("brand"), name="parts_part_brand"),
            models.Index(Upper("part_number"), name="parts_part_number"),
        ]

    @property
    def placeholder(self) -> str:
        """A drawing of cogs."""
        return "parts/part.svg"

    def search_words(self) -> list[str]:
        """Brand, number and the cars that it fits beside what every listing is found by."""
        fits = [f"{row.make} {row.model}" for row in self.fitments.all()]
        return [*super().search_words(), self.brand, self.part_number, *fits]

    def facts(self) -> list[tuple[str, str]]:
        """Brand, number, condition and warranty, as far as they are known."""
        pairs = [(gettext("Brand"), self.brand), (gettext("Part number"), self.part_number)]
        months = self.warranty_months
        warranty = ngettext("%(n)d month", "%(n)d months", months) % {"n": months} if months else ""
        return [*super().facts(), *[pair for pair in (*pairs, (gettext("Warranty"), warranty)) if pair[1]]]

    def specification(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The table of the cars that it fits."""
        rows = [(f"{row.make} {row.model}".strip(), row.years_and_note) for row in self.fitments.all()]
        return [(gettext("Fits"), rows)] if rows else []


class Fitment(models.Model):
    """One model of car that a part fits, from and to a year of its making, both included."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="fitments", verbose_name=_("part"))
    make = models.CharField(_("make"), max_length=60)
    model = models.CharField(_("model"), max_length=80, blank=True, help_text=_("Empty: every model."))
    year_from = models.PositiveSmallIntegerField(
        _("from"), validators=[MinValueValidator(FIRST_CAR), MaxValueValidator(LAST_YEAR)]
    )
    year_to = models.PositiveSmallIntegerField(
        _("to"), validators=[MinValueValidator(FIRST_CAR), MaxValueValidator(LAST_YEAR)]
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("fitment")
        verbose_name_plural = _("fitments")
        ordering = ["make", "model", "year_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(year_from__lte=F("year_to")), name="parts_fitment_years"),
            models.CheckConstraint(
                condition=Q(year_from__gte=FIRST_CAR, year_to__lte=LAST_YEAR), name="parts_fitment_bounds"
            ),
        ]
        indexes = [
            models.Index(Upper("make"), Upper("model"), "year_from", "year_to", name="parts_fitment_car")
        ]

    def __str__(self) -> str:
        return " ".join(piece for piece in (self.make, self.model, self.years_and_note) if piece)

    @property
    def years_and_note(self) -> str:
        """``"1979-1985, with ABS"``"""
        years = str(self.year_from) if self.year_from == self.year_to else f"{self.year_from}-{self.year_to}"
        return f"{years}, {self.note}" if self.note else years


def fitting(rows: Any, make: str, model: str = "", year: int | None = None) -> Any:
    """Those of ``rows`` (parts) that fit a car; a fitment without a model fits all of its make."""
    fits = Fitment.objects.filter(make__iexact=make)
    if model:
        fits = fits.filter(Q(model__iexact=model) | Q(model=""))
    if year is not None:
        fits = fits.filter(year_from__lte=year, year_to__gte=year)
    return rows.filter(pk__in=fits.values("part"))
