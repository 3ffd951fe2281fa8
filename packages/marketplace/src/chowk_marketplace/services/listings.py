"""Putting things up for sale."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from moneyed import Money

from chowk_core.money import amount_text, money_to_minor
from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import ListingActivated, ListingArchived, ListingChanged
from chowk_marketplace.exceptions import (
    AuctionHasNoPrice,
    HasOrders,
    InvalidSaleFormat,
    InvalidStock,
    ListingActive,
    ListingClosed,
    ListingHeld,
    NotYourStore,
    ReferenceTaken,
    StaffOnly,
    UnknownField,
)
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.listing_steps import check_amount, most_of, step, tell
from chowk_marketplace.services.locking import locked_listing, require_owner
from chowk_marketplace.services.stock import locked_stocks
from chowk_marketplace.services.variants import (
    check_terms_of_variants,
    create_default_variant,
    set_single_stock,
)

SERVICE_FIELDS = {
    "id",
    "pk",
    "seller",
    "seller_id",
    "status",
    "featured",
    "slug",
    "polymorphic_ctype",
    "polymorphic_ctype_id",
    "created_at",
    "updated_at",
    "activated_at",
}
"""Fields that only services themselves set."""


@transaction.atomic
def create_listing(
    *,
    seller: Any,
    category: Any,
    title: str,
    sale_format: str = "fixed_price",
    price: Money | None = None,
    stock: int = 1,
    sku: str = "",
    listing_model: type[Any] | None = None,
    **fields: Any,
) -> Any:
    """Create a pending listing of ``listing_model`` (the plain one by default); ``fields`` are its others.

    It is made with one variant, called ``sku``, of which ``stock`` is on hand. Locks nothing. Raises
    InvalidPrice, InvalidStock, InvalidAmount, ReferenceTaken, SkuTaken, UnknownField, NotYourStore, and
    Refused by MAY_SELL.
    """
    ask(marketplace_settings.MAY_SELL, seller=seller, listing=None)
    _refuse_service_fields(fields)
    listing = (listing_model or get_listing_model())(
        seller=seller,
        category=category,
        title=title,
        slug=slug_of(title),
        sale_format=sale_format,
        price=price,
        stock=stock,
        **fields,
    )
    _check_terms(listing)
    _check_store(listing)
    _save(listing)
    create_default_variant(listing, stock, sku=sku)
    return listing


@transaction.atomic
def update_listing(*, listing: Any, actor: Any, **changes: Any) -> Any:
    """Change fields of a pending or active listing and return it as its own type.

    Price, format and stock are checked together; ``stock`` is what is available of a listing with one
    variant. While active the sale format stays as it is. Locks the stock if it changes, then the listing.
    Raises NotOwner, ListingClosed, InvalidPrice, InvalidStock, StockPerVariant, VariantsNotAuctioned,
    ReferenceTaken, NotYourStore, UnknownField, Refused by MAY_UPDATE, NotFound.
    """
    stocks = locked_stocks(listing.pk) if "stock" in changes else []
    root = locked_listing(listing.pk)
    require_owner(root, actor)
    current = root.get_real_instance()
    if current.status not in {current.Status.PENDING, current.Status.ACTIVE}:
        raise ListingClosed(status=current.get_status_display())
    if (
        current.status == current.Status.ACTIVE
        and changes.get("sale_format", current.sale_format) != current.sale_format
    ):
        raise ListingClosed(status=current.get_status_display())
    ask(marketplace_settings.MAY_UPDATE, actor=actor, listing=root)
    _refuse_service_fields(changes)
    old_price = current.price
    stock = changes.pop("stock", current.stock)
    for name, value in changes.items():
        if not hasattr(current, name):
            raise UnknownField(name=name)
        setattr(current, name, value)
    if "title" in changes:
        current.slug = slug_of(current.title)
    _check_terms(current, stock)
    if {"price", "sale_format"} & changes.keys():
        check_terms_of_variants(current)
    if stock != current.stock:
        if current.status == current.Status.ACTIVE and stock < 1:
            raise InvalidStock(least=1, most=marketplace_settings.MAX_QUANTITY)
        set_single_stock(stocks, stock, actor)
        current.stock = stock
    _check_store(current)
    _save(current)
    _tell_change(current, old_price)
    return current


@transaction.atomic
def feature_listing(*, listing: Any, actor: Any, featured: bool = True) -> Any:
    """Show a listing before others, or no longer. Locks the listing. Raises StaffOnly, NotFound."""
    if not is_staff(actor):
        raise StaffOnly
    listing = locked_listing(listing.pk)
    if listing.featured != featured:
        listing.featured = featured
        listing.save(update_fields=["featured", "updated_at"])
        _tell_change(listing, listing.price)
    return listing


@transaction.atomic
def activate_listing(*, listing: Any, actor: Any = None) -> Any:
    """Offer a pending listing. Locks the listing.

    Raises NotOwner, WrongTransition, InvalidStock (nothing to sell), Refused by MAY_SELL, NotFound.
    """
    listing = locked_listing(listing.pk)
    require_owner(listing, actor)
    ask(marketplace_settings.MAY_SELL, seller=listing.seller, listing=listing)
    if listing.stock < 1:
        raise InvalidStock(least=1, most=marketplace_settings.MAX_QUANTITY)
    step(listing, "activate")
    listing.activated_at = timezone.now()
    listing.save(update_fields=["status", "activated_at", "updated_at"])
    tell(listing, ListingActivated)
    return listing


@transaction.atomic
def archive_listing(*, listing: Any, actor: Any = None) -> Any:
    """Take a listing out of view. Locks the listing.

    Raises NotOwner, WrongTransition, Refused by MAY_ARCHIVE, NotFound.
    """
    listing = locked_listing(listing.pk)
    require_owner(listing, actor)
    ask(marketplace_settings.MAY_ARCHIVE, actor=actor, listing=listing)
    step(listing, "archive")
    listing.save(update_fields=["status", "updated_at"])
    tell(listing, ListingArchived)
    return listing


@transaction.atomic
def relist_listing(*, listing: Any, actor: Any = None, stock: int | None = None) -> Any:
    """Bring an archived listing back as pending, with ``stock`` available if given.

    Locks the stock if it changes, then the listing. Raises NotOwner, WrongTransition, InvalidStock,
    StockPerVariant, Refused by MAY_SELL, NotFound.
    """
    stocks = locked_stocks(listing.pk) if stock is not None else []
    listing = locked_listing(listing.pk)
    require_owner(listing, actor)
    ask(marketplace_settings.MAY_SELL, seller=listing.seller, listing=listing)
    step(listing, "relist")
    if stock is not None:
        _check_terms(listing, stock)
        if stock != listing.stock:
            set_single_stock(stocks, stock, actor)
        listing.stock = stock
    listing.save(update_fields=["status", "stock", "updated_at"])
    return listing


@transaction.atomic
def delete_listing(*, listing: Any, actor: Any = None) -> None:
    """Remove a listing that is not on offer and was never ordered, with its images and variants.

    Locks its stocks, then the listing. Raises NotOwner, ListingActive (archive it first), HasOrders,
    ListingHeld (by a checkout under way), Refused by MAY_ARCHIVE, NotFound.
    """
    stocks = locked_stocks(listing.pk)
    root = locked_listing(listing.pk)
    require_owner(root, actor)
    if root.status == root.Status.ACTIVE:
        raise ListingActive
    if root.order_lines.exists():
        raise HasOrders
    if any(stock.held for stock in stocks):
        raise ListingHeld
    ask(marketplace_settings.MAY_ARCHIVE, actor=actor, listing=root)
    for image in root.images.all():
        image.delete_files_after_commit()
    marketplace_settings.SEARCH.forget(listing=root)
    root.get_real_instance().delete()


def _tell_change(listing: Any, old_price: Money | None) -> None:
    """Publish that a listing changed."""

    def text(price: Money | None) -> str:
        return amount_text(money_to_minor(price), price.currency.code) if price is not None else ""

    publish(
        ListingChanged(
            listing_id=str(listing.pk),
            seller_id=str(listing.seller_id),
            title=listing.title,
            sale_format=listing.sale_format,
            old_price=text(old_price),
            price=text(listing.price),
            currency=listing.price.currency.code if listing.price is not None else "",
        ),
        stream=f"marketplace.listing:{listing.pk}",
    )


def slug_of(title: str) -> str:
    """What stands in a page's address; "listing" for a title without any letter of the alphabet."""
    return slugify(title)[:220] or "listing"


def _check_terms(listing: Any, stock: Any = None) -> None:
    stock = listing.stock if stock is None else stock
    most = most_of(listing)
    if isinstance(stock, bool) or not isinstance(stock, int) or not 0 <= stock <= most:
        raise InvalidStock(least=0, most=most)
    if listing.sale_format not in listing.SaleFormat.values:
        raise InvalidSaleFormat
    if listing.is_auction:
        if listing.price is not None:
            raise AuctionHasNoPrice
    else:
        check_amount(listing.price)


def _check_store(listing: Any) -> None:
    if listing.store_id is not None and listing.store.owner_id != listing.seller_id:
        raise NotYourStore


def _refuse_service_fields(fields: dict[str, Any]) -> None:
    for name in sorted(SERVICE_FIELDS & fields.keys()):
        raise UnknownField(name=name)


def _save(listing: Any) -> None:
    try:
        with transaction.atomic():
            listing.save()
    except IntegrityError as error:
        twins = get_listing_model()._default_manager.filter(
            seller=listing.seller_id, external_reference=listing.external_reference
        )
        if listing.external_reference and twins.exclude(pk=listing.pk).exists():
            raise ReferenceTaken(reference=listing.external_reference) from error
        raise
