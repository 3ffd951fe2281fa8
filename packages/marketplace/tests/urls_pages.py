from django.urls import include, path

urlpatterns = [path("", include("chowk_marketplace.pages.urls"))]
