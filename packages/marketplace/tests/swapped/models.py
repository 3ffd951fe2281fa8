from django.contrib.auth.models import AbstractUser
from django.db import models

from chowk_core.ids import uuid7
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


class User(AbstractUser):
    """A user with a UUID key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)


class Category(AbstractCategory):
    """A category with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Listing(AbstractListing):
    """A listing with an integer key and a column of the site's own."""

    id = models.BigAutoField(primary_key=True)
    shelf = models.CharField(max_length=20, blank=True)

    class Meta(ListingMeta):
        """As the package's."""


class ListingImage(AbstractListingImage):
    """An image with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Variant(AbstractVariant):
    """A variant with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Stock(AbstractStock):
    """A stock with an integer key."""

    id = models.BigAutoField(primary_key=True)


class StockChange(AbstractStockChange):
    """A change of a stock with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Province(AbstractProvince):
    """With an integer key: province."""

    id = models.BigAutoField(primary_key=True)


class City(AbstractCity):
    """With an integer key: city."""

    id = models.BigAutoField(primary_key=True)


class Address(AbstractAddress):
    """With an integer key: address."""

    id = models.BigAutoField(primary_key=True)


class Cart(AbstractCart):
    """With an integer key: cart."""

    id = models.BigAutoField(primary_key=True)


class CartItem(AbstractCartItem):
    """With an integer key: cart item."""

    id = models.BigAutoField(primary_key=True)


class StockHold(AbstractStockHold):
    """With an integer key: stock hold."""

    id = models.BigAutoField(primary_key=True)


class OrderGroup(AbstractOrderGroup):
    """With an integer key: order group."""

    id = models.BigAutoField(primary_key=True)


class Order(AbstractOrder):
    """An order with an integer key."""

    id = models.BigAutoField(primary_key=True)


class OrderLine(AbstractOrderLine):
    """An order line with an integer key."""

    id = models.BigAutoField(primary_key=True)


class OrderTransition(AbstractOrderTransition):
    """A step with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Return(AbstractReturn):
    """A return with an integer key."""

    id = models.BigAutoField(primary_key=True)


class ReturnLine(AbstractReturnLine):
    """A return line with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Complaint(AbstractComplaint):
    """A complaint with an integer key."""

    id = models.BigAutoField(primary_key=True)


class ComplaintMessage(AbstractComplaintMessage):
    """A word in a complaint with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Evidence(AbstractEvidence):
    """Evidence with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SellerProfile(AbstractSellerProfile):
    """A seller profile with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Store(AbstractStore):
    """A store with an integer key."""

    id = models.BigAutoField(primary_key=True)


class Wish(AbstractWish):
    """A wishlist with an integer key."""

    id = models.BigAutoField(primary_key=True)


class PriceAlert(AbstractPriceAlert):
    """A price alert with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SavedSearch(AbstractSavedSearch):
    """A saved search with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SavedSearchCriterion(AbstractSavedSearchCriterion):
    """A saved search criterion with an integer key."""

    id = models.BigAutoField(primary_key=True)


class SavedSearchMatch(AbstractSavedSearchMatch):
    """A saved search match with an integer key."""

    id = models.BigAutoField(primary_key=True)


class View(AbstractView):
    """A view with an integer key."""

    id = models.BigAutoField(primary_key=True)
