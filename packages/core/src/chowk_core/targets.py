"""Links to somebody else's object as text: content type and primary key, whatever its type."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Any, Self

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import DomainError


class UnknownTarget(DomainError):
    """The type is not an installed model, or no such object exists."""

    code = "unknown_target"
    message = _("There is no %(target)s.")
    status = 404


def root_model(model: type[Model]) -> type[Model]:
    """The model at the top of a multi-table inheritance; ``model`` itself without one."""
    model = model._meta.concrete_model or model
    while isinstance(model._meta.pk, models.OneToOneField) and model._meta.pk.remote_field.parent_link:
        model = model._meta.pk.remote_field.model
    return model


@dataclass(frozen=True)
class Target:
    """A link as it travels in events, URLs and requests: ``type`` is "app_label.model", ``id`` is text."""

    type: str
    id: str

    @classmethod
    def of(cls, instance: Model) -> Self:
        """The canonical link to ``instance``: a child by multi-table inheritance is linked as its root.

        So a car and the listing that it is are one target, whoever makes the link.
        """
        return cls(type=root_model(type(instance))._meta.label_lower, id=str(instance.pk))

    def canonical(self) -> Self:
        """The same link, to the root of a multi-table inheritance. Raises UnknownTarget."""
        return type(self)(type=root_model(self.model())._meta.label_lower, id=self.id)

    def model(self) -> builtins.type[Model]:
        """The linked class. Raises UnknownTarget."""
        try:
            return apps.get_model(self.type)
        except (LookupError, ValueError) as error:
            raise UnknownTarget(target=self.type) from error

    def content_type(self) -> ContentType:
        """The linked content type (cached by Django). Raises UnknownTarget."""
        return ContentType.objects.get_for_model(self.model(), for_concrete_model=False)

    def get(self, *, for_update: bool = False) -> Model:
        """The linked object. Raises UnknownTarget for a missing row or a key of the wrong form."""
        manager: Any = self.model()._default_manager
        rows = manager.select_for_update(of=("self",)) if for_update else manager
        try:
            return rows.get(pk=self.id)
        except (manager.model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
            raise UnknownTarget(target=f"{self.type} {self.id}") from error

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"


class TargetMixin(models.Model):
    """Adds a link to any object. Index ``(target_type, target_id)`` in the model that uses it."""

    target_type = models.ForeignKey(
        "contenttypes.ContentType", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    target_id = models.CharField(max_length=64)

    class Meta:
        abstract = True

    @property
    def target(self) -> Target:
        """The link; ``.get()`` fetches the object."""
        content_type = ContentType.objects.get_for_id(self.target_type_id)  # cached by Django
        return Target(type=f"{content_type.app_label}.{content_type.model}", id=self.target_id)

    @target.setter
    def target(self, link: Target | Model) -> None:
        link = link.canonical() if isinstance(link, Target) else Target.of(link)
        self.target_type = link.content_type()
        self.target_id = link.id
