"""What the marketplace puts on other packages' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chowk_marketplace import selectors
from chowk_marketplace.guests import fingerprint
from chowk_marketplace.models import get_cart_item_model
from chowk_marketplace.subscribers import AUCTION, CART_SESSION_KEY


def order_of_auction(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """On a sold auction: the way to its order, for those who may see the order."""
    found = {}
    for auction in objects:
        if not auction.sale_number:  # never sold
            continue
        order = selectors.order_for_source(request.user, AUCTION, str(auction.pk))
        if order is not None:
            context = {"order": order, "is_buyer": order.buyer_id == request.user.pk}
            found[str(auction.pk)] = render_to_string(
                "chowk_marketplace/includes/order_of_auction.html", context, request
            )
    return found


def cart_link(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """The way to the visitor's cart, with how much is in it. One statement; none for who has no cart."""
    viewer, token = request.user, request.session.get(CART_SESSION_KEY, "")
    known = {"cart__user": viewer.pk} if viewer.is_authenticated else {"cart__token": fingerprint(token)}
    mine = viewer.is_authenticated or token
    items = get_cart_item_model()._default_manager.filter(cart__status="open", **known)
    context = {"count": items.count() if mine else 0}
    return {"": render_to_string("chowk_marketplace/includes/cart_link.html", context, request=request)}
