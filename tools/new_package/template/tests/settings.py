from chowk_core.testing.settings import (  # noqa: F401 - these names are settings
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
    "chowk_core",
    "chowk___name__",
]
DATABASES = databases("__name__")
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
