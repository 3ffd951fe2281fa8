"""What the swap matrix does on each generated site."""

from django.contrib.auth import get_user_model

from chowk___name__ import selectors, services


def round_trip() -> None:
    owner = get_user_model().objects.create(username="owner")
    item = services.add_item(owner=owner, title="A lamp")
    assert selectors.visible_items(owner).get() == item
