from chowk_core.swapping import SwappableAppConfig


class AuctionsConfig(SwappableAppConfig):
    """Auctions, their bids, and what comes after the hammer."""

    name = "chowk_auctions"
    verbose_name = "Chowk auctions"
    default = True
    swappable_models = (
        "Auction",
        "Bid",
        "SealedBid",
        "SecondChanceOffer",
        "Watch",
        "BlockedBidder",
    )
