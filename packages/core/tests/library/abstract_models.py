from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_core.targets import TargetMixin


class AbstractShelf(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40)
    featured = models.ForeignKey(
        model_label("library.Book"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(Lower("name"), name="%(app_label)s_%(class)s_name")]


class AbstractBook(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=80)
    price = MoneyField(default_currency="USD")
    position = models.PositiveIntegerField(default=0)
    shelf = models.ForeignKey(
        model_label("library.Shelf"), on_delete=models.PROTECT, related_name="books", db_index=False
    )
    borrower = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Not "self": on the model that a site replaces, that would be the replaced table.
    sequels = models.ManyToManyField(model_label("library.Book"), blank=True, related_name="prequels")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="%(app_label)s_%(class)s_price"),
            models.UniqueConstraint(fields=["shelf", "position"], name="%(app_label)s_%(class)s_place"),
        ]
        indexes = [
            models.Index(fields=["-title"], name="%(app_label)s_%(class)s_title"),
            models.Index(
                fields=["title"],
                condition=models.Q(borrower__isnull=False),
                name="%(app_label)s_%(class)s_lent",
            ),
        ]


class AbstractReadingNote(TargetMixin):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    book = models.ForeignKey(model_label("library.Book"), on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="%(app_label)s_%(class)s_target"),
        ]
