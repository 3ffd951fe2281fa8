from django.utils.translation import gettext_lazy as _

from chowk_marketplace.facets import Facet
from chowk_marketplace.listing_types import ListingType


class CraftType(ListingType):
    """Something made by hand."""

    label = _("craft")
    model = "shop.Craft"
    serializer = "shop.api.serializers.CraftSerializer"
    form = "shop.forms.CraftForm"
    category = "crafts"
    facets = (Facet("material"), Facet("technique"), Facet("region"))


class ProductType(ListingType):
    """Something of the shop's range; the site's staff offer it."""

    label = _("product")
    model = "shop.Product"
    serializer = "shop.api.serializers.ProductSerializer"
    importer = "shop.importer.ProductImporter"
    category = "products"
    staff_only = True
    facets = (Facet("brand"),)
