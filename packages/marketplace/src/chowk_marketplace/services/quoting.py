"""What lines come to for a buyer with their wishes, and what of that an order keeps.

A checkout, a purchase and the delivery of an order are priced here, and so alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from moneyed import Money

from chowk_core.money import from_minor
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import TotalChanged
from chowk_marketplace.listing_types import type_name
from chowk_marketplace.models import get_category_model, get_order_line_model
from chowk_marketplace.services.orders import Line, fee_of
from chowk_marketplace.services.pricing import Quote, Share, price_up


@dataclass(frozen=True)
class Wishes:
    """What the buyer chose: an address's snapshot, ways of sending by seller key, a discount code."""

    ship_to: Mapping[str, str] = field(default_factory=dict)
    shipping: Mapping[str, str] = field(default_factory=dict)
    discount_code: str = ""


@dataclass(frozen=True)
class Terms:
    """What an order keeps of its share: ``fields`` of its own, and discount and tax of its lines in their
    order."""

    fields: Mapping[str, Any]
    discounts: list[Money]
    taxes: list[Money]


def price_of(
    lines: Mapping[str, Line], buyer: Any, wishes: Wishes, *, key: str = "", holds: bool = False
) -> Quote:
    """Price the lines (by id) for ``buyer``; ``key`` is what a use of their discount code stands under, and
    with ``holds`` one is taken.

    Raises CartEmpty, MixedCurrencies, UnknownShipping, and what the policies raise.
    """

    def discount(told: Any, shipping: Any) -> Any:
        policy = marketplace_settings.DISCOUNTS
        question = {
            "code": wishes.discount_code,
            "buyer": buyer,
            "currency": told and next(iter(lines.values())).unit_price.currency.code,
            "lines": told,
            "shipping": shipping,
            **({"key": key} if key else {}),
        }
        return policy.hold(**question) if holds else policy.quote(**question)

    return price_up(
        lines,
        categories=_categories(lines) if wishes.discount_code else {},
        address=wishes.ship_to,
        shipping=wishes.shipping,
        discount=discount if wishes.discount_code else None,
        types={line.listing.pk: _type_of(line.listing) for line in lines.values()},
    )


def agreed(quote: Quote, agreed_total: Money | None) -> Quote:
    """The quote, if it comes to ``agreed_total`` (None: to whatever). Raises TotalChanged."""
    if agreed_total is not None and agreed_total != quote.money("total"):
        raise TotalChanged(total=str(quote.money("total")))
    return quote


def is_homeless(share: Share, wishes: Wishes) -> bool:
    """Whether it has to be sent and nobody has said where."""
    return share.rate.needs_address and not wishes.ship_to


def terms_of(share: Share, currency: str, wishes: Wishes, *, due: bool = False) -> Terms:
    """What an order keeps of ``share``. Where its delivery is ``due``, shipping and tax are still to come."""

    def money(minor: int) -> Money:
        return from_minor(minor, currency)

    off = [line.discount for line in share.lines]
    taxes = [0 if due else line.tax for line in share.lines]
    shipping, discount = (0, sum(off)) if due else (share.shipping, share.discount)
    total = money(share.goods + shipping + sum(taxes) - discount)
    fields = {
        "shipping": money(shipping),
        "discount": money(discount),
        "tax": money(sum(taxes)),
        "total": total,
        "platform_fee": fee_of(total, [line.line for line in share.lines]),
        "ship_to": dict(wishes.ship_to) if share.rate.needs_address else {},
        "shipping_method": "" if due else str(share.rate.label)[:80],
        "shipping_code": "" if due else share.rate.code[:40],
        "delivery_due": due,
    }
    return Terms(fields, [money(minor) for minor in off], [money(minor) for minor in taxes])


def write_terms(order: Any, rows: list[Any], terms: Terms) -> None:
    """Give a locked order and its lines, ``rows``, other terms."""
    for name, value in terms.fields.items():
        setattr(order, name, value)
    order.save(update_fields=[*terms.fields, "platform_fee_currency", "updated_at"])
    for row, discount, tax in zip(rows, terms.discounts, terms.taxes, strict=True):
        row.discount, row.tax = discount, tax
    get_order_line_model()._default_manager.bulk_update(rows, ["discount", "tax"])


def _type_of(listing: Any) -> str:
    """The name of its listing type, which a row of the root model knows too."""
    content_type = ContentType.objects.get_for_id(listing.polymorphic_ctype_id)
    return type_name(content_type.model_class() or type(listing))


def _categories(lines: Mapping[str, Line]) -> dict[Any, list[str]]:
    """Of each listing the keys of its category and of all above it, as text."""
    model = get_category_model()
    paths = {line.listing.pk: model.ancestor_paths(line.listing.category.path) for line in lines.values()}
    wanted = {path for own in paths.values() for path in own}
    keys = dict(model.objects.filter(path__in=wanted).values_list("path", "pk"))
    return {pk: [str(keys[path]) for path in reversed(own)] for pk, own in paths.items()}
