"""Whom a seller takes no bids from."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, AbstractBlockedBidder
from chowk_auctions.exceptions import CannotBlockYourself, UnknownBidder
from chowk_auctions.models import get_blocked_bidder_model
from chowk_auctions.selectors import bidder_called, visible_auction


def block_bidder(*, seller: Any, bidder_id: Any, note: str = "") -> AbstractBlockedBidder:
    """Take no more bids from a user, given by key as text; no news if they are blocked.

    Bids of theirs that stand stay. Locks nothing. Raises UnknownBidder, CannotBlockYourself.
    """
    try:
        bidder = get_user_model()._default_manager.filter(pk=bidder_id).first()
    except (ValidationError, ValueError, OverflowError) as error:
        raise UnknownBidder() from error
    if bidder is None:
        raise UnknownBidder()
    if bidder.pk == seller.pk:
        raise CannotBlockYourself()
    return _block(seller, bidder.pk, None, note)


def block_bidder_called(*, seller: Any, auction_id: Any, name: str, note: str = "") -> AbstractBlockedBidder:
    """Take no more bids, in any auction, from whoever is seen as ``name`` in the seller's own auction.

    Who that is the seller is not told. Locks nothing. Raises AuctionNotFound, UnknownBidder.
    """
    auction = visible_auction(seller, auction_id)
    bidder_id = bidder_called(auction, name) if auction.seller_id == seller.pk else None
    if bidder_id is None:
        raise UnknownBidder(field="name")
    return _block(seller, bidder_id, auction, note)


def unblock_bidder(*, seller: Any, block_id: Any) -> bool:
    """Undo one of the seller's blocks, by its key; return whether there was one. Locks nothing.

    Bids are taken again once no other block of the same bidder is left.
    """
    rows = get_blocked_bidder_model()._default_manager.filter(seller=seller, pk=block_id)
    return bool(rows.delete()[0])


def _block(seller: Any, bidder_id: Any, auction: AbstractAuction | None, note: str) -> AbstractBlockedBidder:
    with transaction.atomic():
        row, _created = get_blocked_bidder_model()._default_manager.get_or_create(
            seller=seller, bidder_id=bidder_id, auction=auction, defaults={"note": note[:200]}
        )
    return row
