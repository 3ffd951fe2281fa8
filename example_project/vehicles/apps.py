from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VehiclesConfig(AppConfig):
    """Cars for sale."""

    name = "vehicles"
    verbose_name = _("Vehicles")
    default_auto_field = "django.db.models.BigAutoField"
