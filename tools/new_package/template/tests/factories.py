from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth import get_user_model

from chowk___name__ import services


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"person{n}")


class ItemFactory(factory.Factory):
    """An item, made by the service as a site makes it."""

    class Meta:
        model = dict

    owner = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Item {n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return services.add_item(**kwargs)
