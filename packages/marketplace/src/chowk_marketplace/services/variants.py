"""The ways in which a listing is sold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from moneyed import Money

from chowk_core.policies import ask
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import (
    InvalidOptions,
    InvalidPrice,
    InvalidSku,
    LastVariant,
    OptionsTaken,
    SkuTaken,
    StockPerVariant,
    TooManyVariants,
    UnknownField,
    VariantsNotAuctioned,
)
from chowk_marketplace.models import get_stock_model, get_variant_model
from chowk_marketplace.services.listing_steps import check_amount
from chowk_marketplace.services.locking import locked, require_owner
from chowk_marketplace.services.stock import (
    Cause,
    count,
    locked_listings,
    locked_stocks,
    settle_listing,
    tell_if_low,
)

MOST_OPTIONS = 8
LONGEST_SKU = 64
LONGEST_OPTION = 80
LONGEST_OPTIONS = 500
"""In characters of JSON: an index entry must hold them."""
VARIANT_FIELDS = {"sku", "options", "price", "position", "active", "low_stock_at"}


def create_default_variant(listing: Any, stock: int, *, sku: str = "") -> Any:
    """The variant that a new listing is made with. Raises SkuTaken, InvalidSku."""
    variant, row = _insert(listing, sku=sku, options={}, position=0)
    if stock:
        row.on_hand = stock
        row.save(update_fields=["on_hand"])
        Cause(actor_id=listing.seller_id).change(row, "counted", on_hand=stock).save()
    return variant


@transaction.atomic
def add_variant(
    *,
    listing: Any,
    actor: Any = None,
    options: Mapping[str, str],
    sku: str = "",
    price: Money | None = None,
    stock: int = 0,
    low_stock_at: int | None = None,
) -> Any:
    """Add a way in which a fixed-price listing is sold, with ``stock`` on hand. Locks the listing.

    Raises InvalidOptions, OptionsTaken, InvalidSku, SkuTaken, InvalidPrice (also for another currency than
    the listing's), InvalidStock, TooManyVariants, VariantsNotAuctioned, NotOwner, Refused by
    MAY_UPDATE, NotFound.
    """
    locked_stocks(listing.pk)
    listing = _owned(listing, actor)
    if listing.variants.count() >= marketplace_settings.VARIANTS_PER_LISTING:
        raise TooManyVariants(most=marketplace_settings.VARIANTS_PER_LISTING)
    if listing.is_auction:
        raise VariantsNotAuctioned
    _check_price(listing, price)
    last = listing.variants.aggregate(last=Max("position"))["last"]
    variant, row = _insert(
        listing,
        sku=sku,
        options=clean_options(options),
        price=price,
        position=0 if last is None else last + 1,
        low_stock_at=low_stock_at,
    )
    count(row, listing, stock, Cause(actor_id=getattr(actor, "pk", None)))
    return variant


@transaction.atomic
def update_variant(*, variant: Any, actor: Any = None, **changes: Any) -> Any:
    """Change a variant's ``sku``, ``options``, ``price``, ``position``, ``active`` or ``low_stock_at``.

    One that is switched off is not sold, and what there is of it does not count as the listing's stock. Locks
    the stocks of the listing, then the listing. Raises as ``add_variant``, and UnknownField, LastVariant.
    """
    for name in sorted(changes.keys() - VARIANT_FIELDS):
        raise UnknownField(name=name)
    locked_stocks(variant.listing_id)
    listing = _owned(variant.listing, actor)
    variant = locked(get_variant_model()._default_manager.all(), variant.pk)
    if "options" in changes:
        changes["options"] = clean_options(changes["options"])
    if changes.get("price") is not None:
        if listing.is_auction:
            raise VariantsNotAuctioned
        _check_price(listing, changes["price"])
    was_active = variant.active
    for name, value in changes.items():
        setattr(variant, name, value)
    if was_active and not variant.active and not _active_siblings(variant).exists():
        raise LastVariant
    _save(variant)
    if was_active != variant.active:
        available = get_stock_model()._default_manager.get(variant=variant.pk).available
        settle_listing(listing, listing.stock + (available if variant.active else -available), sells=False)
    return variant


@transaction.atomic
def remove_variant(*, variant: Any, actor: Any = None) -> None:
    """Delete a variant that was never ordered; switch off one that was. Raises as ``update_variant``."""
    update_variant(variant=variant, actor=actor, active=False)
    held = get_stock_model()._default_manager.get(variant=variant.pk).held  # it is locked by now
    if not held and not variant.order_lines.exists():
        get_variant_model()._default_manager.filter(pk=variant.pk).delete()


def clean_options(options: Mapping[str, str]) -> dict[str, str]:
    """Options sorted by name, without blanks around. Raises InvalidOptions for what is no small mapping of
    text to text."""
    if not isinstance(options, Mapping) or len(options) > MOST_OPTIONS:
        raise InvalidOptions
    found: dict[str, str] = {}
    for name, value in options.items():
        if not (_is_option(name) and _is_option(value)):
            raise InvalidOptions
        found[name.strip()] = value.strip()
    if len(found) < len(options) or len(json.dumps(found)) > LONGEST_OPTIONS:
        raise InvalidOptions
    return dict(sorted(found.items()))


def _is_option(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_OPTION and text.isprintable()


def check_terms_of_variants(listing: Any) -> None:
    """Raises VariantsNotAuctioned or InvalidPrice where a listing's terms do not go with its variants."""
    variants = list(listing.variants.all())
    for row in variants:
        if listing.is_auction and (len(variants) > 1 or row.price is not None):
            raise VariantsNotAuctioned
        if row.price is not None and row.price.currency != listing.price.currency:
            raise InvalidPrice


def set_single_stock(stocks: list[Any], available: int, actor: Any) -> None:
    """Set what is available of the one variant of a listing, whose stock is locked; the aggregate is the
    caller's. Raises StockPerVariant."""
    if len(stocks) != 1:
        raise StockPerVariant
    stock = stocks[0]
    before, delta = stock.available, available - stock.available
    stock.on_hand += delta
    stock.save(update_fields=["on_hand", "updated_at"])
    Cause(actor_id=getattr(actor, "pk", None)).change(stock, "counted", on_hand=delta).save()
    tell_if_low(stock.variant, before, available)


def _owned(listing: Any, actor: Any) -> Any:
    row = locked_listings([listing.pk])[listing.pk]
    require_owner(row, actor)
    ask(marketplace_settings.MAY_UPDATE, actor=actor, listing=row)
    return row


def _active_siblings(variant: Any) -> Any:
    rows = get_variant_model()._default_manager.filter(listing=variant.listing_id, active=True)
    return rows.exclude(pk=variant.pk)


def _check_price(listing: Any, price: Money | None) -> None:
    if price is None:
        return
    check_amount(price)
    if listing.price is None or price.currency != listing.price.currency:
        raise InvalidPrice


def _insert(listing: Any, **fields: Any) -> tuple[Any, Any]:
    variant = get_variant_model()(listing_id=listing.pk, seller_id=listing.seller_id, **fields)
    _save(variant)
    return variant, get_stock_model()._default_manager.create(variant=variant)


def _save(variant: Any) -> None:
    if len(variant.sku) > LONGEST_SKU or not variant.sku.isprintable():
        raise InvalidSku
    try:
        with transaction.atomic():
            variant.save()
    except IntegrityError as error:
        twins = get_variant_model()._default_manager.exclude(pk=variant.pk)
        if variant.sku and twins.filter(seller=variant.seller_id, sku=variant.sku).exists():
            raise SkuTaken(sku=variant.sku) from error
        if twins.filter(listing=variant.listing_id, options=variant.options).exists():
            raise OptionsTaken from error
        raise
