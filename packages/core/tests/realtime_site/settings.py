"""Settings of the served site. REALTIME_* variables come from the test that starts it."""

import json
import os
from datetime import timedelta

from chowk_core.testing.settings import DJANGO_APPS, MIDDLEWARE, TEMPLATES, databases  # noqa: F401 - a setting

SECRET_KEY = "a key for tests that is long enough for HS256"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [*DJANGO_APPS, "rest_framework", "chowk_core", "tests.realtime_site"]
DATABASES = databases("core_realtime")
if "REALTIME_DATABASE" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["REALTIME_DATABASE"]
MIDDLEWARE = [name for name in MIDDLEWARE if "Csrf" not in name]
ROOT_URLCONF = "tests.realtime_site.urls"
STATIC_URL = "/static/"
USE_TZ = True
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": timedelta(hours=1)}

_site = json.loads(os.environ.get("REALTIME_CORE", "{}"))
_durations = {"SOCKET_POLL", "SOCKET_RECHECK", "SOCKET_STALL"}
CHOWK_CORE = {
    "STREAMS": {"demo.room": "tests.realtime_site.streams.RoomStream"},
    "SOCKET_PREFIX": os.environ.get("REALTIME_PREFIX", "chowk"),
    **{k: timedelta(seconds=v) if k in _durations else v for k, v in _site.items()},
}
