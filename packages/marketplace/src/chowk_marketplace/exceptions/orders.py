"""Refusals about orders, from the purchase on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotAllowed


class WrongTransition(Conflict):
    """The state machine has no such step from here."""

    code = "wrong_status"
    message = _("This is %(status)s, so that cannot be done.")


class NotParty(NotAllowed):
    """The step belongs to the other side of the order."""

    code = "not_party"
    message = _("Only the %(role)s may do this.")


class NotForSale(Conflict):
    """The listing is not active."""

    code = "not_for_sale"
    message = _("This is not for sale now.")


class AuctionOnly(Conflict):
    """The listing is sold by auction and has no fixed price."""

    code = "auction_only"
    message = _("This is sold by auction; it has no fixed price.")


class NotAuctioned(Conflict):
    """An auction was won for a listing that is not sold by auction."""

    code = "not_auctioned"
    message = _("This is not sold by auction.")


class PriceChanged(Conflict):
    """The buyer agreed to another price than the listing now has."""

    code = "price_changed"
    message = _("The price is now %(price)s.")


class OwnListing(NotAllowed):
    """Sellers do not buy from themselves."""

    code = "own_listing"
    message = _("You cannot buy your own listing.")


class CarrierRequired(DomainError):
    """A tracking number without its carrier."""

    code = "carrier_required"
    field = "carrier"
    message = _("Name the carrier of this tracking number.")


class AddressRequired(DomainError):
    """It has to be sent, and nobody has said where."""

    code = "address_required"
    field = "address"
    message = _("Say where it shall go.")


class DeliveryFixed(Conflict):
    """An order of a checkout goes where the checkout said."""

    code = "delivery_fixed"
    message = _("Where this goes was chosen at the checkout.")
