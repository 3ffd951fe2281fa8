"""Writes: one function per verb."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from chowk___name__.abstract_models import AbstractItem
from chowk___name__.conf import __name___settings
from chowk___name__.events import ItemAdded
from chowk___name__.exceptions import TitleRequired, TitleTaken, TooManyItems
from chowk___name__.models import get_item_model
from chowk_core.policies import ask
from chowk_core.publishing import publish


@transaction.atomic
def add_item(*, owner: Any, title: str) -> AbstractItem:
    """Give ``owner`` an item. Publishes ``__name__.item_added``.

    Locks the owner's row, so that two requests cannot pass the limit together.
    Raises TitleRequired, TitleTaken, TooManyItems, and what MAY_ADD_ITEM refuses.
    """
    title = title.strip()
    if not title:
        raise TitleRequired
    ask(__name___settings.MAY_ADD_ITEM, owner=owner)
    get_user_model()._default_manager.select_for_update().get(pk=owner.pk)
    items = get_item_model().objects.of(owner)
    if items.filter(title=title).exists():
        raise TitleTaken
    if items.count() >= __name___settings.MOST_ITEMS:
        raise TooManyItems(most=__name___settings.MOST_ITEMS)
    item = get_item_model().objects.create(owner=owner, title=title)
    added = ItemAdded(item_id=str(item.pk), owner_id=str(owner.pk), title=title)
    publish(added, stream=f"__name__.item:{item.pk}")
    return item
