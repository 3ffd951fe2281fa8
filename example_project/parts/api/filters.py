from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import DomainError
from chowk_marketplace.api.filters import TextFilter, facet_filterset
from parts.listing_types import PART_FACETS
from parts.models import Part, fitting
from vehicles.models import Car


class WrongCar(DomainError):
    """Not a make, a make and a model, or those and a year."""

    code = "wrong_car"
    field = "fits"
    message = _("Enter make, model and year with commas between, such as “Volvo,240,1985”.")


class PartFilter(facet_filterset(Part, PART_FACETS)):  # type: ignore[misc]
    """Filters of listings, a part's own, and "fits my car"."""

    fits = TextFilter(method="fits_car", help_text="Make, model and year: “Volvo,240,1985”; the last may go.")
    fits_listing = TextFilter(method="fits_listed", help_text="The key of a car that is listed here.")
    part_number = TextFilter(lookup_expr="iexact", max_length=60)

    def fits_car(self, queryset: Any, name: str, value: str) -> Any:
        make, *others = (word.strip() for word in value.split(","))
        model, *years = others or [""]
        if not make or len(years) > 1 or any(not (year.isdecimal() and len(year) == 4) for year in years):
            raise WrongCar
        return fitting(queryset, make, model, int(years[0]) if years else None)

    def fits_listed(self, queryset: Any, name: str, value: str) -> Any:
        try:
            car = Car.objects.public().filter(pk=value).first()
        except ValidationError as error:
            raise WrongCar(field="fits_listing") from error
        if car is None:
            raise WrongCar(field="fits_listing")
        return fitting(queryset, car.make, car.model, car.year)
