"""Addresses: the API under /api/ as its document lists it, the pages at the root."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from config.health import healthz
from config.media import media

api: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("chowk_marketplace.api.urls")),
    path("", include("chowk_auctions.api.urls")),
    path("", include("chowk_payments.api.urls")),
    path("", include("vehicles.api.urls")),
    path("", include("parts.api.urls")),
    path("", include("shop.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]

urlpatterns = [
    path("", include("chowk_marketplace.pages.urls")),
    path("", include("chowk_auctions.pages.urls")),
    path("", include("chowk_payments.pages.urls")),
    path("", include("accounts.pages.urls")),
    path("api/", include(api)),
    path("swagger/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="swagger"),
    path("redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]

if settings.SERVE_MEDIA:
    urlpatterns += [re_path(r"^media/(?P<path>.+)$", media)]
