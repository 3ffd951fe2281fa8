from rest_framework.routers import SimpleRouter

from shop.api.views import CraftViewSet, ProductVariantViewSet, ProductViewSet

router = SimpleRouter(use_regex_path=False)
router.register("crafts", CraftViewSet, basename="craft")
router.register("products", ProductViewSet, basename="product")
router.register("products/<str:listing_id>/variants", ProductVariantViewSet, basename="product-variant")

app_name = "shop_api"
urlpatterns = router.urls
