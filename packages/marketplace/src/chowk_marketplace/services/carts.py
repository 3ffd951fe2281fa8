"""Carts of users and guests."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from chowk_core.exceptions import NotFound
from chowk_core.policies import ask
from chowk_marketplace.cart_selectors import cart_of
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import CartFull, OutOfStock, OwnListing, TooMany
from chowk_marketplace.guests import fingerprint
from chowk_marketplace.models import (
    get_cart_item_model,
    get_cart_model,
    get_listing_model,
)
from chowk_marketplace.services.locking import locked
from chowk_marketplace.services.orders import check_buyable, check_quantity, variant_of

BATCH = 500
"""How many carts are forgotten in one transaction."""


class Guest:
    """Who buys without an account: nobody's seller, and refused nothing by name."""

    pk = None
    is_authenticated = False


def new_token() -> str:
    """A guest's secret, for their session."""
    return secrets.token_urlsafe(32)


def open_cart(*, user: Any = None, token: str = "") -> Any:
    """The open cart of ``user``, or of the guest with ``token``; made if there is none."""
    owner = {"user": user} if user is not None else {"token": fingerprint(token)}
    carts = get_cart_model()._default_manager
    found = carts.filter(status="open", **owner).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return carts.create(**owner)
    except IntegrityError:  # made at the same moment
        return carts.get(status="open", **owner)


def locked_cart(pk: Any) -> Any:
    """An open cart with its user, locked. Raises NotFound, also for one that was ordered."""
    return locked(get_cart_model()._default_manager.filter(status="open").select_related("user"), pk)


@transaction.atomic
def add_to_cart(*, cart: Any, listing: Any, variant: Any = None, quantity: int = 1) -> Any:
    """Put ``quantity`` more of a listing's variant into a cart, at the price of now. Locks the cart.

    Raises as ``purchase`` for what cannot be bought, TooMany and CartFull beyond the limits, OutOfStock,
    NotFound.
    """
    check_quantity(quantity)
    cart = locked_cart(cart.pk)
    rows: Any = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
    listing = rows.filter(pk=listing.pk).first()
    if listing is None:
        raise NotFound
    buyer = cart.user if cart.user_id is not None else Guest()
    check_buyable(listing, buyer)
    if cart.user_id is not None:
        ask(marketplace_settings.MAY_BUY, buyer=buyer, listing=listing)
    chosen = variant_of(listing, variant)
    item = cart.items.filter(variant=chosen).first()
    if item is None:
        if cart.items.count() >= marketplace_settings.CART_MAX_ITEMS:
            raise CartFull(most=marketplace_settings.CART_MAX_ITEMS)
        item = get_cart_item_model()(cart=cart, variant=chosen, quantity=0)
    item.quantity += quantity
    item.price = chosen.price_on(listing)
    _check_item(item, chosen)
    item.save()
    cart.save(update_fields=["updated_at"])
    return item


@transaction.atomic
def set_cart_quantity(*, item: Any, quantity: int) -> Any:
    """Want ``quantity`` of what is in a cart. Locks the cart. Raises InvalidQuantity, TooMany, OutOfStock,
    NotFound."""
    check_quantity(quantity)
    cart = locked_cart(item.cart_id)
    row = locked(cart.items.all(), item.pk)
    row.quantity = quantity
    _check_item(row, row.variant)
    row.save(update_fields=["quantity"])
    cart.save(update_fields=["updated_at"])
    return row


@transaction.atomic
def remove_from_cart(*, item: Any) -> None:
    """Take an item out of a cart. Locks the cart. Raises NotFound."""
    cart = locked_cart(item.cart_id)
    cart.items.filter(pk=item.pk).delete()
    cart.save(update_fields=["updated_at"])


@transaction.atomic
def clear_cart(*, cart: Any) -> None:
    """Take everything out of a cart. Locks the cart. Raises NotFound."""
    cart = locked_cart(cart.pk)
    cart.items.all().delete()
    cart.save(update_fields=["updated_at"])


@transaction.atomic
def merge_carts(*, token: str, user: Any) -> Any | None:
    """A guest has signed in: their cart becomes the user's, by the policy CART_MERGE. Locks both carts.

    What the user cannot buy (their own listings) is left out; quantities stay within the limit. Returns the
    user's cart, or None where the guest had none.
    """
    guest: Any = cart_of(token=token)
    if guest is None:
        return None
    mine: Any = open_cart(user=user)
    rows = get_cart_model()._default_manager.filter(pk__in=[guest.pk, mine.pk], status="open")
    if len(rows.order_by("pk").select_for_update(of=("self",))) < 2:
        return None
    theirs = {item.variant_id: item for item in guest.items.select_related("variant")}
    own = {item.variant_id: item for item in mine.items.all()}
    quantities = marketplace_settings.CART_MERGE(
        own={str(key): item.quantity for key, item in own.items()},
        guest={str(key): item.quantity for key, item in theirs.items()},
    )
    most = marketplace_settings.CART_MAX_QUANTITY
    for key, item in own.items():
        if str(key) not in quantities:
            item.delete()
    for key in {**own, **theirs}:
        quantity = min(most, quantities.get(str(key), 0))
        source = own.get(key) or theirs[key]
        if quantity < 1 or (key not in own and source.variant.seller_id == user.pk):
            continue
        get_cart_item_model()._default_manager.update_or_create(
            cart=mine, variant_id=key, defaults={"quantity": quantity, "price": source.price}
        )
    guest.delete()
    return mine


def forget_guest_carts(*, now: datetime) -> int:
    """Delete the carts that their guests have not touched for GUEST_CARTS_FOR, and say how many.

    What is being checked out stays. In batches, each in its own transaction, which locks its carts.
    """
    since, forgotten = now - marketplace_settings.GUEST_CARTS_FOR, 0
    stale = get_cart_model()._default_manager.filter(
        status="open", user=None, updated_at__lt=since, holds=None
    )
    while True:
        with transaction.atomic():
            keys = list(
                stale.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)[:BATCH]
            )
            stale.model._default_manager.filter(pk__in=keys).delete()
        forgotten += len(keys)
        if len(keys) < BATCH:
            return forgotten


def _check_item(item: Any, variant: Any) -> None:
    most = marketplace_settings.CART_MAX_QUANTITY
    if item.quantity > most:
        raise TooMany(most=most)
    stock = variant.stock
    held = item.cart.holds.filter(variant=variant).values_list("quantity", flat=True).first() or 0
    if item.quantity > stock.available + held:
        raise OutOfStock(left=stock.available + held)
    if item.cart.user_id is not None and variant.seller_id == item.cart.user_id:
        raise OwnListing
