"""The Django site that the references are generated from: every package with its defaults."""

SECRET_KEY = "documentation"  # noqa: S105
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "polymorphic",
    "treebeard",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "chowk_core",
    "chowk_marketplace",
    "chowk_auctions",
    "chowk_payments",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
USE_TZ = True
