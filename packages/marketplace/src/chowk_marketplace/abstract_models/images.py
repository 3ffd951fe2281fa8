from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.swapping import model_label
from chowk_marketplace.images import image_storage, upload_path


class AbstractListingImage(models.Model):
    """A picture of a listing.

    The primary image is the one with the lowest ``position``. Positions are unique within a listing, so
    every listing that has images has exactly one primary, whatever is inserted, moved or deleted and by
    whom: there is no row, or set of rows, that could say otherwise. Positions may be negative.
    """

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,
        verbose_name=_("listing"),
    )
    position = models.IntegerField(_("position"))
    image = models.ImageField(_("image"), upload_to=upload_path, storage=image_storage, max_length=255)
    width = models.PositiveIntegerField(_("width"), editable=False, help_text=_("In pixels."))
    height = models.PositiveIntegerField(_("height"), editable=False, help_text=_("In pixels."))
    thumbnail_widths: models.JSONField[list[int], list[int]] = models.JSONField(
        _("thumbnail widths"), default=list, editable=False, help_text=_("In pixels, ascending.")
    )
    alt_text = models.CharField(_("alternative text"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["listing", "position"]
        verbose_name = _("image")
        verbose_name_plural = _("images")
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "position"], name="%(app_label)s_%(class)s_one_primary"
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0), name="%(app_label)s_%(class)s_dimensions"
            ),
        ]

    def __str__(self) -> str:
        return self.alt_text or self.image_name

    @property
    def image_name(self) -> str:
        """The storage name of the image itself."""
        return self.image.name or ""

    def thumbnail_name(self, width: int) -> str:
        """The storage name of the thumbnail ``width`` pixels wide."""
        return f"{self.image_name.rsplit('.', 1)[0]}-{width}.webp"

    def thumbnail_url(self, width: int) -> str:
        """The address of the smallest thumbnail at least ``width`` wide, or of the image itself."""
        for candidate in self.thumbnail_widths:
            if candidate >= width:
                return self.image.storage.url(self.thumbnail_name(candidate))
        return self.image.url

    @property
    def srcset(self) -> str:
        """What an ``<img srcset>`` takes: every thumbnail and the image itself, with their widths."""
        sizes = [(self.thumbnail_url(width), width) for width in self.thumbnail_widths]
        return ", ".join(f"{url} {width}w" for url, width in [*sizes, (self.image.url, self.width)])

    def delete_files(self) -> None:
        """Remove the image and its thumbnails from the storage."""
        for width in self.thumbnail_widths:
            self.image.storage.delete(self.thumbnail_name(width))
        self.image.storage.delete(self.image_name)

    def delete_files_after_commit(self) -> None:
        """Remove the files when the transaction that removes the row has committed."""
        transaction.on_commit(self.delete_files)
