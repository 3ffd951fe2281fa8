from django.urls import path
from rest_framework.routers import SimpleRouter

from chowk_marketplace.api.cart_views import CartViewSet, CheckoutViewSet, OrderGroupViewSet
from chowk_marketplace.api.complaint_views import ComplaintViewSet
from chowk_marketplace.api.desire_views import (
    PriceAlertViewSet,
    RecentlyViewedViewSet,
    SavedSearchViewSet,
    WishViewSet,
)
from chowk_marketplace.api.order_views import OrderViewSet
from chowk_marketplace.api.place_views import AddressViewSet, CityViewSet, ProvinceViewSet
from chowk_marketplace.api.return_views import ReturnViewSet
from chowk_marketplace.api.store_views import SellerProfileViewSet, StoreViewSet
from chowk_marketplace.api.variant_views import VariantViewSet
from chowk_marketplace.api.views import CategoryViewSet, ListingImageViewSet, ListingViewSet

router = SimpleRouter(use_regex_path=False)
router.register("categories", CategoryViewSet, basename="category")
router.register("listings", ListingViewSet, basename="listing")
router.register("listings/<str:listing_id>/images", ListingImageViewSet, basename="listing-image")
router.register("listings/<str:listing_id>/variants", VariantViewSet, basename="variant")
router.register("orders", OrderViewSet, basename="order")
router.register("returns", ReturnViewSet, basename="return")
router.register("complaints", ComplaintViewSet, basename="complaint")
router.register("seller-profiles", SellerProfileViewSet, basename="seller-profile")
router.register("company-stores", StoreViewSet, basename="store")
router.register("wishlist", WishViewSet, basename="wish")
router.register("price-alerts", PriceAlertViewSet, basename="price-alert")
router.register("saved-searches", SavedSearchViewSet, basename="saved-search")
router.register("recently-viewed", RecentlyViewedViewSet, basename="recently-viewed")

router.register("provinces", ProvinceViewSet, basename="province")
router.register("cities", CityViewSet, basename="city")
router.register("addresses", AddressViewSet, basename="address")
router.register("order-groups", OrderGroupViewSet, basename="order-group")

app_name = "chowk_marketplace_api"
urlpatterns = [
    path("cart/", CartViewSet.as_view({"get": "show"}), name="cart"),
    path("cart/items/", CartViewSet.as_view({"post": "add"}), name="cart-items"),
    path(
        "cart/items/<str:item_id>/",
        CartViewSet.as_view({"patch": "change", "delete": "remove"}),
        name="cart-item",
    ),
    path("cart/clear/", CartViewSet.as_view({"post": "clear"}), name="cart-clear"),
    path("checkout/", CheckoutViewSet.as_view({"post": "place"}), name="checkout"),
    path("checkout/quote/", CheckoutViewSet.as_view({"post": "quote"}), name="checkout-quote"),
    path("checkout/begin/", CheckoutViewSet.as_view({"post": "begin"}), name="checkout-begin"),
    *router.urls,
]
