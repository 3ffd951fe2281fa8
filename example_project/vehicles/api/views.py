from __future__ import annotations

from chowk_marketplace.api.views import ListingTypeViewSet, documented
from vehicles.api.serializers import CarCardSerializer, CarSerializer


@documented(CarSerializer)
class CarViewSet(ListingTypeViewSet):
    """Cars for sale."""

    listing_type = "car"
    serializer_class = CarCardSerializer
    ordering_fields = (*ListingTypeViewSet.ordering_fields, "year", "mileage")
    search_fields = (*ListingTypeViewSet.search_fields, "make", "model")
