"""The concrete models, each of which a site may swap, and how to ask for the one in use."""

from __future__ import annotations

from chowk_core.swapping import get_swappable_model
from chowk_marketplace.abstract_models import (
    AbstractAddress,
    AbstractCart,
    AbstractCartItem,
    AbstractCategory,
    AbstractCity,
    AbstractComplaint,
    AbstractComplaintMessage,
    AbstractEvidence,
    AbstractListing,
    AbstractListingImage,
    AbstractOrder,
    AbstractOrderGroup,
    AbstractOrderLine,
    AbstractOrderTransition,
    AbstractPriceAlert,
    AbstractProvince,
    AbstractReturn,
    AbstractReturnLine,
    AbstractSavedSearch,
    AbstractSavedSearchCriterion,
    AbstractSavedSearchMatch,
    AbstractSellerProfile,
    AbstractStock,
    AbstractStockChange,
    AbstractStockHold,
    AbstractStore,
    AbstractVariant,
    AbstractView,
    AbstractWish,
    ListingMeta,
)


class Category(AbstractCategory):
    class Meta(AbstractCategory.Meta):
        swappable = "CHOWK_MARKETPLACE_CATEGORY_MODEL"


class Listing(AbstractListing):
    class Meta(ListingMeta):
        swappable = "CHOWK_MARKETPLACE_LISTING_MODEL"


class ListingImage(AbstractListingImage):
    class Meta(AbstractListingImage.Meta):
        swappable = "CHOWK_MARKETPLACE_LISTING_IMAGE_MODEL"


class Variant(AbstractVariant):
    class Meta(AbstractVariant.Meta):
        swappable = "CHOWK_MARKETPLACE_VARIANT_MODEL"


class Stock(AbstractStock):
    class Meta(AbstractStock.Meta):
        swappable = "CHOWK_MARKETPLACE_STOCK_MODEL"


class StockChange(AbstractStockChange):
    class Meta(AbstractStockChange.Meta):
        swappable = "CHOWK_MARKETPLACE_STOCK_CHANGE_MODEL"


class Province(AbstractProvince):
    class Meta(AbstractProvince.Meta):
        swappable = "CHOWK_MARKETPLACE_PROVINCE_MODEL"


class City(AbstractCity):
    class Meta(AbstractCity.Meta):
        swappable = "CHOWK_MARKETPLACE_CITY_MODEL"


class Address(AbstractAddress):
    class Meta(AbstractAddress.Meta):
        swappable = "CHOWK_MARKETPLACE_ADDRESS_MODEL"


class Cart(AbstractCart):
    class Meta(AbstractCart.Meta):
        swappable = "CHOWK_MARKETPLACE_CART_MODEL"


class CartItem(AbstractCartItem):
    class Meta(AbstractCartItem.Meta):
        swappable = "CHOWK_MARKETPLACE_CART_ITEM_MODEL"


class StockHold(AbstractStockHold):
    class Meta(AbstractStockHold.Meta):
        swappable = "CHOWK_MARKETPLACE_STOCK_HOLD_MODEL"


class OrderGroup(AbstractOrderGroup):
    class Meta(AbstractOrderGroup.Meta):
        swappable = "CHOWK_MARKETPLACE_ORDER_GROUP_MODEL"


class Order(AbstractOrder):
    class Meta(AbstractOrder.Meta):
        swappable = "CHOWK_MARKETPLACE_ORDER_MODEL"


class OrderLine(AbstractOrderLine):
    class Meta(AbstractOrderLine.Meta):
        swappable = "CHOWK_MARKETPLACE_ORDER_LINE_MODEL"


class OrderTransition(AbstractOrderTransition):
    class Meta(AbstractOrderTransition.Meta):
        swappable = "CHOWK_MARKETPLACE_ORDER_TRANSITION_MODEL"


class Return(AbstractReturn):
    class Meta(AbstractReturn.Meta):
        swappable = "CHOWK_MARKETPLACE_RETURN_MODEL"


class ReturnLine(AbstractReturnLine):
    class Meta(AbstractReturnLine.Meta):
        swappable = "CHOWK_MARKETPLACE_RETURN_LINE_MODEL"


class Complaint(AbstractComplaint):
    class Meta(AbstractComplaint.Meta):
        swappable = "CHOWK_MARKETPLACE_COMPLAINT_MODEL"


class ComplaintMessage(AbstractComplaintMessage):
    class Meta(AbstractComplaintMessage.Meta):
        swappable = "CHOWK_MARKETPLACE_COMPLAINT_MESSAGE_MODEL"


class Evidence(AbstractEvidence):
    class Meta(AbstractEvidence.Meta):
        swappable = "CHOWK_MARKETPLACE_EVIDENCE_MODEL"


class SellerProfile(AbstractSellerProfile):
    class Meta(AbstractSellerProfile.Meta):
        swappable = "CHOWK_MARKETPLACE_SELLER_PROFILE_MODEL"


class Store(AbstractStore):
    class Meta(AbstractStore.Meta):
        swappable = "CHOWK_MARKETPLACE_STORE_MODEL"


class Wish(AbstractWish):
    class Meta(AbstractWish.Meta):
        swappable = "CHOWK_MARKETPLACE_WISH_MODEL"


class PriceAlert(AbstractPriceAlert):
    class Meta(AbstractPriceAlert.Meta):
        swappable = "CHOWK_MARKETPLACE_PRICE_ALERT_MODEL"


