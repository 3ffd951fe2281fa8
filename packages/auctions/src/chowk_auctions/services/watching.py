"""Keeping an eye on auctions."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.bid_stores import lock_auction
from chowk_auctions.events import WatchersChanged
from chowk_auctions.models import get_watch_model
from chowk_auctions.services.telling import stream_of
from chowk_core.publishing import publish


def watch_auction(*, auction_id: Any, user: Any) -> AbstractAuction:
    """Let ``user`` watch an auction; no news if they do. Locks the auction's row, which counts its watchers.

    Publishes ``auctions.watchers_changed``. Raises AuctionNotFound.
    """
    with transaction.atomic():
        auction = lock_auction(auction_id)
        _row, created = get_watch_model()._default_manager.get_or_create(auction_id=auction.pk, user=user)
        if created:
            _count(auction, user, watching=True)
    return auction


def unwatch_auction(*, auction_id: Any, user: Any) -> AbstractAuction:
    """End that; no news if they do not watch it. Locks and publishes like ``watch_auction``."""
    with transaction.atomic():
        auction = lock_auction(auction_id)
        gone, _by_model = get_watch_model()._default_manager.filter(auction_id=auction.pk, user=user).delete()
        if gone:
            _count(auction, user, watching=False)
    return auction


def _count(auction: AbstractAuction, user: Any, *, watching: bool) -> None:
    auction.watcher_count = get_watch_model()._default_manager.filter(auction_id=auction.pk).count()
    auction.save(update_fields=["watcher_count"])
    publish(
        WatchersChanged(
            auction_id=str(auction.pk),
            user_id=str(user.pk),
            watching=watching,
            watcher_count=auction.watcher_count,
        ),
        stream=stream_of(auction),
    )
