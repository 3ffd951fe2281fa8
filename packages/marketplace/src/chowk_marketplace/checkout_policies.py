"""Replaceable rules of carts and checkouts: merging, shipping, tax, discounts, and what an invoice says.

Amounts are integer minor units of the checkout's one currency. A *line* has ``id, listing_id, seller_id,
category_ids, quantity, total_minor`` (goods) and ``listing_type``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from chowk_core.money import money_to_minor, split, to_minor
from chowk_core.targets import Target
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import UnknownDiscount
from chowk_marketplace.models import get_order_model
from chowk_marketplace.policies import found, public_name


@dataclass(frozen=True)
class DiscountLine:
    """A line of a checkout as policies see it."""

    id: str
    listing_id: str
    seller_id: str
    category_ids: list[str]
    quantity: int
    total_minor: int
    listing_type: str = ""


@dataclass(frozen=True)
class ShippingRate:
    """One way in which what one seller sends comes to the buyer; collecting it needs no address."""

    code: str
    label: str
    amount_minor: int
    needs_address: bool = True


@dataclass(frozen=True)
class DiscountQuote:
    """What a code takes off: by line id, and of shipping by seller id."""

    code: str = ""
    label: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Mapping[str, int] = field(default_factory=dict)


class Shipping(Protocol):
    """The contract of SHIPPING. The first rate is taken where none is chosen; none at all is free and goes
    nowhere. Labels have at most 80 characters, codes 40."""

    def rates(
        self, *, seller_id: str, address: Mapping[str, str], currency: str, lines: Sequence[DiscountLine]
    ) -> Sequence[ShippingRate]: ...


class FlatShipping:
    """SHIPPING_FLAT a seller, nothing from SHIPPING_FREE_ABOVE on: the default of SHIPPING. Where everything
    is of PICK_UP_TYPES its first offer is to collect it."""

    def rates(
        self, *, seller_id: str, address: Mapping[str, str], currency: str, lines: Sequence[DiscountLine]
    ) -> Sequence[ShippingRate]:
        flat = to_minor(marketplace_settings.SHIPPING_FLAT.get(currency, "0"), currency)
        free = marketplace_settings.SHIPPING_FREE_ABOVE.get(currency)
        if free is not None and sum(line.total_minor for line in lines) >= to_minor(free, currency):
            flat = 0
        sent = ShippingRate("standard", _("Standard delivery"), flat)
        if not {line.listing_type for line in lines} <= set(marketplace_settings.PICK_UP_TYPES):
            return [sent]
        return [ShippingRate("pick_up", _("Collected from the seller"), 0, needs_address=False), sent]


class NoTax:
    """Prices are what is paid: the default of TAX."""

    def taxes(
        self, *, seller_id: str, address: Mapping[str, str], currency: str, lines: Sequence[DiscountLine]
    ) -> Mapping[str, int]:
        return {}


class PercentTax:
    """TAX_PERCENT on top of one seller's goods after discount, rounded once and split by largest
    remainder."""

    def taxes(
        self, *, seller_id: str, address: Mapping[str, str], currency: str, lines: Sequence[DiscountLine]
    ) -> Mapping[str, int]:
        goods = [line.total_minor for line in lines]
        percent = Decimal(marketplace_settings.TAX_PERCENT)
        tax = int((sum(goods) * percent / 100).quantize(Decimal(1)))
        if not tax:
            return {}
        return dict(zip((line.id for line in lines), split(tax, goods), strict=True))


class Discounts(Protocol):
    """The contract of DISCOUNTS. ``shipping`` is by seller id. Both refuse with a DomainError of their own.

    ``quote`` says what a code would take off. With a ``key``, that of an order which has the code, a use that
    ``hold`` took under it does not stand in the way. ``hold`` says the same and takes a use of the code under
    ``key``, the order's or its group's, in the caller's transaction; repeated, it takes no other.
    """

    def quote(
        self,
        *,
        code: str,
        buyer: Any | None,
        currency: str,
        lines: Sequence[DiscountLine],
        shipping: Mapping[str, int],
        key: str = "",
    ) -> DiscountQuote: ...

    def hold(
        self,
        *,
        key: str,
        code: str,
        buyer: Any | None,
        currency: str,
        lines: Sequence[DiscountLine],
        shipping: Mapping[str, int],
    ) -> DiscountQuote: ...


class NoDiscounts:
    """No code is known: the default of DISCOUNTS."""

    def quote(
        self,
        *,
        code: str,
        buyer: Any | None,
        currency: str,
        lines: Sequence[DiscountLine],
        shipping: Mapping[str, int],
        key: str = "",
    ) -> DiscountQuote:
        raise UnknownDiscount(code=code)

    def hold(self, *, key: str, **question: Any) -> DiscountQuote:
        return self.quote(key=key, **question)


def sum_quantities(*, own: Mapping[str, int], guest: Mapping[str, int]) -> dict[str, int]:
    """Both carts together: the default of CART_MERGE."""
    return {key: own.get(key, 0) + guest.get(key, 0) for key in {**own, **guest}}


def replace_by_guest(*, own: Mapping[str, int], guest: Mapping[str, int]) -> dict[str, int]:
    """What was put into the cart last counts: the guest's cart, if there is anything in it."""
    return dict(guest or own)


