"""What all ways to an order share: who may buy what, and the rows it is made of. Not public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from moneyed import Money

from chowk_core.exceptions import NotFound
from chowk_core.money import amount_text, from_minor, money_to_minor
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import OrderPlaced
from chowk_marketplace.exceptions import (
    AuctionOnly,
    InvalidQuantity,
    NotForSale,
    OutOfStock,
    OwnListing,
    UnknownVariant,
    VariantRequired,
)
from chowk_marketplace.models import (
    get_order_line_model,
    get_order_model,
    get_order_transition_model,
)
from chowk_marketplace.services.listing_steps import check_amount
from chowk_marketplace.services.stock import Cause

NUMBER_TRIES = 5


@dataclass(frozen=True)
class Line:
    """What an order line is made of."""

    listing: Any
    variant: Any
    unit_price: Money
    quantity: int

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity


def check_quantity(quantity: int) -> None:
    """Raises InvalidQuantity for what is no quantity of an order line."""
    if isinstance(quantity, bool) or not 1 <= quantity <= marketplace_settings.MAX_QUANTITY:
        raise InvalidQuantity


def check_buyable(listing: Any, buyer: Any) -> None:
    """Raises NotFound, OwnListing, AuctionOnly, OutOfStock or NotForSale for what ``buyer`` cannot buy
    now."""
    if listing.status == listing.Status.PENDING and listing.seller_id != buyer.pk:
        raise NotFound
    if listing.seller_id == buyer.pk:
        raise OwnListing
    if listing.is_auction:
        raise AuctionOnly
    if listing.status == listing.Status.SOLD:
        raise OutOfStock(left=0)
    if listing.status != listing.Status.ACTIVE:
        raise NotForSale


def variant_of(listing: Any, variant: Any = None) -> Any:
    """The active variant of ``listing`` that is meant, with its stock.

    ``variant`` is a row, a key, or None where there is but one.

    Raises VariantRequired, UnknownVariant, NotForSale (none is active).
    """
    rows = list(listing.variants.filter(active=True).select_related("stock").order_by("position", "pk"))
    if variant is None:
        if len(rows) > 1:
            raise VariantRequired
        if not rows:
            raise NotForSale
        return rows[0]
    key = str(getattr(variant, "pk", variant))
    found = next((row for row in rows if str(row.pk) == key), None)
    if found is None:
        raise UnknownVariant
    return found


def cause_of(order: Any, actor_id: Any, now: datetime | None) -> Cause:
    """Why stock moves for ``order``."""
    return Cause(reference=f"order:{order.number}", actor_id=actor_id, now=now)


def insert_order(
    lines: Sequence[Line],
    *,
    now: datetime,
    discounts: Sequence[Money] | None = None,
    taxes: Sequence[Money] | None = None,
    **fields: Any,
) -> Any:
    """Insert an order of one seller's ``lines``, its frozen lines and its first transition.

    ``fields`` are those of the order; without amounts it costs what its lines come to.
    """
    goods = sum((line.total for line in lines[1:]), lines[0].total)
    check_amount(goods)
    nothing = goods * 0
    amounts = {"goods": goods, "shipping": nothing, "discount": nothing, "tax": nothing, "total": goods}
    if "platform_fee" not in fields:
        fields["platform_fee"] = fee_of(goods, lines)
    order = _insert_numbered(now, seller_id=lines[0].listing.seller_id, **{**amounts, **fields})
    get_order_line_model()._default_manager.bulk_create(
        get_order_line_model()(
            order=order,
            listing_id=line.listing.pk,
            variant_id=line.variant.pk,
            title=line.listing.title,
            options=line.variant.label,
            sku=line.variant.sku,
            unit_price=line.unit_price,
            quantity=line.quantity,
            total=line.total,
            discount=discounts[number] if discounts else nothing,
            tax=taxes[number] if taxes else nothing,
        )
        for number, line in enumerate(lines)
    )
    get_order_transition_model()._default_manager.create(
        order=order, from_status="", to_status=order.status, actor_id=order.buyer_id, at=now
    )
    return order


def fee_of(total: Money, lines: Sequence[Line]) -> Money | None:
    """What the platform keeps of an order of ``total``, by the PLATFORM_FEE policy; None without one."""
    policy = marketplace_settings.PLATFORM_FEE
    if policy is None:
        return None
    fee = policy(
        amount=money_to_minor(total),
        currency=total.currency.code,
        seller=lines[0].listing.seller,
        listing_ids=[str(line.listing.pk) for line in lines],
    )
    return from_minor(fee, total.currency.code)


def _insert_numbered(now: datetime, **fields: Any) -> Any:
    """Insert the order under the next free number of the ORDER_NUMBER policy."""
    orders = get_order_model()._default_manager
    for attempt in range(1, NUMBER_TRIES + 1):
        number = marketplace_settings.ORDER_NUMBER(now=now)
        try:
            with transaction.atomic():
                return orders.create(number=number, **fields)
        except IntegrityError:
            if attempt == NUMBER_TRIES or not orders.filter(number=number).exists():
                raise
    raise AssertionError("the loop returns or raises")


def tell_placed(order: Any) -> None:
    """Publish that an order was placed."""
    tell_order(order, OrderPlaced, pay_by=order.pay_by.isoformat(), delivery_due=order.delivery_due)


def tell_order(order: Any, event: type[Any], **more: Any) -> None:
    """Publish an event of an order, with ``more`` than all of them tell, on the order's stream."""
    publish(
        event(
            order_id=str(order.pk),
            number=order.number,
            buyer_id=str(order.buyer_id),
            seller_id=str(order.seller_id),
            total=amount_text(money_to_minor(order.total), order.total.currency.code),
            currency=order.total.currency.code,
            source_type=order.source_type,
            source_id=order.source_id,
            source_round=order.source_round,
            **more,
        ),
        stream=f"marketplace.order:{order.pk}",
    )
