from rest_framework.routers import SimpleRouter

from chowk___name__.api.views import ItemViewSet

app_name = "chowk___name__"

router = SimpleRouter(use_regex_path=False)
router.register("__name__/items", ItemViewSet, basename="item")

urlpatterns = router.urls
