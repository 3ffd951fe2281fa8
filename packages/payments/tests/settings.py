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
    "chowk_payments",
    "tests.shop",
]
DATABASES = databases("payments")
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHOWK_PAYMENTS = {
    "PAYABLES": {
        "shop.order": "tests.shop.policies.charge_for_order",
        "shop.basket": "tests.shop.policies.charge_for_basket",
    },
    "CURRENCIES": ["USD", "JPY", "KWD"],
    "ENCRYPTION_KEYS": ["Y2hvd2sgdGVzdHMga2V5IG9mIDMyIGJ5dGVzICEgICA="],
    "INVOICES": {"shop.order": "tests.shop.policies.invoice_for_order"},
}
CHOWK_MARKETPLACE_ORDER_MODEL = "shop.Order"
