"""Reads, scoped to a viewer."""

from __future__ import annotations

from typing import Any

from chowk___name__.models import get_item_model
from chowk___name__.querysets import ItemQuerySet


def visible_items(viewer: Any) -> ItemQuerySet:
    """A person's own items; nothing for a visitor."""
    return get_item_model().objects.of(viewer)
