from django.db import models


class Thing(models.Model):
    """What the tests put up for auction."""

    name = models.CharField(max_length=80)

    class Meta:
        app_label = "goods"

    def __str__(self) -> str:
        return self.name
