from chowk_core.testing.settings import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.swapped"]
DATABASES = databases("auctions_swapped")
AUTH_USER_MODEL = "swapped.User"
CHOWK_AUCTIONS_AUCTION_MODEL = "swapped.Auction"
CHOWK_AUCTIONS_BID_MODEL = "swapped.Bid"
CHOWK_AUCTIONS_SEALED_BID_MODEL = "swapped.SealedBid"
CHOWK_AUCTIONS_SECOND_CHANCE_OFFER_MODEL = "swapped.SecondChanceOffer"
CHOWK_AUCTIONS_WATCH_MODEL = "swapped.Watch"
CHOWK_AUCTIONS_BLOCKED_BIDDER_MODEL = "swapped.BlockedBidder"
