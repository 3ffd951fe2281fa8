from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from chowk_marketplace.facets import Facet
from chowk_marketplace.listing_types import ListingType

PART_FACETS = (
    Facet("brand"),
    Facet("warranty_months", kind="range"),
    Facet("fits_make", _("Fits"), field="fitments__make"),
)


class PartType(ListingType):
    """A car part."""

    label = _("part")
    model = "parts.Part"
    serializer = "parts.api.serializers.CarPartSerializer"
    importer = "parts.importer.PartImporter"
    form = "parts.forms.PartForm"
    category = "parts"
    facets = PART_FACETS
    filterset = "parts.api.filters.PartFilter"
    exact_filters = ("fits",)
    page_filters: ClassVar[Any] = {"fits": _("Fits my car")}

    def exact_terms(self, listing: Any) -> Mapping[str, Iterable[str]]:
        """``fits``: every make; make and model; make, model and year that the part fits."""
        found = set()
        for row in listing.fitments.all():
            years = range(row.year_from, row.year_to + 1)
            found |= {row.make, f"{row.make},{row.model}", *(f"{row.make},{row.model},{y}" for y in years)}
        return {"fits": found}
