"""What every model with a protected state machine shares."""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import FSMFieldMixin


class ProtectedStateMixin(models.Model):
    """Lets ``refresh_from_db`` reload protected states.

    django-fsm's own mixin unprotects the field for the whole process meanwhile, which two threads cannot
    share; this one forgets the instance's value, and Django reads it again when it is next asked for.
    """

    class Meta:
        abstract = True

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        wanted = None if fields is None else set(fields)
        for field in self._meta.concrete_fields:
            if (
                isinstance(field, FSMFieldMixin)
                and field.protected
                and (wanted is None or field.name in wanted)
            ):
                self.__dict__.pop(field.attname, None)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
