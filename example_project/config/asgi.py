"""The ASGI application: Django for HTTP, Chowk's streams for sockets, each checked for its origin."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from chowk_core.realtime.routing import websocket_application  # noqa: E402 - Django loads its apps first

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application()})
