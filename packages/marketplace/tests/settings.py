import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from chowk_core.testing.settings import (  # noqa: F401 - MIDDLEWARE and TEMPLATES are settings
    DJANGO_APPS,
    MIDDLEWARE,
    REST_FRAMEWORK,
    TEMPLATES,
    databases,
)

SECRET_KEY = "tests"
INSTALLED_APPS = [
    *DJANGO_APPS,
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "polymorphic",
    "treebeard",
    *(["modelsearch"] if find_spec("modelsearch") else []),
    *(["django.contrib.postgres"] if os.environ.get("CHOWK_TEST_DATABASE") == "postgres" else []),
    "chowk_core",
    "chowk_marketplace",
    "tests.goods",
]
DATABASES = databases("marketplace")
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(mkdtemp(prefix="chowk-marketplace-")) / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "public": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHOWK_MARKETPLACE = {"LISTING_TYPES": {"book": "tests.goods.listing_types.BookType"}}
