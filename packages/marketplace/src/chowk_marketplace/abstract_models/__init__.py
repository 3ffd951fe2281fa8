"""Fields, constraints and invariants of the marketplace's models, a file per noun."""

from chowk_marketplace.abstract_models.carts import AbstractCart, AbstractCartItem, AbstractStockHold
from chowk_marketplace.abstract_models.categories import AbstractCategory
from chowk_marketplace.abstract_models.checkout import AbstractOrderGroup
from chowk_marketplace.abstract_models.complaints import (
    AbstractComplaint,
    AbstractComplaintMessage,
    AbstractEvidence,
)
from chowk_marketplace.abstract_models.desire import (
    AbstractPriceAlert,
    AbstractSavedSearch,
    AbstractSavedSearchCriterion,
    AbstractSavedSearchMatch,
    AbstractView,
    AbstractWish,
)
from chowk_marketplace.abstract_models.images import AbstractListingImage
from chowk_marketplace.abstract_models.listings import AbstractListing, ListingMeta
from chowk_marketplace.abstract_models.orders import (
    AbstractOrder,
    AbstractOrderLine,
    AbstractOrderTransition,
)
from chowk_marketplace.abstract_models.places import AbstractAddress, AbstractCity, AbstractProvince
from chowk_marketplace.abstract_models.returns import AbstractReturn, AbstractReturnLine
from chowk_marketplace.abstract_models.stock import AbstractStock, AbstractStockChange, AbstractVariant
from chowk_marketplace.abstract_models.stores import AbstractSellerProfile, AbstractStore

__all__ = [
    "AbstractAddress",
    "AbstractCart",
    "AbstractCartItem",
    "AbstractCategory",
    "AbstractCity",
    "AbstractComplaint",
    "AbstractComplaintMessage",
    "AbstractEvidence",
    "AbstractListing",
    "AbstractListingImage",
    "AbstractOrder",
    "AbstractOrderGroup",
    "AbstractOrderLine",
    "AbstractOrderTransition",
    "AbstractPriceAlert",
    "AbstractProvince",
    "AbstractReturn",
    "AbstractReturnLine",
    "AbstractSavedSearch",
    "AbstractSavedSearchCriterion",
    "AbstractSavedSearchMatch",
    "AbstractSellerProfile",
    "AbstractStock",
    "AbstractStockChange",
    "AbstractStockHold",
    "AbstractStore",
    "AbstractVariant",
    "AbstractView",
    "AbstractWish",
    "ListingMeta",
]
