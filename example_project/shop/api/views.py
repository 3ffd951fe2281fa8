from __future__ import annotations

from typing import Any

from chowk_marketplace.api.permissions import StaffOrReadOnly
from chowk_marketplace.api.variant_views import VariantViewSet
from chowk_marketplace.api.views import ListingTypeViewSet, documented
from shop.api.serializers import (
    CraftCardSerializer,
    CraftSerializer,
    ProductCardSerializer,
    ProductSerializer,
)
from shop.models import Product


@documented(CraftSerializer)
class CraftViewSet(ListingTypeViewSet):
    """Crafts for sale, by auction or at a fixed price."""

    listing_type = "craft"
    serializer_class = CraftCardSerializer
    search_fields = (*ListingTypeViewSet.search_fields, "artisan", "material", "technique", "region")


@documented(ProductSerializer)
class ProductViewSet(ListingTypeViewSet):
    """The shop's range: staff manage it, everybody browses it."""

    listing_type = "product"
    serializer_class = ProductCardSerializer
    permission_classes: Any = (StaffOrReadOnly,)
    search_fields = (*ListingTypeViewSet.search_fields, "brand")


class ProductVariantViewSet(VariantViewSet):
    """The variants of a product and their stocks: staff manage them, everybody chooses from them."""

    permission_classes: Any = (StaffOrReadOnly,)

    def listing_model(self) -> type[Any]:
        return Product
