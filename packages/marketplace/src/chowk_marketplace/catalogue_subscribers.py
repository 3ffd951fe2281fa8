"""What the catalogue does when events arrive: others' about sellers, the marketplace's own about listings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from chowk_core.events import Published
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import get_listing_model, get_seller_profile_model
from chowk_marketplace.services import (
    set_seller_rating,
    tell_price_drops,
    tell_saved_searches,
    verify_seller,
)

STATUSES = {"approved": "verified", "declined": "rejected"}
"""How others may call what a profile knows by another name."""


def index_listing(event: Published) -> None:
    """``marketplace.listing_activated`` and ``…_changed``: its words go into the search index."""
    listing = _row(get_listing_model().objects, event.payload["listing_id"])  # type: ignore[attr-defined]
    if listing is not None:
        marketplace_settings.SEARCH.index(listing=listing)


def match_searches(event: Published) -> None:
    """The same events, and ``…matching_continued``: a batch of the saved searches that it fits is told."""
    listing = _row(get_listing_model().objects, event.payload["listing_id"])  # type: ignore[attr-defined]
    if listing is not None:
        tell_saved_searches(listing=listing)


def alert_price_drop(event: Published) -> None:
    """``marketplace.listing_changed`` and ``…alerting_continued``: a batch of the alerts on its price is told
    of a drop."""
    listing = _row(get_listing_model().objects, event.payload["listing_id"])  # type: ignore[attr-defined]
    if listing is not None:
        tell_price_drops(listing=listing)


def take_rating(event: Published) -> None:
    """``ratings.seller_rating_changed``: the seller's profile shows it. Users who are gone are ignored."""
    payload = event.payload
    user = _user(payload["user_id"])
    if user is not None:
        count = int(payload["count"])
        average = Decimal(str(payload["average"])).quantize(Decimal("0.01")) if count else None
        set_seller_rating(user_id=user.pk, average=average, count=count)


def take_verification(event: Published) -> None:
    """``trust.verification_changed``: the seller's profile shows it. Who has no profile is no seller yet."""
    profiles = get_seller_profile_model()._default_manager
    user = _user(event.payload["user_id"])
    profile = profiles.filter(user=user).first() if user is not None else None
    status = STATUSES.get(event.payload["status"], event.payload["status"])
    if profile is not None and status in get_seller_profile_model().Verification.values:
        verify_seller(profile=profile, status=status)


def _user(pk: str) -> Any | None:
    return _row(get_user_model()._default_manager, pk)


def _row(manager: Any, pk: str) -> Any | None:
    try:
        return manager.filter(pk=pk).first()
    except (ValidationError, ValueError):
        return None
