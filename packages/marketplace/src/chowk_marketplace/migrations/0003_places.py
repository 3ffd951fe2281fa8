from __future__ import annotations

from typing import Any

from django.db import migrations

from chowk_marketplace.places import load


def add_places(apps: Any, schema_editor: Any) -> None:
    """Pakistan's provinces and cities. A site that replaced a model runs ``manage.py load_places``."""
    models = [apps.get_model("chowk_marketplace", name) for name in ("Province", "City")]
    if not any(model._meta.swapped for model in models):
        load(*models)


class Migration(migrations.Migration):
    dependencies = [("chowk_marketplace", "0002_relations")]
    operations = [migrations.RunPython(add_places, migrations.RunPython.noop)]
