from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "tests.goods"
    label = "goods"
    default_auto_field = "django.db.models.BigAutoField"
