from __future__ import annotations

from chowk___name__.abstract_models import AbstractItem
from chowk_core.swapping import get_swappable_model


class Item(AbstractItem):
    """The package's own item; a site may name another by CHOWK___NAME___ITEM_MODEL."""

    class Meta(AbstractItem.Meta):
        swappable = "CHOWK___NAME___ITEM_MODEL"


def get_item_model() -> type[AbstractItem]:
    """The model that stands in for items on this site."""
    return get_swappable_model("chowk___name__.Item")
