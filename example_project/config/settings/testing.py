"""The site under test: one database and cache a run, quick passwords, no throttles."""

from __future__ import annotations

from chowk_core.testing.settings import databases

from . import *  # noqa: F403
from . import INSTALLED_APPS, MIDDLEWARE, REST_FRAMEWORK

SECRET_KEY = "tests-" * 8
DATABASES = databases("example")  # type: ignore[assignment]
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "django.contrib.postgres"]
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    INSTALLED_APPS += ["django.contrib.postgres"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # tests empty it
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("servestatic")]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]),  # type: ignore[call-overload]
}
