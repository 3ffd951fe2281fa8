from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from chowk_marketplace.api.views import CategoryViewSet, ListingTypeViewSet, documented
from chowk_marketplace.selectors import category_for
from parts.api.serializers import CarPartCardSerializer, CarPartSerializer

ROOT = "parts"


@documented(CarPartSerializer)
class PartViewSet(ListingTypeViewSet):
    """Parts for sale."""

    listing_type = "part"
    serializer_class = CarPartCardSerializer
    ordering_fields = (*ListingTypeViewSet.ordering_fields, "warranty_months")
    search_fields = (*ListingTypeViewSet.search_fields, "brand", "part_number")


class PartCategoryViewSet(CategoryViewSet):
    """The categories of parts. Staff change them; a new one without a parent stands right under parts."""

    def visible_to(self, viewer: Any) -> Any:
        rows = super().visible_to(viewer)
        if getattr(self, "swagger_fake_view", False):  # the schema's generator has no database
            return rows
        return rows.filter(path__startswith=category_for(ROOT).path, depth__gt=1)

    def create(self, request: Request) -> Response:
        """Add a category of parts."""
        return super().create(request)

    def valid(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        data = super().valid(request, partial=partial)
        if not partial and not data.get("parent_slug"):
            data["parent_slug"] = ROOT
        return data
