from django.urls import path

from chowk_core.realtime.consumer import StreamConsumer

websocket_urlpatterns = [path("ws/room/<str:id>/", StreamConsumer.as_asgi(stream="demo.room", key="id"))]
