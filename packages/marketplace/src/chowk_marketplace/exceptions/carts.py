"""Refusals about carts, addresses and the checkout."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError


class InvalidPlace(DomainError):
    """No city, or one of another country."""

    code = "invalid_place"
    field = "city"
    message = _("Choose a city of this country, or enter its name.")


class TooMany(DomainError):
    """More of one thing than a cart takes."""

    code = "too_many"
    field = "quantity"
    message = _("You can order at most %(most)s of this at once.")


class CartFull(Conflict):
    """A cart has as many different things as it may."""

    code = "cart_full"
    message = _("A cart holds at most %(most)s different things.")


class CartEmpty(Conflict):
    """Nothing to check out, or it was ordered meanwhile."""

    code = "cart_empty"
    message = _("There is nothing in your cart.")


class MixedCurrencies(Conflict):
    """A checkout is in one currency."""

    code = "mixed_currencies"
    message = _("What you order together must be in one currency; your cart has %(currencies)s.")


class UnknownShipping(DomainError):
    """The seller does not send in that way."""

    code = "unknown_shipping"
    field = "shipping"
    message = _("Choose how to have it sent: %(codes)s.")


class UnknownDiscount(DomainError):
    """The site knows no such discount code."""

    code = "unknown_discount"
    field = "discount_code"
    message = _("There is no discount “%(code)s”.")


class TotalChanged(Conflict):
    """The checkout comes to another total than the buyer agreed to."""

    code = "total_changed"
    message = _("The total is now %(total)s.")
