"""Where sockets come in.

# asgi.py
django_application = get_asgi_application()
application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application()})
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.apps import apps
from django.urls import path

from chowk_core.realtime.consumer import StreamConsumer

websocket_urlpatterns: list[Any] = [path("ws/", StreamConsumer.as_asgi())]


def all_websocket_urlpatterns() -> list[Any]:
    """``/ws/`` and the ``websocket_urlpatterns`` of every installed app's ``routing.py``, in app order."""
    found = [*websocket_urlpatterns]
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.routing") is not None:
            found += getattr(import_module(f"{config.name}.routing"), "websocket_urlpatterns", [])
    return found


def websocket_application() -> Any:
    """The ASGI application for websockets. Call it after Django's apps are loaded.

    Pages of other sites are kept out by Channels' origin validator and ALLOWED_HOSTS; a client that is no
    browser sends an ``Origin`` of an allowed host. Sessions and tokens are read by the consumer itself:
    Channels' ``AuthMiddlewareStack`` is not needed, and would look at the session for every frame sent.
    """
    return AllowedHostsOriginValidator(URLRouter(all_websocket_urlpatterns()))
