"""What the events of this package have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chowk_auctions.abstract_models import AbstractAuction
from chowk_core.money import amount_text


def stream_of(auction: AbstractAuction) -> str:
    """The stream that tells everything about ``auction``."""
    return f"auctions.auction:{auction.pk}"


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, as events carry times."""
    return moment.astimezone(UTC).isoformat()


def sale_of(auction: AbstractAuction) -> dict[str, Any]:
    """The sale of ``auction``, which has one, as events carry it."""
    target = auction.target
    return {
        "auction_id": str(auction.pk),
        "target_type": target.type,
        "target_id": target.id,
        "seller_id": str(auction.seller_id),
        "buyer_id": str(auction.buyer_id),
        "price": amount_text(auction.sale_price or 0, auction.currency),
        "currency": auction.currency,
        "sale_number": auction.sale_number,
    }
