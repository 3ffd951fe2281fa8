from django.contrib.auth.signals import user_logged_in
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from chowk_core.swapping import SwappableAppConfig


class MarketplaceConfig(SwappableAppConfig):
    """What is for sale, and its sale."""

    name = "chowk_marketplace"
    verbose_name = _("Marketplace")
    default = True

    def ready(self) -> None:
        super().ready()
        # Subscribers import models, which are there only now.
        merge = import_string("chowk_marketplace.subscribers.merge_cart_at_login")
        user_logged_in.connect(merge, dispatch_uid="chowk_marketplace.merge_cart")

    swappable_models = (
        "Category",
        "Listing",
        "ListingImage",
        "Province",
        "City",
        "Address",
        "Cart",
        "CartItem",
        "StockHold",
        "OrderGroup",
        "Order",
        "OrderLine",
        "OrderTransition",
        "SellerProfile",
        "Store",
        "Wish",
        "PriceAlert",
        "SavedSearch",
        "SavedSearchCriterion",
        "SavedSearchMatch",
        "View",
        "Variant",
        "Stock",
        "StockChange",
        "Return",
        "ReturnLine",
        "Complaint",
        "ComplaintMessage",
        "Evidence",
    )
