from rest_framework.routers import SimpleRouter

from parts.api.views import PartCategoryViewSet, PartViewSet

router = SimpleRouter(use_regex_path=False)
router.register("parts", PartViewSet, basename="part")
router.register("part-categories", PartCategoryViewSet, basename="part-category")

app_name = "parts_api"
urlpatterns = router.urls
