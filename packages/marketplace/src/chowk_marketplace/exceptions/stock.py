"""Refusals about variants and what is left of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError


class InvalidStock(DomainError):
    """Negative, too large, or more than one of an auctioned thing."""

    code = "invalid_stock"
    field = "stock"
    message = _("Enter a stock from %(least)s to %(most)s.")


class InvalidStockReason(DomainError):
    """Not a reason for which a seller changes a stock, or too long a note."""

    code = "invalid_stock_reason"
    field = "reason"
    message = _("Choose one of %(names)s, and keep the note to 200 characters.")


class InvalidQuantity(DomainError):
    """Not a whole number above zero, or too large."""

    code = "invalid_quantity"
    field = "quantity"
    message = _("Enter a quantity of at least 1.")


class InvalidOptions(DomainError):
    """Not a small mapping of text to text."""

    code = "invalid_options"
    field = "options"
    message = _("Enter up to 8 options, each with a name and a value of at most 80 characters.")


class OptionsTaken(Conflict):
    """Another variant of the listing has these options."""

    code = "options_taken"
    field = "options"
    message = _("This listing already has a variant with these options.")


class InvalidSku(DomainError):
    """Too long, or not printable."""

    code = "invalid_sku"
    field = "sku"
    message = _("Enter a SKU of at most 64 characters.")


class SkuTaken(Conflict):
    """Another variant of the seller has this SKU."""

    code = "sku_taken"
    field = "sku"
    message = _("You already use the SKU “%(sku)s”.")


class VariantsNotAuctioned(Conflict):
    """An auctioned listing is one thing: it has one variant, without a price of its own."""

    code = "variants_not_auctioned"
    message = _("Something sold by auction has no variants.")


class LastVariant(Conflict):
    """A listing keeps at least one active variant."""

    code = "last_variant"
    message = _("A listing needs at least one variant; archive the listing instead.")


class TooManyVariants(Conflict):
    """The listing has as many variants as it may, those that are switched off included."""

    code = "too_many_variants"
    message = _("A listing may have %(most)s variants.")


class StockPerVariant(Conflict):
    """The listing has several variants, each with a stock of its own."""

    code = "stock_per_variant"
    field = "stock"
    message = _("This has several variants; set the stock of each.")


class VariantRequired(DomainError):
    """The listing has several variants and none was named."""

    code = "variant_required"
    field = "variant"
    message = _("Choose one of its variants.")


class UnknownVariant(DomainError):
    """The listing has no such variant."""

    code = "unknown_variant"
    field = "variant"
    message = _("This listing has no such variant.")


class OutOfStock(Conflict):
    """Less is left than was asked for."""

    code = "out_of_stock"
    message = _("Only %(left)s left.")
