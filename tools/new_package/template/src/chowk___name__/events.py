"""What this package tells the world. Ids are text."""

from __future__ import annotations

from dataclasses import dataclass

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class ItemAdded(Event, name="__name__.item_added"):
    """Somebody added an item."""

    item_id: str
    owner_id: str
    title: str
