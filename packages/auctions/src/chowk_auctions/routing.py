from __future__ import annotations

from django.urls import path

from chowk_core.realtime.consumer import StreamConsumer

websocket_urlpatterns = [
    path("ws/auction/<str:id>/", StreamConsumer.as_asgi(stream="auctions.auction", key="id")),
]
