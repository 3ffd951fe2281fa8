from django.contrib.auth.models import AbstractUser
from django.db import models

from chowk___name__.abstract_models import AbstractItem
from chowk_core.ids import uuid7


class User(AbstractUser):
    """A user with a UUID key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)


class Item(AbstractItem):
    """An item with an integer key and a column of the site's own."""

    id = models.BigAutoField(primary_key=True)
    note = models.CharField(max_length=80, blank=True)
