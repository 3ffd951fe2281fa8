"""Mount with ``path("api/", include("chowk_auctions.api.urls"))``."""

from rest_framework.routers import SimpleRouter

from chowk_auctions.api.views import AuctionViewSet, BlockedBidderViewSet

router = SimpleRouter(use_regex_path=False)
router.register("auctions", AuctionViewSet, basename="auction")
router.register("blocked-bidders", BlockedBidderViewSet, basename="blocked-bidder")

app_name = "chowk_auctions_api"
urlpatterns = router.urls
