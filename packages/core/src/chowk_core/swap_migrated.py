"""Moving a site that is already migrated to a model of its own: the same table under another name.

Django refuses a change of a swappable setting once the migrations have run (the package's keys would depend
on a migration of the site that came later). So the site's model takes over the table as it is: the migration
that would create it is recorded as run, the content type is renamed, and so are the constraints and indexes,
whose names carry the app's label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.checks import Error
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from chowk_core.swapping import SwappableAppConfig, default_model, model_label, setting_name
from chowk_core.swapping_checks import nameless, problems
from chowk_core.two_phase import RELATIONS


class CannotSwap(Exception):
    """The site is not ready; the message says what to do first."""


@dataclass(frozen=True)
class Step:
    """Something that has to be done, in words and as code."""

    text: str
    run: Callable[[], None]


def plan(label: str, replacement: str, connection: BaseDatabaseWrapper) -> list[Step]:
    """The steps that move ``label`` to the site's ``replacement``. Changes nothing. Raises CannotSwap."""
    old, new = _models(label, replacement)
    _refuse_another_table(old, new, connection)
    migrations = _creating_migrations(old, new, connection)
    recorder = MigrationRecorder(connection)
    steps = [*_renames(old, new, connection)]
    for migration in migrations:
        name = f"{migration.app_label}.{migration.name}"
        steps.append(Step(f"record {name} as run: its table exists", _recording(recorder, migration)))
    return [*steps, _relabelling(old, new, connection)]


def carry_out(steps: list[Step], connection: BaseDatabaseWrapper) -> None:
    """Do the steps, in one transaction (on SQLite the table is rebuilt in one of its own first)."""
    if connection.vendor == "sqlite":
        for step in steps:
            step.run()
        return
    with transaction.atomic(using=connection.alias):
        for step in steps:
            step.run()


def _models(label: str, replacement: str) -> tuple[type[Model], type[Model]]:
    app_label, _, name = label.partition(".")
    config = apps.app_configs.get(app_label)
    if not isinstance(config, SwappableAppConfig) or name not in config.swappable_models:
        raise CannotSwap(f"{label} is not a model that can be replaced.")
    setting = setting_name(label)
    if model_label(label) == label or model_label(label).lower() != replacement.lower():
        raise CannotSwap(f'Set {setting} = "{replacement}" first; it is "{model_label(label)}".')
    faults = [problem for problem in problems(label, replacement) if isinstance(problem, Error)]
    if faults:
        raise CannotSwap(" ".join(f"{fault.msg} {fault.hint or ''}".strip() for fault in faults))
    return default_model(label), apps.get_model(replacement)


def _refuse_another_table(old: type[Model], new: type[Model], connection: BaseDatabaseWrapper) -> None:
    """The replacement must describe the very table that exists; it may grow afterwards."""
    if new.__name__ != old.__name__:
        raise CannotSwap(f"Name the class {old.__name__}: columns of joining tables carry its name.")
    table = old._meta.db_table
    if new._meta.db_table != table:
        raise CannotSwap(f'Give the Meta of {new._meta.label} db_table = "{table}", the table that exists.')
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            raise CannotSwap(f"There is no table {table}: nothing has been migrated, so just run migrate.")
    described = {(field.column, field.db_type(connection)) for field in new._meta.local_concrete_fields}
    existing = {(field.column, field.db_type(connection)) for field in old._meta.local_concrete_fields}
    differing = sorted({str(column) for column, _type in described ^ existing})
    if differing:
        raise CannotSwap(
            f"{new._meta.label} differs from {table} in {', '.join(differing)}. Move first, with the fields "
            "as they are; add and change fields afterwards, with ordinary migrations."
        )


