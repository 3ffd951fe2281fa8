"""What can be done to auctions. Each function is one transaction; a periodic one takes one a batch.

Lock order: the object that is sold (by MAY_AUCTION policies), an auction's row, rows that belong to it, then
(by publishing) its stream's row. A function that takes several auctions takes them in the order of their
keys, skipping those that are locked.
"""

from chowk_auctions.services.auctions import cancel_auction, create_auction, open_due_auctions
from chowk_auctions.services.bids import PlacedBid, buy_now, place_bid
from chowk_auctions.services.blocking import block_bidder, block_bidder_called, unblock_bidder
from chowk_auctions.services.closing import close_auction, close_due_auctions, retry_closing
from chowk_auctions.services.relisting import relist_auction, relist_due_auctions
from chowk_auctions.services.reminders import remind_buyers, tell_ending_soon
from chowk_auctions.services.retraction import retract_bid
from chowk_auctions.services.second_chance import (
    accept_second_chance,
    decline_second_chance,
    pursue_buyers,
)
from chowk_auctions.services.settlement import (
    default_overdue_settlements,
    default_settlement,
    mark_settled,
    void_sale,
)
from chowk_auctions.services.watching import unwatch_auction, watch_auction

__all__ = [
    "PlacedBid",
    "accept_second_chance",
    "block_bidder",
    "block_bidder_called",
    "buy_now",
    "cancel_auction",
    "close_auction",
    "close_due_auctions",
    "create_auction",
    "decline_second_chance",
    "default_overdue_settlements",
    "default_settlement",
    "mark_settled",
    "open_due_auctions",
    "place_bid",
    "pursue_buyers",
    "relist_auction",
    "relist_due_auctions",
    "remind_buyers",
    "retract_bid",
    "retry_closing",
    "tell_ending_soon",
    "unblock_bidder",
    "unwatch_auction",
    "void_sale",
    "watch_auction",
]
