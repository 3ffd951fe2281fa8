from __future__ import annotations

import pytest
from django.db import IntegrityError

from chowk___name__ import services
from chowk___name__.exceptions import TitleRequired, TitleTaken, TooManyItems
from chowk___name__.models import get_item_model
from chowk_core.models import LoggedEvent
from chowk_core.policies import Refused
from tests.factories import ItemFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_an_item_is_added_and_told_of() -> None:
    item = ItemFactory(title="  A lamp ")
    assert item.title == "A lamp"
    event = LoggedEvent.objects.get(name="__name__.item_added")
    assert event.payload == {"item_id": str(item.pk), "owner_id": str(item.owner.pk), "title": "A lamp"}


def test_a_title_is_needed_and_is_the_owners_only_one() -> None:
    item = ItemFactory()
    with pytest.raises(TitleRequired):
        services.add_item(owner=item.owner, title=" ")
    with pytest.raises(TitleTaken):
        services.add_item(owner=item.owner, title=item.title)
    assert ItemFactory(title=item.title).owner != item.owner
    assert get_item_model().objects.count() == 2


def test_the_database_guards_the_title_too() -> None:
    item = ItemFactory()
    with pytest.raises(IntegrityError):
        get_item_model().objects.create(owner=item.owner, title=item.title)


def test_the_limit_and_the_policy_are_settings(settings: pytest.FixtureRequest) -> None:
    owner = UserFactory()
    settings.CHOWK___NAME__ = {"MOST_ITEMS": 1}
    services.add_item(owner=owner, title="one")
    with pytest.raises(TooManyItems, match="You may have 1 items"):
        services.add_item(owner=owner, title="two")
    settings.CHOWK___NAME__ = {"MAY_ADD_ITEM": ["tests.refusing.nobody"]}
    with pytest.raises(Refused, match="Nobody may add anything"):
        services.add_item(owner=owner, title="three")
    assert get_item_model().objects.count() == 1
