from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from chowk_core.ids import uuid7


class AbstractCategory(MP_Node):
    """A node of the category tree (materialised path: a subtree is one prefix, a breadcrumb one query)."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=140, unique=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        abstract = True
        ordering = ["path"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def ancestor_paths(cls, path: str) -> list[str]:
        """The tree paths of the node at ``path`` and of all above it, from the root down."""
        return [path[:end] for end in range(cls.steplen, len(path) + 1, cls.steplen)]
