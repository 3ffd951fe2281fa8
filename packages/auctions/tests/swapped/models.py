from django.contrib.auth.models import AbstractUser
from django.db import models

from chowk_auctions.abstract_models import (
    AbstractAuction,
    AbstractBid,
    AbstractBlockedBidder,
    AbstractSealedBid,
    AbstractSecondChanceOffer,
    AbstractWatch,
)
from chowk_core.ids import uuid7


class User(AbstractUser):
    """A user with a UUID key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)


class Auction(AbstractAuction):
    """An auction with an integer key and a column of the site's own."""

    id = models.BigAutoField(primary_key=True)
    note = models.CharField(max_length=80, blank=True)


class Bid(AbstractBid):
    """A bid with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SealedBid(AbstractSealedBid):
    """A sealed bid with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SecondChanceOffer(AbstractSecondChanceOffer):
    """An offer with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Watch(AbstractWatch):
    """A watch with an integer key."""

    id = models.BigAutoField(primary_key=True)


class BlockedBidder(AbstractBlockedBidder):
    """A blocked bidder with an integer key."""

    id = models.BigAutoField(primary_key=True)