def _creating_migrations(
    old: type[Model], new: type[Model], connection: BaseDatabaseWrapper
) -> list[Migration]:
    """The site's migrations that make exactly the replacement, and have not run."""
    app_label = new._meta.app_label
    loader = MigrationLoader(connection)
    names = sorted(name for label, name in loader.disk_migrations if label == app_label)
    own = [loader.disk_migrations[app_label, name] for name in names]
    creating = [m for m in own if any(_creates(operation, new) for operation in m.operations)]
    if not creating:
        raise CannotSwap(f"Run makemigrations {app_label} first.")
    first = creating[0]
    if (app_label, first.name) in loader.applied_migrations:
        raise CannotSwap(f"{app_label}.{first.name} has run already: the site has been moved.")
    others = {_subject(operation) for operation in first.operations} - {new._meta.model_name}
    if others:
        raise CannotSwap(
            f"{app_label}.{first.name} is also about {', '.join(sorted(others))}, whose tables do not exist. "
            f"Let one migration create {new.__name__} alone."
        )
    wanted = (old._meta.app_label, RELATIONS)
    if first is not own[0] and wanted not in first.run_before:
        raise CannotSwap(
            f"{app_label}.{first.name} is not the app's first migration, so on a new database it would come "
            f"too late. Add to it: run_before = [{wanted!r}]"
        )
    rest = own[own.index(first) + 1 :]
    continued = [
        m for m in rest if m.initial and {_subject(op) for op in m.operations} == {new._meta.model_name}
    ]
    return [first, *continued]


def _creates(operation: Any, model: type[Model]) -> bool:
    return isinstance(operation, CreateModel) and operation.name_lower == model._meta.model_name


def _subject(operation: Any) -> str:
    """The lower-case name of the model that an operation is about; the operation's own name where none."""
    name = operation.name if isinstance(operation, CreateModel) else getattr(operation, "model_name", "")
    return (name or type(operation).__name__).lower()


def _recording(recorder: MigrationRecorder, migration: Migration) -> Callable[[], None]:
    return lambda: recorder.record_applied(migration.app_label, migration.name)


def _relabelling(old: type[Model], new: type[Model], connection: BaseDatabaseWrapper) -> Step:
    """Rename the content type: permissions, targets and polymorphic rows keep pointing at it."""
    content_types = apps.get_model("contenttypes.ContentType").objects.using(connection.alias)
    before = {"app_label": old._meta.app_label, "model": old._meta.model_name}
    after = {"app_label": new._meta.app_label, "model": new._meta.model_name}
    if content_types.filter(**before).exists() and content_types.filter(**after).exists():
        raise CannotSwap(
            f"There is a content type {new._meta.label_lower} already, made by a request under the new "
            "setting. Delete it (nothing can refer to it yet), then run this again."
        )

    def relabel() -> None:
        content_types.filter(**before).update(**after)
        content_types.model.objects.clear_cache()

    return Step(f"rename the content type {old._meta.label_lower} to {new._meta.label_lower}", relabel)


def _renames(old: type[Model], new: type[Model], connection: BaseDatabaseWrapper) -> Iterator[Step]:
    """Constraints and indexes take the names that the replacement's migrations know."""
    pairs = []
    for kind in ("constraints", "indexes"):
        for item in getattr(old._meta, kind):
            twins = [twin for twin in getattr(new._meta, kind) if nameless(twin) == nameless(item)]
            pairs += [(item.name, twin.name) for twin in twins if twin.name != item.name]
    if not pairs:
        return
    if connection.vendor == "postgresql":
        for before, after in pairs:
            yield Step(
                f"rename {before} to {after}", _renaming(old._meta.db_table, before, after, connection)
            )
    elif connection.vendor == "sqlite":
        names = ", ".join(after for _, after in pairs)
        yield Step(f"rebuild {old._meta.db_table} with {names}", _rebuilding(new, connection))


def _renaming(table: str, before: str, after: str, connection: BaseDatabaseWrapper) -> Callable[[], None]:
    def rename() -> None:
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
                [quote(table), before],
            )
            if cursor.fetchone():
                sql = f"ALTER TABLE {quote(table)} RENAME CONSTRAINT {quote(before)} TO {quote(after)}"
            else:
                sql = f"ALTER INDEX {quote(before)} RENAME TO {quote(after)}"
            cursor.execute(sql)

    return rename


def _rebuilding(model: type[Model], connection: BaseDatabaseWrapper) -> Callable[[], None]:
    def rebuild() -> None:
        with connection.schema_editor() as editor:
            # SQLite renames no constraint; Django's own way to change one is to copy the table.
            editor._remake_table(model)  # type: ignore[attr-defined]

    return rebuild
