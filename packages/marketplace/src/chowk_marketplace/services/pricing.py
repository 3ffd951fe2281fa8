"""What a cart comes to: pure arithmetic over policies, in integer minor units, a share a seller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from moneyed import Money

from chowk_core.money import from_minor, money_to_minor
from chowk_marketplace.checkout_policies import DiscountLine, DiscountQuote, ShippingRate
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import CartEmpty, MixedCurrencies, UnknownShipping
from chowk_marketplace.services.orders import Line


@dataclass(frozen=True)
class PricedLine:
    """A line with what is off it and the tax on it."""

    id: str
    line: Line
    total: int
    discount: int = 0
    tax: int = 0


@dataclass(frozen=True)
class Share:
    """One seller's part of a checkout. ``discount`` is of goods and shipping together."""

    seller: Any
    lines: tuple[PricedLine, ...]
    rates: tuple[ShippingRate, ...]
    rate: ShippingRate
    discount: int

    @property
    def goods(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def shipping(self) -> int:
        return self.rate.amount_minor

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        return self.goods + self.shipping + self.tax - self.discount


@dataclass(frozen=True)
class Quote:
    """What a checkout comes to; every amount is the sum of the shares' own."""

    currency: str
    shares: tuple[Share, ...]
    discount_code: str
    discount_label: str

    def sum(self, name: str) -> int:
        """The sum of the shares' amounts of that name, in minor units."""
        return sum(getattr(share, name) for share in self.shares)

    def money(self, name: str) -> Money:
        """The same as Money."""
        return from_minor(self.sum(name), self.currency)


Discount = Callable[[Sequence[DiscountLine], Mapping[str, int]], Any]


def price_up(
    lines: Mapping[str, Line],
    *,
    categories: Mapping[Any, list[str]],
    address: Mapping[str, str],
    shipping: Mapping[str, str],
    discount: Discount | None,
    types: Mapping[Any, str] | None = None,
) -> Quote:
    """Price the lines (by id), a share a seller in order of their keys.

    ``categories`` are each listing's, from its own to the root, ``types`` their listing types; ``shipping``
    names the chosen rate by seller; ``discount`` asks the DISCOUNTS policy. A discount never exceeds what it
    is off. Raises CartEmpty, MixedCurrencies, UnknownShipping, and what policies raise.
    """
    currency = _currency_of(lines)
    told = {key: _described(key, line, categories, types or {}) for key, line in lines.items()}
    sellers = {str(line.listing.seller_id): line.listing.seller for line in lines.values()}
    rates: dict[str, tuple[ShippingRate, ...]] = {}
    chosen: dict[str, ShippingRate] = {}
    for seller in sorted(sellers):
        own = [row for row in told.values() if row.seller_id == seller]
        rates[seller] = tuple(
            marketplace_settings.SHIPPING.rates(
                seller_id=seller, address=address, currency=currency, lines=own
            )
        )
        chosen[seller] = _choose(rates[seller], shipping.get(seller))
    off: Any = DiscountQuote()
    if discount is not None:
        off = discount(list(told.values()), {seller: rate.amount_minor for seller, rate in chosen.items()})
    shares = [
        _share(
            sellers[seller],
            {key: line for key, line in lines.items() if told[key].seller_id == seller},
            told,
            shipping=(rates[seller], chosen[seller]),
            off=off,
            where=(address, currency),
        )
        for seller in sorted(sellers)
    ]
    return Quote(
        currency=currency, shares=tuple(shares), discount_code=off.code, discount_label=str(off.label)
    )


def _share(
    seller: Any,
    lines: Mapping[str, Line],
    told: Mapping[str, DiscountLine],
    *,
    shipping: tuple[tuple[ShippingRate, ...], ShippingRate],
    off: Any,
    where: tuple[Mapping[str, str], str],
) -> Share:
    address, currency = where
    rates, rate = shipping
    key_of_seller = str(seller.pk)
    discounts = {key: min(max(0, off.lines.get(key, 0)), told[key].total_minor) for key in lines}
    net = [replace(told[key], total_minor=told[key].total_minor - discounts[key]) for key in lines]
    taxes = marketplace_settings.TAX.taxes(
        seller_id=key_of_seller, address=address, currency=currency, lines=net
    )
    priced = tuple(
        PricedLine(
            id=key,
            line=line,
            total=told[key].total_minor,
            discount=discounts[key],
            tax=max(0, taxes.get(key, 0)),
        )
        for key, line in lines.items()
    )
    off_shipping = min(max(0, off.shipping.get(key_of_seller, 0)), rate.amount_minor)
    return Share(
        seller=seller,
        lines=priced,
        rates=rates,
        rate=rate,
        discount=sum(discounts.values()) + off_shipping,
    )


def _currency_of(lines: Mapping[str, Line]) -> str:
    currencies = sorted({line.unit_price.currency.code for line in lines.values()})
    if not currencies:
        raise CartEmpty
    if len(currencies) > 1:
        raise MixedCurrencies(currencies=", ".join(currencies))
    return currencies[0]


def _described(
    key: str, line: Line, categories: Mapping[Any, list[str]], types: Mapping[Any, str]
) -> DiscountLine:
    return DiscountLine(
        id=key,
        listing_id=str(line.listing.pk),
        seller_id=str(line.listing.seller_id),
        category_ids=categories.get(line.listing.pk, []),
        quantity=line.quantity,
        total_minor=money_to_minor(line.total),
        listing_type=types.get(line.listing.pk, ""),
    )


def _choose(rates: Sequence[ShippingRate], code: str | None) -> ShippingRate:
    if not rates and code is None:
        return ShippingRate("", "", 0, needs_address=False)
    if code is None:
        return rates[0]
    for rate in rates:
        if rate.code == code:
            return rate
    raise UnknownShipping(codes=", ".join(rate.code for rate in rates))
