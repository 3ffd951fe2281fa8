"""Mount with ``path("", include("chowk_auctions.pages.urls"))``."""

from django.urls import path

from chowk_auctions.pages import views

app_name = "chowk_auctions_pages"

urlpatterns = [
    path("auctions/", views.index, name="auctions"),
    path("auctions/new/", views.start, name="start"),
    path("auctions/<str:pk>/", views.detail, name="auction"),
    path("auctions/<str:pk>/bid/", views.bid, name="bid"),
    path("auctions/<str:pk>/buy-now/", views.buy, name="buy-now"),
    path("auctions/<str:pk>/watch/", views.watch, name="watch"),
    path("auctions/<str:pk>/retract/", views.retract, name="retract"),
    path("auctions/<str:pk>/relist/", views.relist, name="relist"),
    path("auctions/<str:pk>/second-chance/accept/", views.accept, name="accept"),
    path("auctions/<str:pk>/second-chance/decline/", views.decline, name="decline"),
]