def keep_own(*, own: Mapping[str, int], guest: Mapping[str, int]) -> dict[str, int]:
    """The user's cart stays as it was; an empty one takes the guest's."""
    return dict(own or guest)


@dataclass(frozen=True)
class InvoiceData:
    """What an order's invoice says. ``lines``: description, quantity, unit, total and tax in minor units."""

    seller_id: str
    seller_name: str
    seller_address: str
    seller_tax_number: str
    buyer_id: str
    buyer_name: str
    buyer_address: str
    buyer_email: str
    currency: str
    lines: list[tuple[str, int, int, int, int]]
    shipping_minor: int
    tax_minor: int
    discount_minor: int
    total_minor: int
    reference: str


def _business_address(profile: Any | None) -> str:
    """Where a seller is, a line each: street, city, country."""
    if profile is None:
        return ""
    return "\n".join(part for part in (profile.address, profile.city, profile.country.name) if part)


def invoice_for_order(*, target: Target) -> InvoiceData:
    """What the invoice of an order says. Answers ``CHOWK_PAYMENTS["INVOICES"]``. Raises UnknownTarget.

    The seller is as their profile says. Profiles have no tax number, which payments keep encrypted with the
    bank details, unless a site's own has a ``tax_number``.
    """
    order = found(get_order_model(), target)
    profile = getattr(order.seller, "seller_profile", None)
    to = order.ship_to
    return InvoiceData(
        seller_id=str(order.seller_id),
        seller_name=getattr(profile, "brand", "") or public_name(user=order.seller),
        seller_address=_business_address(profile),
        seller_tax_number=getattr(profile, "tax_number", ""),
        buyer_id=str(order.buyer_id),
        buyer_name=to.get("name", "") or public_name(user=order.buyer),
        buyer_address="\n".join(order.ship_to_lines[bool(to.get("name")) :]),
        buyer_email=getattr(order.buyer, order.buyer.get_email_field_name(), ""),
        currency=order.total.currency.code,
        lines=[
            (
                f"{line.title} ({line.options})" if line.options else line.title,
                line.quantity,
                money_to_minor(line.unit_price),
                money_to_minor(line.total),
                money_to_minor(line.tax),
            )
            for line in order.lines.all()
        ],
        shipping_minor=money_to_minor(order.shipping),
        tax_minor=money_to_minor(order.tax),
        discount_minor=money_to_minor(order.discount),
        total_minor=money_to_minor(order.total),
        reference=order.number,
    )
