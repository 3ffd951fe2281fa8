from django.urls import include, path

urlpatterns = [path("", include("chowk_payments.pages.urls"))]
