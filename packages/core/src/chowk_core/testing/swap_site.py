"""A throw-away site that replaces some models of a package, and what has to work on it.

``chowk_core.testing.swapping`` writes the site's folder and runs this module there, a process a site:
``python -m chowk_core.testing.swap_site replacement`` or ``… settings``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.utils.module_loading import import_string

from chowk_core.swapping import abstract_model, default_model, meta_class, setting_name
from chowk_core.testing.garbage import spare_imports

APP = "swapsite"
CHILDREN = "swapsite_children"
"""The children's own app: their first migration needs all of the package's, which need APP's."""


@dataclass(frozen=True)
class SwapSite:
    """What the generated site is made of. ``base`` is the settings module that it starts from."""

    app_label: str
    base: str
    replaced: tuple[str, ...] = ()
    round_trip: str = ""
    child_round_trip: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the site's settings and its app with the replacing models into ``folder``."""
        for name, source in ((APP, models_source(self)), (CHILDREN, children_source(self))):
            package = folder / name
            package.mkdir()
            (package / "__init__.py").touch()
            (package / "models.py").write_text(source, encoding="utf-8")
        (folder / f"{APP}_settings.py").write_text(self.settings_source(folder), encoding="utf-8")

    def settings_source(self, folder: Path) -> str:
        """The site's settings module."""
        replaced = {setting_name(label): f"{APP}.{own_name(label)}" for label in self.replaced}
        # Names of every model would pass the 63 characters that PostgreSQL keeps of a database's name.
        database = f"swap_{self.app_label}_{crc32(' '.join(self.replaced).encode()):08x}"
        lines = [
            f"from {self.base} import *",
            "from chowk_core.testing.settings import databases",
            f"INSTALLED_APPS = [*INSTALLED_APPS, {APP!r}, {CHILDREN!r}]",
            f"DATABASES = databases({database!r}, folder={str(folder)!r})",
            f"SWAP_ROUND_TRIPS = {(self.round_trip, self.child_round_trip)!r}",
            *(f"{name} = {value!r}" for name, value in {**self.settings, **replaced}.items()),
        ]
        return "\n".join(lines) + "\n"


def own_name(label: str) -> str:
    """``"chowk_auctions.Bid"`` -> ``"OwnBid"``, the name of the generated replacement."""
    return f"Own{label.split('.')[1]}"


def polymorphic_bases(app_label: str) -> list[str]:
    """Labels of the models of which a site declares children (django-polymorphic's roots)."""
    models = apps.get_app_config(app_label).get_models(include_swapped=True)
    return [m._meta.label for m in models if any(f.name == "polymorphic_ctype" for f in m._meta.local_fields)]


def models_source(site: SwapSite) -> str:
    """The models module: an integer-keyed subclass a replaced model."""
    imports, classes = {"from django.db import models"}, []
    for label in site.replaced:
        abstract, meta = abstract_model(label), meta_class(label)
        imports.add(f"from {abstract.__module__} import {abstract.__qualname__}")
        imports.add(f"from {meta.__module__} import {meta.__qualname__.split('.')[0]}")
        key = default_model(label)._meta.pk.name
        classes.append(
            f"class {own_name(label)}({abstract.__qualname__}):\n"
            f"    {key} = models.BigAutoField(primary_key=True)\n\n"
            f"    class Meta({meta.__qualname__}):\n        pass"
        )
    return _module(imports, classes)


def children_source(site: SwapSite) -> str:
    """The models module of children: one a polymorphic base, of its replacement where there is one."""
    imports, classes = {"from django.db import models"}, []
    for label in polymorphic_bases(site.app_label):
        replaced = label in site.replaced
        base = own_name(label) if replaced else label.split(".")[1]
        imports.add(f"from {f'{APP}.models' if replaced else default_model(label).__module__} import {base}")
        classes.append(
            f"class Child{label.split('.')[1]}({base}):\n"
            "    remark = models.CharField(max_length=20, default='')"
        )
    return _module(imports, classes)


def _module(imports: set[str], classes: list[str]) -> str:
    return "\n".join(sorted(imports)) + "\n\n\n" + "\n\n\n".join(classes) + "\n"


def _children() -> Iterable[type[Model]]:
    return (model for model in apps.get_app_config(CHILDREN).get_models())


def prove_replacement() -> None:
    """Unedited migrations, a clean check, nothing left to migrate, and rows that come back."""
    call_command("makemigrations", APP, CHILDREN, interactive=False, verbosity=0)
    importlib.invalidate_caches()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check_changes=True, dry_run=True, interactive=False)
    round_trip, child_round_trip = settings.SWAP_ROUND_TRIPS
    import_string(round_trip)()
    for child in _children():
        import_string(child_round_trip)(child)


def prove_settings(app_label: str) -> None:
    """A site's settings leave nothing to migrate in the package and in core."""
    call_command(
        "makemigrations", "chowk_core", app_label, check_changes=True, dry_run=True, interactive=False
    )


def main(proof: str, app_label: str) -> None:
    """Run one proof on the site in the working directory, with a database of its own."""
    django.setup()
    spare_imports()
    if proof == "settings":
        prove_settings(app_label)
        return
    make_database()
    try:
        prove_replacement()
    finally:
        drop_database()


def make_database() -> None:
    """An empty database of the site's name, where a server has to be asked for one."""
    drop_database()
    if connection.vendor == "postgresql":
        _on_server('CREATE DATABASE "{}"')


def drop_database() -> None:
    """Remove the site's database."""
    connection.close()
    if connection.vendor == "postgresql":
        _on_server('DROP DATABASE IF EXISTS "{}"')
    else:
        for file in Path(connection.settings_dict["NAME"]).parent.glob("*.sqlite3*"):
            file.unlink()


def _on_server(statement: str) -> None:
    """Run what cannot run inside the database that it makes or drops."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement.format(connection.settings_dict["NAME"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
