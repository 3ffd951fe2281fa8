"""The data model: a drawing per package, and each table's constraints and indexes."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db.models import Field, ForeignKey, ManyToManyField, Model, OneToOneField
from docutils import nodes

from chowk_core.swapping import setting_name
from chowk_reference.building import (
    PackageDirective,
    code,
    commas,
    entries,
    entry,
    labelled,
    paragraph,
    prose,
)
from chowk_reference.drawing import Box, Row, svg


def fields_of(model: type[Model]) -> list[Field]:
    """The table's own columns and many-to-many fields."""
    return [*model._meta.local_fields, *model._meta.local_many_to_many]


def type_text(field: Field) -> str:
    """The type in a word or two: ``text(80)``, ``→ Auction``; a question mark where it may be null."""
    if isinstance(field, ForeignKey | ManyToManyField):
        target = field.related_model
        own = target._meta.app_label == field.model._meta.app_label
        user = target._meta.label == settings.AUTH_USER_MODEL
        name = "user" if user else target.__name__ if own else target._meta.label
        text = f"→ {name}{' (many)' if isinstance(field, ManyToManyField) else ''}"
    else:
        text = field.get_internal_type().removesuffix("Field")
        length = getattr(field, "max_length", None)
        text += f"({length})" if length and text in {"Char", "Slug"} else ""
    return f"{text}?" if field.null else text


def mark(field: Field) -> str:
    """PK, U (unique) or FK."""
    if field.primary_key:
        return "PK"
    if isinstance(field, OneToOneField) or field.unique:
        return "U"
    return "FK" if isinstance(field, ForeignKey) else ""


def box(model: type[Model], drawn: set[type[Model]]) -> Box:
    """The model as a box."""
    rows = []
    for field in fields_of(model):
        target = field.related_model if field.is_relation else None
        refers_to = target.__name__ if target in drawn else ""
        rows.append(Row(field.name, type_text(field), mark(field), refers_to))
    return Box(model.__name__, rows)


def documentation(model: type[Model]) -> str:
    """The abstract model's docstring; without one the model's own, unless Django wrote it."""
    for base in [*model.__mro__[1:], model]:
        written = vars(base).get("__doc__") or ""
        if base.__module__.startswith("chowk_") and not written.startswith(f"{base.__name__}("):
            return written
    return ""


class ModelsDirective(PackageDirective):
    """``{chowk-models} chowk_auctions``."""

    what = "models"

    def content_nodes(self) -> list[nodes.Node]:
        """The drawing, then each model."""
        config = apps.get_app_config(self.package)
        models = list(config.get_models())
        if not models:
            return []
        drawing = svg([box(model, set(models)) for model in models], f"Data model of {config.verbose_name}")
        html = f'<div class="chowk-drawing-frame" tabindex="0">{drawing}</div>'
        return [nodes.raw("", html, format="html"), entries([self.model(model) for model in models])]

    def model(self, model: type[Model]) -> nodes.Node:
        """What it is, how it is replaced, what the database guarantees."""
        meta = model._meta
        body = prose(documentation(model))
        if meta.swappable:
            body.append(labelled("Replaced by", code(setting_name(meta.label))))
        for label, names in (
            ("Constraints", [constraint.name for constraint in meta.constraints]),
            ("Indexes", [index.name for index in meta.indexes]),
        ):
            if names:
                body.append(labelled(label, *commas(code(name) for name in names)))
        identifier = "model-" + meta.label_lower.replace(".", "-").replace("_", "-")
        heading = [code(meta.label), nodes.inline("", meta.db_table, classes=["chowk-kind"])]
        return entry(identifier, heading, body or [paragraph(str(meta.verbose_name))])
