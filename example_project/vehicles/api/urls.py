from rest_framework.routers import SimpleRouter

from vehicles.api.views import CarViewSet

router = SimpleRouter(use_regex_path=False)
router.register("cars", CarViewSet, basename="car")

app_name = "vehicles_api"
urlpatterns = router.urls
