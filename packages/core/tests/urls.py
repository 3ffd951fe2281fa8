from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from tests.diary import api

router = SimpleRouter(use_regex_path=False)
router.register("diaries", api.DiaryViewSet, basename="diary")
router.register("titles", api.DiaryByTitleViewSet, basename="title")
router.register("feed", api.DiaryFeedViewSet, basename="feed")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("api/write/", api.WriteView.as_view()),
    path("api/gateway/", api.GatewayView.as_view()),
    path("api/keyed/", api.KeyedOnlyView.as_view()),
    path("api/bids/", api.BidView.as_view()),
    path("api/plain/<str:pk>/", api.PlainView.as_view()),
]
