from django.utils.translation import gettext_lazy as _

from chowk_marketplace.facets import Facet
from chowk_marketplace.listing_types import ListingType

CAR_FACETS = (
    Facet("make"),
    Facet("model"),
    Facet("year", kind="range"),
    Facet("mileage", kind="range"),
    Facet("fuel"),
    Facet("transmission"),
    Facet("body_style"),
)
"""What cars are narrowed by and counted of."""


class CarType(ListingType):
    """A car."""

    label = _("car")
    model = "vehicles.Car"
    serializer = "vehicles.api.serializers.CarSerializer"
    importer = "vehicles.importer.CarImporter"
    form = "vehicles.forms.CarForm"
    category = "cars"
    facets = CAR_FACETS
