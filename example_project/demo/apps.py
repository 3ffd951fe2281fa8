from django.apps import AppConfig


class DemoConfig(AppConfig):
    """`manage.py demo`."""

    name = "demo"
