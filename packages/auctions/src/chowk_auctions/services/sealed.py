"""Sealed bids: taken encrypted, opened together when the end has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from chowk_auctions.abstract_models import AbstractAuction
from chowk_auctions.bid_stores import LockedAuction
from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Accepted, play
from chowk_auctions.events import BidsRevealed, SealedBidPlaced
from chowk_auctions.models import get_auction_model, get_bid_model, get_sealed_bid_model
from chowk_auctions.rules import increments
from chowk_auctions.sealing import seal, unseal
from chowk_auctions.services.telling import stream_of
from chowk_core.money import amount_text
from chowk_core.publishing import publish


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sealed bid that was taken. ``commitment`` is the bidder's proof of what they bid."""

    id: Any
    commitment: str


@sensitive_variables("amount")
def take_sealed(auction: LockedAuction, bidder: Any, amount: int) -> Receipt:
    """Keep ``amount`` for ``bidder``, in place of what they bid before. The caller holds the lock.

    Publishes ``auctions.sealed_bid_placed``, without the amount; outside the auction's stream where the count
    is not public, since the numbers of a stream can be counted.
    """
    rows = get_sealed_bid_model()._default_manager.filter(auction_id=auction.id)
    sealed = seal(amount, auction_id=auction.id, bidder_id=bidder.pk)
    sequence = (rows.aggregate(last=Max("sequence"))["last"] or 0) + 1
    values = {
        "sequence": sequence,
        "ciphertext": sealed.ciphertext,
        "commitment": sealed.commitment,
        "placed_at": auction.now,
    }
    row, created = rows.update_or_create(auction_id=auction.id, bidder=bidder, defaults=values)
    count = rows.count()
    if created:
        get_auction_model()._default_manager.filter(pk=auction.id).update(sealed_count=count)
    publish(
        SealedBidPlaced(
            auction_id=str(auction.id),
            bidder_id=str(bidder.pk),
            sequence=sequence,
            replaced=not created,
            sealed_count=count,
            commitment=sealed.commitment,
        ),
        stream=f"auctions.auction:{auction.id}" if auctions_settings.SHOW_SEALED_COUNT else "",
    )
    return Receipt(row.pk, sealed.commitment)


def reveal(auction: AbstractAuction, now: datetime) -> None:
    """Open the sealed bids of ``auction``, whose lock the caller holds, and play them in their order.

    Each becomes a bid of the history. Publishes ``auctions.bids_revealed``. Raises SealedBidUnreadable
    before it changes anything.
    """
    rows = list(get_sealed_bid_model()._default_manager.filter(auction_id=auction.pk).order_by("sequence"))
    opened = [
        unseal(row.ciphertext, row.commitment, auction_id=auction.pk, bidder_id=row.bidder_id) for row in rows
    ]
    steps = list(
        play(
            auctions_settings.FORMATS[auction.format],
            starting_price=auction.starting_price,
            reserve_price=auction.reserve_price,
            bids=[(row.bidder_id, bid.amount) for row, bid in zip(rows, opened, strict=True)],
            increment=increments(auction.currency),
        )
    )
    bids = get_bid_model()
    bids._default_manager.bulk_create(
        bids(
            auction_id=auction.pk,
            sequence=number,
            kind=step.kind.value,
            bidder_id=row.bidder_id,
            maximum=bid.amount,
            price=step.price,
            leader_id=step.leader,
            reserve_met=step.reserve_met,
            placed_at=row.placed_at,
        )
        for number, (row, bid, step) in enumerate(zip(rows, opened, steps, strict=True), start=1)
    )
    for row, bid in zip(rows, opened, strict=True):
        row.nonce, row.revealed_at = bid.nonce, now
    get_sealed_bid_model()._default_manager.bulk_update(rows, ["nonce", "revealed_at"])
    _stand(auction, steps)


def _stand(auction: AbstractAuction, steps: list[Accepted]) -> None:
    """What the revealed bids made of the auction."""
    last = steps[-1]
    auction.price, auction.leader_maximum, auction.reserve_met = (
        last.price,
        last.leader_maximum,
        last.reserve_met,
    )
    auction.leader_id = last.leader  # type: ignore[assignment]  # a user's key
    auction.bid_count = auction.last_sequence = len(steps)
    auction.save(
        update_fields=["price", "leader", "leader_maximum", "reserve_met", "bid_count", "last_sequence"]
    )
    publish(
        BidsRevealed(
            auction_id=str(auction.pk),
            bid_count=len(steps),
            price=amount_text(last.price, auction.currency),
            currency=auction.currency,
            leader_id=str(last.leader),
            reserve_met=last.reserve_met,
        ),
        stream=stream_of(auction),
    )
