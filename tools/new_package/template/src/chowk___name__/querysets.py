from __future__ import annotations

from typing import Any

from django.db import models


class ItemQuerySet(models.QuerySet[Any]):
    """Filters that chain."""

    def of(self, owner: Any) -> ItemQuerySet:
        """The items of one person; nobody's for a visitor."""
        return self.filter(owner_id=owner.pk) if owner.pk is not None else self.none()
