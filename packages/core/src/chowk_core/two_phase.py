"""The two-phase first migration that lets a site replace any single model of a package.

``0001_tables`` makes every table with scalar columns only and depends on nothing. ``0002_relations`` adds
what points elsewhere. A site's replacement may point back into the package, so a first migration that held
keys and the replacement's own first migration would each need the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.conf import SettingsReference
from django.db import models
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterUniqueTogether,
    CreateModel,
    Migration,
)
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

TABLES = "0001_tables"
RELATIONS = "0002_relations"
OUTSIDE = 10
"""For how many models one of another app stands: a user is connected with groups, content types and a log."""


class CannotSplit(Exception):
    """The models cannot be made in two phases; the message says which and why."""


def initial_migrations(app: AppConfig) -> tuple[Migration, Migration]:
    """The two first migrations of ``app``, from its models as they are. Raises CannotSplit."""
    creating: list[Operation] = []
    adding: list[AddField] = []
    needed: set[tuple[str, str]] = {(app.label, TABLES)}
    for model in _in_order(app):
        state = ModelState.from_model(model)
        related = {name: field for name, field in state.fields.items() if _is_second_phase(model, name)}
        creating.append(_create_scalars(state, related))
        for name, field in related.items():
            adding.append(AddField(state.name, name, field))
            needed |= _dependencies(field, app.label)
    options = [one for model in _in_order(app) for one in _relational_options(ModelState.from_model(model))]
    relating = list(_by_reach(app.label, adding, options))
    _verify(app, [*creating, *relating])
    return _migration(app, TABLES, creating, set()), _migration(app, RELATIONS, relating, needed)


def _migration(
    app: AppConfig, name: str, operations: list[Operation], dependencies: set[tuple[str, str]]
) -> Migration:
    migration = Migration(name, app.label)
    migration.initial = True
    migration.operations = operations
    migration.dependencies = sorted(dependencies)
    return migration


def _in_order(app: AppConfig) -> list[type[models.Model]]:
    """The app's tables, parents by multi-table inheritance first; else in order of declaration."""
    found = [m for m in app.get_models(include_swapped=True) if m._meta.managed or m._meta.proxy]
    return sorted(found, key=lambda model: len([b for b in model.__mro__ if b in found]))


def _is_second_phase(model: type[models.Model], name: str) -> bool:
    field: Any = model._meta.get_field(name)
    if not field.is_relation:
        return False
    if getattr(field.remote_field, "parent_link", False):
        return False  # belongs to CREATE TABLE; the parent stands in the same migration
    if field.primary_key:
        raise CannotSplit(
            f"{model._meta.label}.{name} is a relation and the primary key, so its table cannot be made "
            "before what it points at. Give the model a key of its own and make the relation one-to-one."
        )
    through = getattr(field.remote_field, "through", None)
    if through is not None and not through._meta.auto_created:
        raise CannotSplit(
            f"{model._meta.label}.{name} names a through model, which a site cannot replace: migrations "
            "hold no reference to the setting. Query through the joining model instead."
        )
    return True


def _create_scalars(state: ModelState, related: dict[str, Any]) -> CreateModel:
    for base in state.bases:
        if isinstance(base, str) and base.split(".")[0] == state.app_label and _swappable(base):
            raise CannotSplit(f"{state.name} inherits the table of {base}, which a site may replace.")
    options = dict(state.options)
    options.pop("order_with_respect_to", None)
    for kind in ("indexes", "constraints"):
        options[kind] = [item for item in options[kind] if not _touches(item, related)]
    together = {t for t in options.pop("unique_together", ()) if not set(t) & set(related)}
    if together:
        options["unique_together"] = together
    return CreateModel(
        state.name,
        [(name, field) for name, field in state.fields.items() if name not in related],
        {name: value for name, value in options.items() if value or name not in ("indexes", "constraints")},
        state.bases,
        state.managers,
    )


def _relational_options(state: ModelState) -> Iterator[Operation]:
    related = {name: field for name, field in state.fields.items() if field.is_relation}
    if "order_with_respect_to" in state.options:
        raise CannotSplit(f"{state.name} uses order_with_respect_to; use a position column.")
    together = state.options.get("unique_together", set())
    if any(set(t) & set(related) for t in together):
        yield AlterUniqueTogether(state.name, together)
    for constraint in state.options["constraints"]:
        if _touches(constraint, related):
            yield AddConstraint(state.name, constraint)
    for index in state.options["indexes"]:
        if _touches(index, related):
            yield AddIndex(state.name, index)


