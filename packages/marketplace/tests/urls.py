from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from tests.goods.views import BookViewSet

books = SimpleRouter(use_regex_path=False)
books.register("books", BookViewSet, basename="book")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("chowk_marketplace.api.urls")),
    path("api/", include(books.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
]
