from __future__ import annotations

from chowk_auctions.abstract_models import (
    AbstractAuction,
    AbstractBid,
    AbstractBlockedBidder,
    AbstractSealedBid,
    AbstractSecondChanceOffer,
    AbstractWatch,
)
from chowk_core.swapping import get_swappable_model


class Auction(AbstractAuction):
    """The package's own auction; a site may name another by CHOWK_AUCTIONS_AUCTION_MODEL."""

    class Meta(AbstractAuction.Meta):
        swappable = "CHOWK_AUCTIONS_AUCTION_MODEL"


class Bid(AbstractBid):
    """The package's own bid; a site may name another by CHOWK_AUCTIONS_BID_MODEL."""

    class Meta(AbstractBid.Meta):
        swappable = "CHOWK_AUCTIONS_BID_MODEL"


class SealedBid(AbstractSealedBid):
    """The package's own sealed bid; a site may name another by CHOWK_AUCTIONS_SEALED_BID_MODEL."""

    class Meta(AbstractSealedBid.Meta):
        swappable = "CHOWK_AUCTIONS_SEALED_BID_MODEL"


class SecondChanceOffer(AbstractSecondChanceOffer):
    """The package's own offer; a site may name another by CHOWK_AUCTIONS_SECOND_CHANCE_OFFER_MODEL."""

    class Meta(AbstractSecondChanceOffer.Meta):
        swappable = "CHOWK_AUCTIONS_SECOND_CHANCE_OFFER_MODEL"


class Watch(AbstractWatch):
    """The package's own watch; a site may name another by CHOWK_AUCTIONS_WATCH_MODEL."""

    class Meta(AbstractWatch.Meta):
        swappable = "CHOWK_AUCTIONS_WATCH_MODEL"


class BlockedBidder(AbstractBlockedBidder):
    """The package's own blocked bidder; a site may name another by CHOWK_AUCTIONS_BLOCKED_BIDDER_MODEL."""

    class Meta(AbstractBlockedBidder.Meta):
        swappable = "CHOWK_AUCTIONS_BLOCKED_BIDDER_MODEL"


def get_auction_model() -> type[AbstractAuction]:
    """The model that stands in for auctions on this site."""
    return get_swappable_model("chowk_auctions.Auction")


def get_bid_model() -> type[AbstractBid]:
    """The model that stands in for bids on this site."""
    return get_swappable_model("chowk_auctions.Bid")


def get_sealed_bid_model() -> type[AbstractSealedBid]:
    """The model that stands in for sealed bids on this site."""
    return get_swappable_model("chowk_auctions.SealedBid")


def get_second_chance_offer_model() -> type[AbstractSecondChanceOffer]:
    """The model that stands in for second-chance offers on this site."""
    return get_swappable_model("chowk_auctions.SecondChanceOffer")


def get_watch_model() -> type[AbstractWatch]:
    """The model that stands in for watches on this site."""
    return get_swappable_model("chowk_auctions.Watch")


def get_blocked_bidder_model() -> type[AbstractBlockedBidder]:
    """The model that stands in for blocked bidders on this site."""
    return get_swappable_model("chowk_auctions.BlockedBidder")
