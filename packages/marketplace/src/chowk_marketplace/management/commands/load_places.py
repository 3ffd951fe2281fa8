from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from chowk_marketplace.models import get_city_model, get_province_model
from chowk_marketplace.places import load


class Command(BaseCommand):
    help = "Add the provinces and main cities that the package knows; what is there already stays."

    def handle(self, *args: Any, **options: Any) -> None:
        added = load(get_province_model(), get_city_model())
        self.stdout.write(_("%(count)d places added.") % {"count": added})
