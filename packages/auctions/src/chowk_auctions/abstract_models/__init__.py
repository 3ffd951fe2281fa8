"""The fields and invariants of the package's models.

Amounts are integers in the minor unit of the auction's one currency. ``leader_maximum``, a bid's ``maximum``
and an offer's ``amount`` are secrets of one bidder each: read them in services and in selectors for that
bidder only.
"""

from chowk_auctions.abstract_models.auctions import (
    RUNNING,
    UNFINISHED,
    UNSETTLED,
    AbstractAuction,
    Status,
)
from chowk_auctions.abstract_models.bids import AbstractBid, AbstractSealedBid, BidKind
from chowk_auctions.abstract_models.offers import AbstractSecondChanceOffer, OfferStatus
from chowk_auctions.abstract_models.people import AbstractBlockedBidder, AbstractWatch

__all__ = [
    "RUNNING",
    "UNFINISHED",
    "UNSETTLED",
    "AbstractAuction",
    "AbstractBid",
    "AbstractBlockedBidder",
    "AbstractSealedBid",
    "AbstractSecondChanceOffer",
    "AbstractWatch",
    "BidKind",
    "OfferStatus",
    "Status",
]