class SavedSearch(AbstractSavedSearch):
    class Meta(AbstractSavedSearch.Meta):
        swappable = "CHOWK_MARKETPLACE_SAVED_SEARCH_MODEL"


class SavedSearchCriterion(AbstractSavedSearchCriterion):
    class Meta(AbstractSavedSearchCriterion.Meta):
        swappable = "CHOWK_MARKETPLACE_SAVED_SEARCH_CRITERION_MODEL"


class SavedSearchMatch(AbstractSavedSearchMatch):
    class Meta(AbstractSavedSearchMatch.Meta):
        swappable = "CHOWK_MARKETPLACE_SAVED_SEARCH_MATCH_MODEL"


class View(AbstractView):
    class Meta(AbstractView.Meta):
        swappable = "CHOWK_MARKETPLACE_VIEW_MODEL"


def get_category_model() -> type[AbstractCategory]:
    """The category model in use."""
    return get_swappable_model("chowk_marketplace.Category")


def get_listing_model() -> type[AbstractListing]:
    """The listing model in use: the root of all listing types."""
    return get_swappable_model("chowk_marketplace.Listing")


def get_listing_image_model() -> type[AbstractListingImage]:
    """The image model in use."""
    return get_swappable_model("chowk_marketplace.ListingImage")


def get_province_model() -> type[AbstractProvince]:
    """The province model in use."""
    return get_swappable_model("chowk_marketplace.Province")


def get_city_model() -> type[AbstractCity]:
    """The city model in use."""
    return get_swappable_model("chowk_marketplace.City")


def get_address_model() -> type[AbstractAddress]:
    """The address model in use."""
    return get_swappable_model("chowk_marketplace.Address")


def get_cart_model() -> type[AbstractCart]:
    """The cart model in use."""
    return get_swappable_model("chowk_marketplace.Cart")


def get_cart_item_model() -> type[AbstractCartItem]:
    """The cart item model in use."""
    return get_swappable_model("chowk_marketplace.CartItem")


def get_stock_hold_model() -> type[AbstractStockHold]:
    """The stock hold model in use."""
    return get_swappable_model("chowk_marketplace.StockHold")


def get_order_group_model() -> type[AbstractOrderGroup]:
    """The order group model in use."""
    return get_swappable_model("chowk_marketplace.OrderGroup")


def get_order_model() -> type[AbstractOrder]:
    """The order model in use."""
    return get_swappable_model("chowk_marketplace.Order")


def get_order_line_model() -> type[AbstractOrderLine]:
    """The order line model in use."""
    return get_swappable_model("chowk_marketplace.OrderLine")


def get_order_transition_model() -> type[AbstractOrderTransition]:
    """The order history model in use."""
    return get_swappable_model("chowk_marketplace.OrderTransition")


def get_return_model() -> type[AbstractReturn]:
    """The return model in use."""
    return get_swappable_model("chowk_marketplace.Return")


def get_return_line_model() -> type[AbstractReturnLine]:
    """The return line model in use."""
    return get_swappable_model("chowk_marketplace.ReturnLine")


def get_complaint_model() -> type[AbstractComplaint]:
    """The complaint model in use."""
    return get_swappable_model("chowk_marketplace.Complaint")


def get_complaint_message_model() -> type[AbstractComplaintMessage]:
    """The complaint message model in use."""
    return get_swappable_model("chowk_marketplace.ComplaintMessage")


def get_evidence_model() -> type[AbstractEvidence]:
    """The evidence model in use."""
    return get_swappable_model("chowk_marketplace.Evidence")


def get_seller_profile_model() -> type[AbstractSellerProfile]:
    """The seller profile model in use."""
    return get_swappable_model("chowk_marketplace.SellerProfile")


def get_store_model() -> type[AbstractStore]:
    """The store model in use."""
    return get_swappable_model("chowk_marketplace.Store")


def get_wish_model() -> type[AbstractWish]:
    """The wishlist model in use."""
    return get_swappable_model("chowk_marketplace.Wish")


def get_price_alert_model() -> type[AbstractPriceAlert]:
    """The price alert model in use."""
    return get_swappable_model("chowk_marketplace.PriceAlert")


def get_saved_search_model() -> type[AbstractSavedSearch]:
    """The saved search model in use."""
    return get_swappable_model("chowk_marketplace.SavedSearch")


def get_saved_search_criterion_model() -> type[AbstractSavedSearchCriterion]:
    """The saved search criterion model in use."""
    return get_swappable_model("chowk_marketplace.SavedSearchCriterion")


def get_saved_search_match_model() -> type[AbstractSavedSearchMatch]:
    """The saved search match model in use."""
    return get_swappable_model("chowk_marketplace.SavedSearchMatch")


def get_view_model() -> type[AbstractView]:
    """The view model in use."""
    return get_swappable_model("chowk_marketplace.View")


def get_variant_model() -> type[AbstractVariant]:
    """The variant model in use."""
    return get_swappable_model("chowk_marketplace.Variant")


def get_stock_model() -> type[AbstractStock]:
    """The stock model in use."""
    return get_swappable_model("chowk_marketplace.Stock")


def get_stock_change_model() -> type[AbstractStockChange]:
    """The stock history model in use."""
    return get_swappable_model("chowk_marketplace.StockChange")
