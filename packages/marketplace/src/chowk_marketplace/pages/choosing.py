"""Choosing a variant on a listing's page: an answer is a link to the page with that variant chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Offer:
    """A variant, what it costs and how many are left of it."""

    variant: Any
    price: Any
    left: int


@dataclass(frozen=True)
class Answer:
    """One value of an option, and the offer that choosing it leads to."""

    text: str
    offer: Offer
    chosen: bool


@dataclass(frozen=True)
class Question:
    """An option and its values, in the order of the variants. No label: the variants as they are called."""

    label: str
    answers: Sequence[Answer]


def offers_of(listing: Any) -> list[Offer]:
    """The active variants of a listing. One statement."""
    rows = listing.variants.filter(active=True).select_related("stock").order_by("position", "pk")
    return [Offer(row, row.price_on(listing), row.stock.available) for row in rows]


def chosen_offer(offers: Sequence[Offer], key: str) -> Offer | None:
    """The offer of the variant with ``key``; else the first of which something is left; else the first."""
    named = (offer for offer in offers if str(offer.variant.pk) == key)
    left = (offer for offer in offers if offer.left > 0)
    return next(named, None) or next(left, None) or next(iter(offers), None)


def questions(offers: Sequence[Offer], chosen: Offer | None) -> list[Question]:
    """What there is to choose: each option by itself, or the variants where their options differ."""
    if chosen is None or len(offers) < 2:
        return []
    if len({frozenset(offer.variant.options) for offer in offers}) > 1:
        answers = [Answer(str(offer.variant), offer, offer is chosen) for offer in offers]
        return [Question("", answers)]
    return [Question(name, _answers(offers, chosen, name)) for name, _value in chosen.variant.sorted_options]


def _answers(offers: Sequence[Offer], chosen: Offer, name: str) -> list[Answer]:
    values = dict.fromkeys(offer.variant.options[name] for offer in offers)
    own = chosen.variant.options
    return [Answer(value, _with(offers, own, name, value), own[name] == value) for value in values]


def _with(offers: Sequence[Offer], own: dict[str, str], name: str, value: str) -> Offer:
    """What is chosen with another value of one option; where there is none such, another with that value."""
    alike = [offer for offer in offers if offer.variant.options[name] == value]
    same = (offer for offer in alike if offer.variant.options == {**own, name: value})
    left = (offer for offer in alike if offer.left > 0)
    return next(same, None) or next(left, None) or alike[0]
