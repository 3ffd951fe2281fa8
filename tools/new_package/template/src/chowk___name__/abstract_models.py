from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chowk___name__.querysets import ItemQuerySet
from chowk_core.ids import uuid7


class AbstractItem(models.Model):
    """Something that belongs to a person. Titles are unique within an owner's items."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="chowk___name___items",
        verbose_name=_("owner"),
    )
    title = models.CharField(_("title"), max_length=120)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "title"], name="%(app_label)s_%(class)s_title"),
            models.CheckConstraint(condition=~models.Q(title=""), name="%(app_label)s_%(class)s_named"),
        ]

    def __str__(self) -> str:
        return self.title
