"""What auctions do when others' events arrive. Names only: the publishers need not be installed.

``source_round`` says of which of the auction's sales an order is. That one of an earlier sale was cancelled
is no news; that one was paid is: the payment came too late.
"""

from __future__ import annotations

from chowk_auctions.services import default_settlement, mark_settled, void_sale
from chowk_core.events import Published

SOURCE = "auctions.auction"
"""What an order that came from an auction names as its source, whatever model stands in for auctions."""


def _auction_id(event: Published) -> str | None:
    """The auction that the order came from, or None for an order of another origin."""
    return event.payload["source_id"] if event.payload.get("source_type") == SOURCE else None


def settle_paid_auction(event: Published) -> None:
    """``marketplace.order_paid``: the auction of the order is settled, or it was paid too late."""
    if auction_id := _auction_id(event):
        mark_settled(auction_id=auction_id, sale_number=event.payload.get("source_round"))


def undo_cancelled_sale(event: Published) -> None:
    """``marketplace.order_cancelled``: for want of payment the winner defaulted, else the sale is undone."""
    if auction_id := _auction_id(event):
        end = default_settlement if event.payload.get("reason") == "unpaid" else void_sale
        end(auction_id=auction_id, sale_number=event.payload.get("source_round"))
