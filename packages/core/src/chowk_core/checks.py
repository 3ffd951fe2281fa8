"""System checks of every package's settings.

Ids are stable: chowk_core.E001 unknown name, E002 wrong value, E003 a dotted path that does not import, E004
a handler and E005 a periodic service that does not import or cannot be called, E006 a missing extra, E007 not
a dict, W008 (with --deploy) SQLite without IMMEDIATE transactions.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections
from django.utils.module_loading import import_string

from chowk_core.conf import core_settings
from chowk_core.models import Delivery
from chowk_core.package_settings import PackageSettings, Periodic, Setting, registry

SUBSCRIPTIONS = "SUBSCRIPTIONS"  # other settings map other names to paths
HANDLER_LENGTH = Delivery._meta.get_field("handler").max_length or 0


@register
def check_settings(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every installed package's settings."""
    return [message for package in registry.values() for message in problems(package)]


def problems(package: PackageSettings) -> Iterator[CheckMessage]:
    """What is wrong with one package's settings."""
    site = getattr(settings, package.prefix, None) or {}
    if not isinstance(site, Mapping):
        yield Error(f"{package.prefix} should be a dict, not {type(site).__name__}.", id="chowk_core.E007")
        return
    declared = package.declared()
    for name in site:
        if name not in declared:
            yield _unknown(package.prefix, name, list(declared))
    for name, setting in declared.items():
        raw = package.raw(name)
        if wrong := setting.problem(raw):
            yield Error(f"{package.prefix}[{name!r}] {wrong}.", hint=setting.doc, id="chowk_core.E002")
        else:
            yield from _paths(f"{package.prefix}[{name!r}]", setting, raw)


def _unknown(prefix: str, name: Any, known: list[str]) -> CheckMessage:
    near = get_close_matches(str(name).upper(), known, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known names: {', '.join(sorted(known))}."
    return Error(f"{prefix} has no setting {name!r}.", hint=hint, id="chowk_core.E001")


def _paths(where: str, setting: Setting[Any], raw: Any) -> Iterator[CheckMessage]:
    for path in setting.paths(raw):
        error_id, example = "chowk_core.E003", None
        if setting.name == SUBSCRIPTIONS:
            error_id, example = "chowk_core.E004", inspect.signature(lambda event: event)
        elif isinstance(setting, Periodic):
            error_id, example = "chowk_core.E005", inspect.signature(lambda *, now: now)
        if wrong := _path_problem(path, example):
            yield Error(f"{where} names {path!r}, {wrong}", id=error_id)
        if setting.name == SUBSCRIPTIONS and len(path) > HANDLER_LENGTH:
            yield Error(f"{where} names {path!r}, longer than {HANDLER_LENGTH} characters.", id=error_id)


def _path_problem(path: str, example: inspect.Signature | None) -> str | None:
    """Why ``path`` cannot be used, as the end of a sentence. ``example`` shows how it will be called."""
    try:
        found = import_string(path)
    except Exception as error:  # importing runs the site's code, which may raise anything
        return f"which cannot be imported: {type(error).__name__}: {error}"
    if example is None:
        return None
    if not callable(found):
        return "which is not callable."
    try:
        call = inspect.signature(found)
    except ValueError:  # a builtin
        return None
    positional = [1 for p in example.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    named = {p.name: 1 for p in example.parameters.values() if p.kind is p.KEYWORD_ONLY}
    try:
        call.bind(*positional, **named)
    except TypeError:
        return f"which cannot be called as {example}: it is {call}."
    return None


@register
def check_extras(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Optional libraries that the settings ask for and that are not installed."""
    wanted = [
        ("RELAY", core_settings.RELAY == "celery", "celery"),
        ("SOCKET_REDIS_URL", bool(core_settings.SOCKET_REDIS_URL), "redis"),
    ]
    return [
        Error(
            f"CHOWK_CORE[{name!r}] needs {extra}, which is not installed.",
            hint=f"pip install 'chowk-core[{extra}]'",
            id="chowk_core.E006",
        )
        for name, asked, extra in wanted
        if asked and find_spec(extra) is None
    ]


@register(deploy=True)
def check_sqlite(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite whose writers fail with "database is locked" instead of queueing."""
    connection = connections["default"]
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
    if connection.vendor != "sqlite" or mode in {"IMMEDIATE", "EXCLUSIVE"}:
        return []
    hint = 'Set DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}.'
    return [Warning("SQLite runs without IMMEDIATE transactions.", hint=hint, id="chowk_core.W008")]
