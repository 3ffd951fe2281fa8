"""System checks of a site's replacements: installed, a subclass of the abstract, nothing lost.

Ids are stable: chowk_core.E101 malformed setting, E102 not installed, E103 not a subclass, E104 lost
constraints, E105 lost fields, W106 lost indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Warning, register
from django.db.models import Model

from chowk_core.swapping import (
    SwappableAppConfig,
    abstract_model,
    default_model,
    meta_class,
    model_label,
    setting_name,
)


@register
def check_replacements(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every problem of every model that this site replaces."""
    return [
        message
        for config in app_configs or apps.get_app_configs()
        if isinstance(config, SwappableAppConfig)
        for name in config.swappable_models
        if model_label(f"{config.label}.{name}") != f"{config.label}.{name}"
        for message in problems(f"{config.label}.{name}", model_label(f"{config.label}.{name}"))
    ]


def problems(label: str, replacement: Any) -> list[CheckMessage]:
    """What is wrong with ``replacement``, a setting's value, in the place of ``label``."""
    setting = setting_name(label)
    try:
        model = apps.get_model(replacement)
    except (ValueError, AttributeError):
        hint = f'Write "app_label.ModelName", as in "{label}".'
        return [Error(f"{setting} is {replacement!r}.", hint=hint, id="chowk_core.E101")]
    except LookupError:
        hint = "Add its app to INSTALLED_APPS, or correct the name."
        return [
            Error(f"{setting} names {replacement}, which is not installed.", hint=hint, id="chowk_core.E102")
        ]
    abstract = abstract_model(label)
    if not issubclass(model, abstract):
        hint = f"class {model.__name__}({abstract.__module__}.{abstract.__name__}): …"
        text = f"{setting} names {replacement}, which is not a subclass of {abstract.__name__}."
        return [Error(text, hint=hint, obj=model, id="chowk_core.E103")]
    return list(_losses(label, model))


def _losses(label: str, model: type[Model]) -> Iterator[CheckMessage]:
    original = default_model(label)
    inherit = f"Let its Meta inherit {meta_class(label).__qualname__}."
    constraints = [*_missing(original, model, "constraints"), *_missing_together(original, model)]
    if constraints:
        text = f"{model._meta.label} lacks the constraints {', '.join(constraints)} of {label}."
        yield Error(text, hint=inherit, obj=model, id="chowk_core.E104")
    present = {field.name for field in model._meta.get_fields()}
    fields = [f.name for f in (*original._meta.fields, *original._meta.many_to_many) if f.name not in present]
    if fields:
        text = f"{model._meta.label} lacks the fields {', '.join(fields)} of {label}."
        yield Error(text, hint="The package's services use them.", obj=model, id="chowk_core.E105")
    indexes = _missing(original, model, "indexes")
    if indexes:
        text = f"{model._meta.label} lacks the indexes {', '.join(indexes)} of {label}."
        yield Warning(text, hint=inherit, obj=model, id="chowk_core.W106")


def _missing(original: type[Model], model: type[Model], kind: str) -> list[str]:
    """Names of the original's constraints or indexes without an equal, names aside, in ``model``.

    Names differ between the two because they carry the app's label and the class's name.
    """
    present = [nameless(item) for item in getattr(model._meta, kind)]
    return [item.name for item in getattr(original._meta, kind) if nameless(item) not in present]


def nameless(item: Any) -> tuple[str, Any, dict[str, Any]]:
    """What a constraint or an index is, whatever it is called."""
    path, arguments, options = item.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name != "name"}


def _missing_together(original: type[Model], model: type[Model]) -> list[str]:
    kept = {tuple(fields) for fields in model._meta.unique_together}
    return [str(tuple(fields)) for fields in original._meta.unique_together if tuple(fields) not in kept]
