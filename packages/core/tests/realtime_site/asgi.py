import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.realtime_site.settings")
django_application = get_asgi_application()

from chowk_core.realtime.routing import websocket_application  # noqa: E402 - after the apps are loaded

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application()})
