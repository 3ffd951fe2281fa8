"""Refusals about listings, their kinds, categories and pictures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotAllowed


class NotOwner(NotAllowed):
    """Only the seller, or staff, may do this to a listing."""

    code = "not_owner"
    message = _("Only the seller may do this.")


class InvalidPrice(DomainError):
    """No price where there must be one, one where there must be none, or not above zero."""

    code = "invalid_price"
    field = "price"
    message = _("Enter a price above zero.")


class PriceTooLarge(InvalidPrice):
    """More than the columns and the ledger hold."""

    code = "price_too_large"
    message = _("This is more than can be paid here.")


class AuctionHasNoPrice(InvalidPrice):
    """A price for something that is sold by auction."""

    code = "auction_has_no_price"
    message = _("Something sold by auction has no fixed price; leave it out.")


class InvalidSaleFormat(DomainError):
    """Neither "fixed_price" nor "auction"."""

    code = "invalid_sale_format"
    field = "sale_format"
    message = _("Choose to sell at a fixed price or by auction.")


class ListingActive(Conflict):
    """A listing on offer is not deleted."""

    code = "listing_active"
    message = _("This is for sale now; archive it first.")


class HasOrders(Conflict):
    """A listing that was ordered stays on record."""

    code = "has_orders"
    message = _("This has been ordered; archive it instead.")


class ListingHeld(Conflict):
    """Somebody's checkout holds some of its stock, for a while."""

    code = "listing_held"
    message = _("Somebody is just ordering this; try again when their checkout is over.")


class ReferenceTaken(Conflict):
    """The seller already has a listing by this external reference."""

    code = "reference_taken"
    field = "external_reference"
    message = _("You already have a listing with the reference “%(reference)s”.")


class ListingClosed(Conflict):
    """Only a pending or active listing changes, and the sale format only while it is pending."""

    code = "listing_closed"
    message = _("This is %(status)s and can no longer be changed.")


class UnknownField(DomainError):
    """A service was handed a field that it does not change."""

    code = "unknown_field"
    message = _("%(name)s cannot be changed.")


class ImageTooLarge(DomainError):
    """Too many bytes or pixels."""

    code = "image_too_large"
    field = "image"
    message = _("Choose an image of at most %(megabytes)s MB and %(pixels)s megapixels.")


class UnsupportedImage(DomainError):
    """Not an image, a broken one, or of another format."""

    code = "unsupported_image"
    field = "image"
    message = _("This is not a picture that can be read; choose one of %(formats)s.")


class TooManyImages(Conflict):
    """The listing has as many images as it may."""

    code = "too_many_images"
    message = _("A listing may have %(most)s images.")


class SlugTaken(Conflict):
    """Another category has this slug."""

    code = "slug_taken"
    field = "slug"
    message = _("Another category is called “%(slug)s”.")


class CategoryInUse(Conflict):
    """Listings or categories stand under it."""

    code = "category_in_use"
    message = _("Move what stands in this category first.")


class WrongMove(Conflict):
    """A category cannot stand under itself."""

    code = "wrong_move"
    message = _("A category cannot be moved under itself.")


class UnknownListingType(DomainError):
    """No listing type of that name is registered."""

    code = "unknown_listing_type"
    field = "type"
    message = _("There is no listing type “%(name)s”; there are: %(names)s.")


class UnreadableTable(DomainError):
    """A table of listings that as a whole cannot be imported."""

    code = "unreadable_table"
    field = "file"
    message = _("This file cannot be imported: %(reason)s.")


class UnknownCategory(DomainError):
    """No category of that slug or key."""

    code = "unknown_category"
    field = "category"
    message = _("There is no category “%(name)s”.")
