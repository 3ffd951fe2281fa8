"""Where and how an unpaid order goes, where it was placed without the buyer's word on that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_marketplace.events import OrderDeliverySet
from chowk_marketplace.exceptions import AddressRequired, DeliveryFixed, WrongTransition
from chowk_marketplace.services.fulfilment import pay_free_order, require_side, tell_step
from chowk_marketplace.services.listing_steps import check_amount
from chowk_marketplace.services.locking import locked_order
from chowk_marketplace.services.orders import Line
from chowk_marketplace.services.pricing import Quote
from chowk_marketplace.services.quoting import (
    Wishes,
    agreed,
    is_homeless,
    price_of,
    terms_of,
    write_terms,
)
from chowk_marketplace.services.refunds import add_note

Address = Mapping[str, str]


def quote_delivery(*, order: Any, actor: Any, ship_to: Address | None = None, shipping: str = "") -> Quote:
    """What an order would come to, sent to ``ship_to`` by ``shipping``, the code of a rate. Locks and writes
    nothing. Raises as ``set_delivery``, but for AddressRequired and TotalChanged."""
    _check(order, actor)
    return price_of(_lines(_rows(order)), order.buyer, _wishes(order, ship_to, shipping), key=str(order.pk))


@transaction.atomic
def set_delivery(
    *,
    order: Any,
    actor: Any,
    ship_to: Address | None = None,
    shipping: str = "",
    agreed_total: Money | None = None,
    now: datetime | None = None,
) -> Any:
    """The buyer says where an unpaid order goes, an address's snapshot, and how, the code of a rate (the
    first one, if left out). Shipping, tax and fee are reckoned anew; the goods cost what they did.

    May be changed until it is paid: money that comes for another total goes back. Locks the order. Raises
    NotParty, WrongTransition (no longer unpaid), DeliveryFixed (of a checkout), AddressRequired,
    UnknownShipping, TotalChanged, PriceTooLarge, what the policies raise, NotFound.
    """
    order = locked_order(order.pk)
    _check(order, actor)
    wishes, rows = _wishes(order, ship_to, shipping), _rows(order)
    quote = price_of(_lines(rows), order.buyer, wishes, key=str(order.pk), holds=True)
    [share] = quote.shares
    if is_homeless(share, wishes):
        raise AddressRequired
    terms = terms_of(share, agreed(quote, agreed_total).currency, wishes)
    if share.total:
        check_amount(terms.fields["total"])
    write_terms(order, rows, terms)
    add_note(order, actor, _("Delivery: %(how)s.") % {"how": order.shipping_method}, now=now)
    tell_step(order, OrderDeliverySet, actor)
    if not share.total:
        pay_free_order(order=order, now=now)
    return order


def _check(order: Any, actor: Any) -> None:
    require_side(order, actor, "buyer")
    if order.status != order.Status.PENDING_PAYMENT:
        raise WrongTransition(status=order.get_status_display())
    if order.group_id is not None:
        raise DeliveryFixed


def _wishes(order: Any, ship_to: Address | None, shipping: str) -> Wishes:
    return Wishes(
        ship_to=ship_to or {},
        shipping={str(order.seller_id): shipping} if shipping else {},
        discount_code=order.discount_code,
    )


def _rows(order: Any) -> list[Any]:
    return list(order.lines.select_related("listing__seller", "listing__category", "variant").order_by("pk"))


def _lines(rows: list[Any]) -> dict[str, Line]:
    return {
        str(row.pk): Line(
            listing=row.listing, variant=row.variant, unit_price=row.unit_price, quantity=row.quantity
        )
        for row in rows
    }
