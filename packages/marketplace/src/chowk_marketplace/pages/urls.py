"""Mount with ``path("", include("chowk_marketplace.pages.urls"))``; the first page is the shop window."""

from django.urls import path

from chowk_marketplace.pages import (
    browse,
    carts,
    checkouts,
    complaints,
    delivery,
    desire,
    listings,
    mine,
    orders,
    returns,
    selling,
    stores,
    variants,
)

app_name = "chowk_marketplace_pages"

urlpatterns = [
    path("", browse.browse, name="browse"),
    path("listings/new/", selling.create, name="create"),
    path("listings/mine/", mine.index, name="mine"),
    path("listings/mine/table/", mine.exchange, name="exchange"),
    path("listings/mine/table/listings.csv", mine.export, name="export"),
    path("listings/<str:pk>/", listings.detail, name="listing"),
    path("listings/<str:pk>/buy/", listings.buy, name="buy"),
    path("listings/<str:pk>/activate/", listings.activate, name="activate"),
    path("listings/<str:pk>/variants/", variants.index, name="variants"),
    path("listings/<str:pk>/variants/<str:variant>/", variants.detail, name="variant"),
    path("listings/<str:pk>/wish/", desire.wish, name="wish"),
    path("wishlist/", desire.wishlist, name="wishlist"),
    path("stores/<str:slug>/", stores.detail, name="store"),
    path("cart/", carts.detail, name="cart"),
    path("cart/<str:pk>/", carts.change, name="cart-change"),
    path("listings/<str:pk>/cart/", carts.add, name="cart-add"),
    path("checkout/", checkouts.checkout, name="checkout"),
    path("checkout/<str:pk>/", checkouts.group, name="checkout-group"),
    path("orders/", orders.index, name="orders"),
    path("orders/<str:pk>/", orders.detail, name="order"),
    path("orders/<str:pk>/complain/", complaints.complain, name="complain"),
    path("orders/<str:pk>/delivery/", delivery.delivery, name="order-delivery"),
    path("orders/<str:pk>/return/", returns.ask, name="return-ask"),
    path("orders/<str:pk>/<str:verb>/", orders.act, name="order-act"),
    path("returns/", returns.index, name="returns"),
    path("returns/<str:pk>/", returns.detail, name="return"),
    path("returns/<str:pk>/<str:verb>/", returns.act, name="return-act"),
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/<str:pk>/", complaints.detail, name="complaint"),
    path("complaints/<str:pk>/evidence/<str:key>/", complaints.evidence, name="evidence"),
    path("complaints/<str:pk>/<str:verb>/", complaints.act, name="complaint-act"),
]
