from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model

from chowk_auctions import services
from chowk_core.targets import Target
from tests.goods.models import Thing

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When the tests' auctions begin."""


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")


class ThingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Thing

    name = factory.Sequence(lambda n: f"Thing {n}")


class AuctionFactory(factory.Factory):
    """An open auction of seven days from START, made by the service as a site makes it."""

    class Meta:
        model = dict

    seller = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Lot {n}")
    currency = "USD"
    starting_price = "10.00"
    now = START
    ends_at = factory.LazyAttribute(lambda terms: terms.now + timedelta(days=7))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        target = kwargs.pop("target", None) or Target.of(ThingFactory())
        return services.create_auction(target=target, **kwargs)


def bid(auction: Any, bidder: Any, amount: str, *, at: datetime | None = None) -> services.PlacedBid:
    """Place a bid an hour after START unless told otherwise."""
    return services.place_bid(
        auction_id=str(auction.pk), bidder=bidder, amount=amount, now=at or START + timedelta(hours=1)
    )
