"""What several tests do alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from chowk_auctions.services import close_due_auctions, default_settlement
from chowk_core.testing.events import published
from tests.factories import START, AuctionFactory, UserFactory, bid

END = START + timedelta(days=7)
LATE = END + timedelta(days=2)


def told(name: str) -> list[dict[str, Any]]:
    """The payloads of the events of that name, oldest first."""
    return [event.payload for event in published(name)]


def api(user: Any = None) -> APIClient:
    """A client of the API, signed in as ``user``."""
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def code(answer: Any) -> str:
    """The code of the first error of an answer."""
    return str(answer.json()["errors"][0]["code"])


def live(**terms: Any) -> Any:
    """An auction that is open by the real clock, which API and pages go by."""
    now = timezone.now()
    return AuctionFactory(now=now, ends_at=now + timedelta(days=3), **terms)


def people(count: int) -> list[Any]:
    """So many users."""
    return [UserFactory() for _ in range(count)]


def sold_to_the_first(amounts: tuple[str, ...], **terms: Any) -> tuple[Any, list[Any]]:
    """An auction with a bid of each amount by somebody else, highest first, closed at its end."""
    auction = AuctionFactory(**{"second_chance": True, **terms})
    bidders = people(len(amounts))
    for bidder, amount in reversed(list(zip(bidders, amounts, strict=True))):
        bid(auction, bidder, amount)
    assert close_due_auctions(now=END) == 1
    auction.refresh_from_db()
    return auction, bidders


def defaulted(amounts: tuple[str, ...], **terms: Any) -> tuple[Any, list[Any]]:
    """The same, and the winner did not pay."""
    auction, bidders = sold_to_the_first(amounts, **terms)
    assert default_settlement(auction_id=auction.pk, now=LATE)
    auction.refresh_from_db()
    return auction, bidders
