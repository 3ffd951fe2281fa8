from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from chowk_core.two_phase import CannotSplit, initial_migrations


class Command(BaseCommand):
    """Writes ``0001_tables`` and ``0002_relations`` from the app's models (see chowk_core.two_phase)."""

    help = "Write an app's first migration in the two phases that let a site replace any of its models."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_label")
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="replace a first migration that was never released",
        )

    @no_translations
    def handle(self, *, app_label: str, overwrite: bool, **options: Any) -> None:
        try:
            app = apps.get_app_config(app_label)
        except LookupError as error:
            raise CommandError(str(error)) from error
        swapped = [m._meta.label for m in app.get_models(include_swapped=True) if m._meta.swapped]
        if swapped:
            raise CommandError(
                f"These settings replace {', '.join(swapped)}; run under the default settings."
            )
        folder = self.folder(app_label)
        stale = self.stale(folder, overwrite)
        try:
            migrations = initial_migrations(app)
        except CannotSplit as error:
            raise CommandError(str(error)) from error
        for path in stale:
            path.unlink()
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        for migration in migrations:
            path = folder / f"{migration.name}.py"
            # No header: it names the Django and the minute, and the same models should give the same file.
            path.write_text(MigrationWriter(migration, include_header=False).as_string(), encoding="utf-8")
            self.stdout.write(f"{path}: {len(migration.operations)} operations")

    def folder(self, app_label: str) -> Path:
        """Where the app's migrations stand. Raises CommandError where the site switched them off."""
        module, _explicit = MigrationLoader.migrations_module(app_label)
        if module is None:
            raise CommandError(f"{app_label} has no migrations module.")
        package, _, name = module.rpartition(".")
        return Path(str(import_module(package).__file__)).parent / name

    def stale(self, folder: Path, overwrite: bool) -> list[Path]:
        """The files to remove first. Raises CommandError where migrations exist that must be kept."""
        present = sorted(folder.glob("[0-9]*.py"))
        if not present:
            return []
        later = [path.name for path in present if not path.name.startswith(("0001", "0002"))]
        if later:
            raise CommandError(
                f"{', '.join(later)} stand on the first migration; it can no longer be rewritten."
            )
        if not overwrite:
            names = ", ".join(path.name for path in present)
            raise CommandError(f"{names} exist. If they have never been released, pass --overwrite.")
        return present