def _by_reach(app_label: str, adding: list[AddField], options: list[Operation]) -> Iterator[Operation]:
    """All of both, in the order in which ``migrate`` has least to do.

    For each step it renders every model anew that keys connect with the step's own, over any number of them.
    So a key comes the earlier the fewer it connects, and what needs a key as soon as that is there.
    """
    connected: dict[str, frozenset[str]] = {}

    def reach(key: AddField) -> frozenset[str]:
        own, other = f"{app_label}.{key.model_name}".lower(), str(key.field.deconstruct()[3]["to"]).lower()
        ends = {own} if other == "self" else {own, other}
        return frozenset().union(*(connected.get(end, frozenset([end])) for end in ends))

    def weight(key: AddField) -> int:
        return sum(1 if label.startswith(f"{app_label}.") else OUTSIDE for label in reach(key))

    keys, waiting = list(adding), list(options)
    while keys:
        key = min(keys, key=weight)
        keys.remove(key)
        joined = reach(key)
        connected |= dict.fromkeys(joined, joined)
        yield key
        missing = {(other.model_name, other.name) for other in keys}
        ready = [one for one in waiting if not missing & _needs(one)]
        waiting = [one for one in waiting if one not in ready]
        yield from ready
    yield from waiting


def _needs(option: Any) -> set[tuple[str, str]]:
    """The fields, as model and name, that a constraint, an index or a pair of unique fields is made of."""
    if isinstance(option, AlterUniqueTogether):
        return {(option.name, name) for together in option.option_value or () for name in together}
    item = option.constraint if isinstance(option, AddConstraint) else option.index
    return {
        (option.model_name, name)
        for field in _field_names(item)
        for name in (field, field.removesuffix("_id"))
    }


def _swappable(label: str) -> bool:
    return bool(apps.get_model(label)._meta.swappable)


def _touches(item: models.Index | models.BaseConstraint, related: dict[str, Any]) -> bool:
    """Whether a constraint or an index mentions one of the ``related`` fields, by name or by column."""
    names = set(related) | {f"{name}_id" for name in related}
    return bool(names & set(_field_names(item)))


def _field_names(item: models.Index | models.BaseConstraint) -> Iterator[str]:
    for listed in ("fields", "include"):
        yield from (name.lstrip("-") for name in getattr(item, listed, None) or ())
    yield from _names_in(getattr(item, "condition", None))
    for expression in getattr(item, "expressions", ()):
        # An exclusion constraint pairs each expression, or bare field name, with an operator.
        part = expression[0] if isinstance(expression, tuple | list) else expression
        yield from [part] if isinstance(part, str) else _names_in(part)


def _names_in(expression: Any) -> Iterator[str]:
    """The first names of every lookup and reference in a ``Q`` or an expression."""
    if isinstance(expression, models.Q):
        for child in expression.children:
            if isinstance(child, tuple):
                yield child[0].split("__")[0]
            yield from _names_in(child[1] if isinstance(child, tuple) else child)
    elif isinstance(expression, models.F):
        yield expression.name.split("__")[0]  # type: ignore[attr-defined]
    elif hasattr(expression, "get_source_expressions"):
        for source in expression.get_source_expressions():
            yield from _names_in(source)


def _dependencies(field: Any, app_label: str) -> set[tuple[str, str]]:
    """What must exist before ``field`` can be added: a setting's model, or an app's latest migration."""
    to = field.deconstruct()[3]["to"]
    if isinstance(to, SettingsReference):
        return {("__setting__", to.setting_name)}  # type: ignore[attr-defined]
    target = to.split(".")[0]
    return set() if target == app_label else {_latest(target)}


def _latest(app_label: str) -> tuple[str, str]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    names = [name for label, name in loader.disk_migrations if label == app_label]
    if not names:
        raise CannotSplit(f"{app_label} has no migrations yet; write them first.")
    return app_label, max(names)


def _verify(app: AppConfig, operations: Iterable[Operation]) -> None:
    """Run ``operations`` on a project without ``app``: the autodetector must find nothing left to do."""
    wanted = ProjectState.from_apps(apps)
    built = wanted.clone()
    for key in [key for key in built.models if key[0] == app.label]:
        del built.models[key]
    for operation in operations:
        operation.state_forwards(app.label, built)
    missed = MigrationAutodetector(built, wanted)._detect_changes()  # type: ignore[attr-defined]
    if app.label in missed:
        left = [operation.describe() for migration in missed[app.label] for operation in migration.operations]
        raise CannotSplit(f"the two phases would leave something out: {'; '.join(left)}")
