"""Every model of the package replaced by one with an integer key, and a user with a UUID key."""

from chowk_core.testing.settings import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "tests.goods"] + ["tests.swapped", "tests.goods"]
DATABASES = databases("marketplace_swapped")
AUTH_USER_MODEL = "swapped.User"
CHOWK_MARKETPLACE_CATEGORY_MODEL = "swapped.Category"
CHOWK_MARKETPLACE_LISTING_MODEL = "swapped.Listing"
CHOWK_MARKETPLACE_LISTING_IMAGE_MODEL = "swapped.ListingImage"
CHOWK_MARKETPLACE_ORDER_MODEL = "swapped.Order"
CHOWK_MARKETPLACE_ORDER_LINE_MODEL = "swapped.OrderLine"
CHOWK_MARKETPLACE_ORDER_TRANSITION_MODEL = "swapped.OrderTransition"
CHOWK_MARKETPLACE_RETURN_MODEL = "swapped.Return"
CHOWK_MARKETPLACE_RETURN_LINE_MODEL = "swapped.ReturnLine"
CHOWK_MARKETPLACE_COMPLAINT_MODEL = "swapped.Complaint"
CHOWK_MARKETPLACE_COMPLAINT_MESSAGE_MODEL = "swapped.ComplaintMessage"
CHOWK_MARKETPLACE_EVIDENCE_MODEL = "swapped.Evidence"
CHOWK_MARKETPLACE_SELLER_PROFILE_MODEL = "swapped.SellerProfile"
CHOWK_MARKETPLACE_STORE_MODEL = "swapped.Store"
CHOWK_MARKETPLACE_WISH_MODEL = "swapped.Wish"
CHOWK_MARKETPLACE_PRICE_ALERT_MODEL = "swapped.PriceAlert"
CHOWK_MARKETPLACE_SAVED_SEARCH_MODEL = "swapped.SavedSearch"
CHOWK_MARKETPLACE_SAVED_SEARCH_CRITERION_MODEL = "swapped.SavedSearchCriterion"
CHOWK_MARKETPLACE_SAVED_SEARCH_MATCH_MODEL = "swapped.SavedSearchMatch"
CHOWK_MARKETPLACE_VIEW_MODEL = "swapped.View"
CHOWK_MARKETPLACE_VARIANT_MODEL = "swapped.Variant"
CHOWK_MARKETPLACE_STOCK_MODEL = "swapped.Stock"
CHOWK_MARKETPLACE_STOCK_CHANGE_MODEL = "swapped.StockChange"
CHOWK_MARKETPLACE_PROVINCE_MODEL = "swapped.Province"
CHOWK_MARKETPLACE_CITY_MODEL = "swapped.City"
CHOWK_MARKETPLACE_ADDRESS_MODEL = "swapped.Address"
CHOWK_MARKETPLACE_CART_MODEL = "swapped.Cart"
CHOWK_MARKETPLACE_CART_ITEM_MODEL = "swapped.CartItem"
CHOWK_MARKETPLACE_STOCK_HOLD_MODEL = "swapped.StockHold"
CHOWK_MARKETPLACE_ORDER_GROUP_MODEL = "swapped.OrderGroup"
