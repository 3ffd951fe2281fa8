from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "tests.goods"
    default_auto_field = "django.db.models.BigAutoField"
