"""Single sales: a purchase at the fixed price, and what a won auction comes to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_core.policies import ask
from chowk_core.targets import Target
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import NotAuctioned, NotForSale, OutOfStock, OwnListing, PriceChanged
from chowk_marketplace.models import get_listing_model, get_order_model
from chowk_marketplace.services.fulfilment import pay_free_order
from chowk_marketplace.services.listing_steps import check_amount, step
from chowk_marketplace.services.locking import locked_listing
from chowk_marketplace.services.orders import (
    Line,
    cause_of,
    check_buyable,
    check_quantity,
    insert_order,
    tell_placed,
    variant_of,
)
from chowk_marketplace.services.quoting import Wishes, agreed, is_homeless, price_of, terms_of, write_terms
from chowk_marketplace.services.stock import ORDER, locked_listings, locked_stocks, move_listings, move_stock


@transaction.atomic
def purchase(
    *,
    listing: Any,
    buyer: Any,
    quantity: int = 1,
    variant: Any = None,
    wishes: Wishes | None = None,
    agreed_price: Money | None = None,
    agreed_total: Money | None = None,
    now: datetime | None = None,
) -> Any:
    """Buy ``quantity`` of a fixed-price listing; the buyer then has PAYMENT_WINDOW to pay.

    ``wishes`` say where and how it goes, and a discount code: priced and frozen as a checkout is. What has to
    be sent and comes without an address is ordered without shipping and tax, and cannot be paid before
    ``set_delivery``. What costs nothing is paid at once.

    ``variant`` (a row or a primary key) may be left out where there is but one. One conditional UPDATE takes
    the stock and locks it, then the listing is locked: whoever comes when too little is left changes nothing.
    ``agreed_price`` and ``agreed_total`` are the unit price and the total that the buyer saw, if they are to
    be held to.

    Raises InvalidQuantity, PriceTooLarge (in total), OwnListing, AuctionOnly, NotForSale, OutOfStock,
    PriceChanged, TotalChanged, VariantRequired, UnknownVariant, UnknownShipping, Refused by MAY_BUY, what a
    discount raises, NotFound.
    """
    check_quantity(quantity)
    seen: Any = get_listing_model().objects.non_polymorphic().filter(pk=listing.pk).first()  # type: ignore[attr-defined]
    if seen is None:
        raise NotFound
    check_buyable(seen, buyer)
    demand = {variant_of(seen, variant).pk: quantity}
    moved = move_stock(demand, ORDER)
    listings = locked_listings([seen.pk])
    row, chosen = listings[seen.pk], moved[0]
    check_buyable(row, buyer)
    unit_price = chosen.price_on(row)
    if agreed_price is not None and agreed_price != unit_price:
        raise PriceChanged(price=str(unit_price))
    ask(marketplace_settings.MAY_BUY, buyer=buyer, listing=row)
    now = now or timezone.now()
    order = _insert(
        Line(listing=row, variant=chosen, unit_price=unit_price, quantity=quantity),
        wishes or Wishes(),
        agreed_total=agreed_total,
        now=now,
        buyer=buyer,
        pay_by=now + marketplace_settings.PAYMENT_WINDOW,
    )
    move_listings(moved, demand, ORDER, listings, cause_of(order, buyer.pk, now))
    tell_placed(order)
    if not order.total.amount and not order.delivery_due:
        pay_free_order(order=order, now=now)
    return order


@transaction.atomic
def place_order_for_auction(
    *,
    listing_id: Any,
    buyer_id: Any,
    price: Money,
    pay_by: datetime,
    source: Target,
    source_round: int = 1,
    now: datetime | None = None,
) -> Any:
    """The winner's order for an auctioned listing, to be paid until ``pay_by``. The listing becomes sold.

    Nobody knows an address yet: what has to be sent is ordered without shipping and tax, and cannot be paid
    before ``set_delivery``.
    ``source_round`` counts the sales of one auction: 1 for the hammer, more for second chances. Called again
    for the same ``source`` and round it returns the order there is. Locks the stock, then the listing.
    Raises NotAuctioned, OutOfStock, NotForSale (archived), InvalidPrice, OwnListing, NotFound.
    """
    stocks = locked_stocks(listing_id) if _is_key(listing_id) else []
    listing = locked_listing(listing_id)
    now = now or timezone.now()
    existing = get_order_model()._default_manager.filter(
        source_type=source.type, source_id=source.id, source_round=source_round
    )
    if found := existing.first():
        return found
    _check_auctioned(listing, buyer_id, stocks)
    check_amount(price)
    demand = {stocks[0].variant_id: 1}
    moved = move_stock(demand, ORDER)
    if listing.status == listing.Status.PENDING:
        step(listing, "activate")
    order = _insert(
        Line(listing=listing, variant=moved[0], unit_price=price, quantity=1),
        Wishes(),
        now=now,
        buyer_id=buyer_id,
        pay_by=pay_by,
        source_type=source.type,
        source_id=source.id,
        source_round=source_round,
    )
    move_listings(moved, demand, ORDER, {listing.pk: listing}, cause_of(order, buyer_id, now))
    tell_placed(order)
    return order


def _insert(
    line: Line, wishes: Wishes, *, now: datetime, agreed_total: Money | None = None, **fields: Any
) -> Any:
    """The order of one line, priced. A use of a discount code is taken under the order's key."""
    lines, buyer = {str(line.variant.pk): line}, fields.get("buyer")
    quote = agreed(price_of(lines, buyer, wishes), agreed_total)
    [share] = quote.shares
    due = is_homeless(share, wishes)
    terms = terms_of(share, quote.currency, wishes, due=due)
    order = insert_order(
        [line],
        now=now,
        discounts=terms.discounts,
        taxes=terms.taxes,
        discount_code=quote.discount_code,
        **fields,
        **terms.fields,
    )
    if wishes.discount_code:
        held = agreed(price_of(lines, buyer, wishes, key=str(order.pk), holds=True), agreed_total)
        write_terms(order, list(order.lines.all()), terms_of(held.shares[0], held.currency, wishes, due=due))
    return order


def _is_key(text: Any) -> bool:
    try:
        get_listing_model()._meta.pk.to_python(text)  # type: ignore[union-attr]
    except ValidationError:
        return False
    return True


def _check_auctioned(listing: Any, buyer_id: Any, stocks: list[Any]) -> None:
    if not listing.is_auction:
        raise NotAuctioned
    if str(listing.seller_id) == str(buyer_id):
        raise OwnListing
    if listing.status == listing.Status.ARCHIVED:
        raise NotForSale
    if not stocks or stocks[0].available < 1:
        raise OutOfStock(left=0)
