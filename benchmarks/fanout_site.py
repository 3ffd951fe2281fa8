"""The served side of ``benchmarks.fanout``: settings and the ASGI application of a site with one stream."""

from __future__ import annotations

import os

import django
from django.conf import settings

from chowk_core.testing.settings import DJANGO_APPS, MIDDLEWARE, TEMPLATES, databases

PREFIX = "chowk-bench"

if not settings.configured:
    os.environ["CHOWK_TEST_DATABASE"] = "postgres"
    settings.configure(
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=[*DJANGO_APPS, "rest_framework", "chowk_core"],
        DATABASES=databases("bench"),
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=TEMPLATES,
        USE_TZ=True,
        ROOT_URLCONF="benchmarks.fanout_site",
        CHOWK_CORE={
            "STREAMS": {"bench.room": "benchmarks.fanout_stream.RoomStream"},
            "SOCKET_REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
            "SOCKET_PREFIX": PREFIX,
        },
    )
    if "FANOUT_DATABASE" in os.environ:
        settings.DATABASES["default"]["NAME"] = os.environ["FANOUT_DATABASE"]
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None
    django.setup()

from channels.routing import URLRouter  # noqa: E402 - after the apps are loaded
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from chowk_core.realtime.consumer import StreamConsumer  # noqa: E402

urlpatterns: list[object] = []
application = AllowedHostsOriginValidator(
    URLRouter([path("ws/room/<str:id>/", StreamConsumer.as_asgi(stream="bench.room", key="id"))])
)
