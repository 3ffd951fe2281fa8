"""From a cart to a group of orders, one a seller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.money import amount_text, money_to_minor
from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import GroupPlaced
from chowk_marketplace.exceptions import CartEmpty
from chowk_marketplace.models import (
    get_cart_model,
    get_order_group_model,
    get_stock_hold_model,
    get_stock_model,
)
from chowk_marketplace.services.batches import each_of
from chowk_marketplace.services.carts import locked_cart
from chowk_marketplace.services.fulfilment import pay_free_group
from chowk_marketplace.services.listing_steps import check_amount
from chowk_marketplace.services.orders import (
    Line,
    cause_of,
    check_buyable,
    insert_order,
    tell_placed,
)
from chowk_marketplace.services.pricing import Quote, Share
from chowk_marketplace.services.quoting import Wishes, agreed, price_of, terms_of
from chowk_marketplace.services.stock import (
    EXPIRE,
    HOLD,
    ORDER,
    ORDER_HELD,
    RELEASE,
    Cause,
    Move,
    locked_listings,
    move_listings,
    move_stock,
)

BATCH = 200
"""How many carts one run of the periodic service looks at."""


def quote_checkout(*, cart: Any, buyer: Any, wishes: Wishes | None = None) -> Quote:
    """What ordering a cart would come to now. Locks and writes nothing.

    Raises CartEmpty, MixedCurrencies, UnknownShipping, what cannot be bought (as ``purchase``), and what the
    policies raise.
    """
    items = list(cart.items.select_related("variant__listing__seller", "variant__listing__category"))
    lines = {
        str(item.pk): _line(item, item.variant, item.variant.listing, buyer)
        for item in sorted(items, key=lambda item: str(item.pk))
    }
    return price_of(lines, buyer, wishes or Wishes())


@transaction.atomic
def begin_checkout(*, cart: Any, buyer: Any, now: datetime | None = None) -> datetime:
    """Hold a cart's stock for HOLD_TTL, so that it is there when the buyer is ready; answers until when.

    Called again it holds what the cart has now, for as long again. Locks the cart, stocks and listings.
    Raises CartEmpty, OutOfStock, NotForSale, OwnListing, NotFound.
    """
    now = now or timezone.now()
    cart = locked_cart(cart.pk)
    wanted = dict(cart.items.values_list("variant_id", "quantity"))
    if not wanted:
        raise CartEmpty
    _rehold(cart, wanted, Cause(reference=f"cart:{cart.pk}", actor_id=buyer.pk, now=now), buyer)
    expires = now + marketplace_settings.HOLD_TTL
    rows = get_stock_hold_model()._default_manager
    for variant, quantity in wanted.items():
        rows.update_or_create(
            cart=cart, variant_id=variant, defaults={"quantity": quantity, "expires_at": expires}
        )
    return expires


@transaction.atomic
def release_holds(*, cart: Any, move: Move = RELEASE, now: datetime | None = None) -> int:
    """Give back what a cart holds; answers how many holds there were. Locks the cart, stocks and listings."""
    cart = get_cart_model()._default_manager.select_for_update(of=("self",)).get(pk=cart.pk)
    holds = cart.holds.all() if move is RELEASE else cart.holds.filter(expires_at__lte=now or timezone.now())
    held = dict(holds.values_list("variant_id", "quantity"))
    if held:
        _move_all({move: held}, Cause(reference=f"cart:{cart.pk}", now=now))
        cart.holds.filter(variant__in=held).delete()
    return len(held)


def release_expired_holds(*, now: datetime | None = None) -> int:
    """Free the stock of checkouts that took too long, and say how many holds that were; each cart in a
    transaction of its own.

    What failed, such as a hold that its stock does not know of, is raised as an ExceptionGroup when all have
    had their turn.
    """
    moment = now or timezone.now()
    expired = get_stock_hold_model()._default_manager.filter(expires_at__lte=moment)
    carts = list(get_cart_model()._default_manager.filter(pk__in=expired.values("cart"))[:BATCH])
    return each_of("cart", carts, lambda cart: release_holds(cart=cart, move=EXPIRE, now=now))


@transaction.atomic
def place_checkout(
    *,
    cart: Any,
    buyer: Any,
    wishes: Wishes | None = None,
    agreed_total: Money | None = None,
    now: datetime | None = None,
) -> Any:
    """Order everything in a cart: one group, one order a seller, all stock allocated or none; amounts frozen.

    A checkout whose total is nothing is paid at once. Locks the cart, then stocks, then listings. Raises what
    ``quote_checkout`` raises, OutOfStock, TotalChanged (another total than ``agreed_total``), PriceTooLarge,
    Refused by MAY_BUY, and what a discount's hold raises. NotFound for a cart that was ordered meanwhile.
    """
    now, wishes = now or timezone.now(), wishes or Wishes()
    cart = locked_cart(cart.pk)
    items = list(cart.items.order_by("pk"))
    demand = {item.variant_id: item.quantity for item in items}
    if not demand:
        raise CartEmpty
    moves = _moves(cart, demand)
    variants = _take(moves)
    listings = locked_listings(row.listing_id for row in variants.values())
    lines = {
        str(item.pk): _line(
            item, variants[item.variant_id], listings[variants[item.variant_id].listing_id], buyer
        )
        for item in items
    }
    for listing in listings.values():
        ask(marketplace_settings.MAY_BUY, buyer=buyer, listing=listing)
    group = get_order_group_model()(
        cart=cart, buyer=buyer, ship_to=dict(wishes.ship_to), pay_by=now + marketplace_settings.PAYMENT_WINDOW
    )
    quote = agreed(price_of(lines, buyer, wishes), agreed_total)
    _save_group(group, quote)
    if wishes.discount_code:  # a use of it is taken under the group's key
        quote = agreed(price_of(lines, buyer, wishes, key=str(group.pk), holds=True), agreed_total)
        _save_group(group, quote)
    orders = [_insert(group, share, quote.currency, wishes, now) for share in quote.shares]
    _settle(moves, variants, listings, {order.seller_id: cause_of(order, buyer.pk, now) for order in orders})
    cart.holds.all().delete()
    cart.status = cart.Status.ORDERED
    cart.save(update_fields=["status", "updated_at"])
    for order in orders:
        tell_placed(order)
    _tell_group_placed(group, orders)
    if not quote.sum("total"):
        pay_free_group(group=group, now=now)
    return group


def _moves(cart: Any, demand: Mapping[Any, int]) -> dict[Move, dict[Any, int]]:
    """Of what a cart wants, what it holds becomes allocated, the rest is taken; held too much goes back."""
    held = dict(cart.holds.values_list("variant_id", "quantity"))
    found: dict[Move, dict[Any, int]] = {ORDER_HELD: {}, RELEASE: {}, ORDER: {}}
    for key in {**demand, **held}:
        want, have = demand.get(key, 0), held.get(key, 0)
        for move, quantity in ((ORDER_HELD, min(want, have)), (RELEASE, have - want), (ORDER, want - have)):
            if quantity > 0:
                found[move][key] = quantity
    return {move: quantities for move, quantities in found.items() if quantities}


def _take(moves: Mapping[Move, Mapping[Any, int]]) -> dict[Any, Any]:
    """Move all stocks, locked beforehand in order of primary key; answers the variants as they then are."""
    keys = {key for quantities in moves.values() for key in quantities}
    if len(moves) > 1:  # a single move locks in that order by itself
        rows = get_stock_model()._default_manager.filter(variant__in=keys)
        list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    return {row.pk: row for move, quantities in moves.items() for row in move_stock(quantities, move)}


def _settle(
    moves: Mapping[Move, Mapping[Any, int]],
    variants: Mapping[Any, Any],
    listings: Mapping[Any, Any],
    causes: Mapping[Any, Cause],
) -> None:
    """Carry the moves over to the listings, with the order of each seller as their cause."""
    for move, quantities in moves.items():
        for seller in {variants[key].seller_id for key in quantities}:
            own = {key: n for key, n in quantities.items() if variants[key].seller_id == seller}
            cause = causes.get(seller, Cause())
            move_listings([variants[key] for key in own], own, move, listings, cause)


def _move_all(moves: Mapping[Move, Mapping[Any, int]], cause: Cause) -> dict[Any, Any]:
    variants = _take(moves)
    listings = locked_listings(row.listing_id for row in variants.values())
    for move, quantities in moves.items():
        move_listings([variants[key] for key in quantities], quantities, move, listings, cause)
    return listings


def _rehold(cart: Any, wanted: Mapping[Any, int], cause: Cause, buyer: Any) -> None:
    held = dict(cart.holds.values_list("variant_id", "quantity"))
    more = {key: n - held.get(key, 0) for key, n in wanted.items() if n > held.get(key, 0)}
    less = {key: n - wanted.get(key, 0) for key, n in held.items() if n > wanted.get(key, 0)}
    moves = {move: demand for move, demand in ((RELEASE, less), (HOLD, more)) if demand}
    if moves:
        for listing in _move_all(moves, cause).values():
            if any(row in wanted for row in listing.variants.values_list("pk", flat=True)):
                check_buyable(listing, buyer)
    cart.holds.exclude(variant__in=wanted).delete()


def _line(item: Any, variant: Any, listing: Any, buyer: Any) -> Line:
    check_buyable(listing, buyer)
    return Line(
        listing=listing, variant=variant, unit_price=variant.price_on(listing), quantity=item.quantity
    )


def _save_group(group: Any, quote: Quote) -> None:
    for name in ("goods", "shipping", "discount", "tax", "total"):
        setattr(group, name, quote.money(name))
    if quote.sum("total"):
        check_amount(group.total)
    group.discount_code = quote.discount_code
    group.save()


def _insert(group: Any, share: Share, currency: str, wishes: Wishes, now: datetime) -> Any:
    terms = terms_of(share, currency, wishes)
    return insert_order(
        [line.line for line in share.lines],
        now=now,
        group=group,
        buyer=group.buyer,
        pay_by=group.pay_by,
        discounts=terms.discounts,
        taxes=terms.taxes,
        **terms.fields,
    )


def _tell_group_placed(group: Any, orders: list[Any]) -> None:
    publish(
        GroupPlaced(
            group_id=str(group.pk),
            buyer_id=str(group.buyer_id),
            total=amount_text(money_to_minor(group.total), group.total.currency.code),
            currency=group.total.currency.code,
            order_ids=[str(order.pk) for order in orders],
            pay_by=group.pay_by.isoformat(),
        ),
        stream=f"marketplace.group:{group.pk}",
    )
