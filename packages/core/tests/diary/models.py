from django.conf import settings
from django.db import models

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField


class Entry(models.Model):
    """What a handler or a view left behind: the visible effect that tests count."""

    text = models.CharField(max_length=200)

    class Meta:
        app_label = "diary"


class Diary(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=100)
    pages = models.IntegerField(default=0)
    price = MoneyField(default_currency="USD", null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "diary"
