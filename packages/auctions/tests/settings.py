from chowk_core.testing.settings import (  # noqa: F401 - MIDDLEWARE, REST_FRAMEWORK, TEMPLATES are settings
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
    "chowk_auctions",
    "tests.goods",
]
DATABASES = databases("auctions")
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHOWK_CORE = {"CARDS": {"goods.thing": "tests.goods.cards.thing_cards"}}
