"""How a listing looks to other packages' pages and to our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from chowk_core.cards import Card, Picture
from chowk_marketplace import cart_selectors, selectors

PAINTS = ("teal", "saffron", "brick", "navy", "ivory", "olive", "wine", "slate")
"""The colourings a drawn placeholder may know, by fragment of its address."""


def listing_cards(ids: Sequence[str], viewer: Any) -> Mapping[str, Card]:
    """The cards of visible listings by id. Answers ``CARDS`` for the listing type."""
    try:
        rows = list(selectors.for_cards(selectors.visible_listings(viewer).filter(pk__in=ids)))
    except (ValidationError, ValueError, TypeError):
        return {}
    if len(rows) == 1:
        return {str(rows[0].pk): card_of(selectors.listing_for(viewer, rows[0].pk), whole=True)}
    return {str(listing.pk): card_of(listing) for listing in selectors.as_own_types(rows)}


def order_cards(ids: Sequence[str], viewer: Any) -> Mapping[str, Card]:
    """The cards of the viewer's orders by id. Answers ``CARDS`` for the order."""
    images = Prefetch("lines__listing__images", queryset=selectors.primary_images())
    try:
        rows = list(
            selectors.visible_orders(viewer).filter(pk__in=ids).prefetch_related("lines__listing", images)
        )
    except (ValidationError, ValueError, TypeError):
        return {}
    return {str(order.pk): _order_card(order) for order in rows}


def group_cards(ids: Sequence[str], viewer: Any) -> Mapping[str, Card]:
    """The cards of the viewer's checkouts by id. Answers ``CARDS`` for the order group."""
    try:
        rows = list(cart_selectors.visible_groups(viewer).filter(pk__in=ids))
    except (ValidationError, ValueError, TypeError):
        return {}
    return {str(row.pk): _group_card(row) for row in rows}


def _group_card(group: Any) -> Card:
    titles = [line.title for order in group.orders.all() for line in order.lines.all()]
    more = len(titles) - 1
    title = gettext("%(title)s and %(more)d more") % {"title": titles[0], "more": more} if more else titles[0]
    numbers = ", ".join(order.number for order in group.orders.all())
    return Card(
        title=title,
        url=_address("chowk_marketplace_pages:checkout-group", group.pk),
        facts=((gettext("Orders"), numbers),),
    )


def _order_card(order: Any) -> Card:
    line = order.lines.all()[0]
    return Card(
        title=line.title,
        url=_address("chowk_marketplace_pages:order", order.pk),
        pictures=pictures_of(line.listing),
        facts=((gettext("Order"), order.number), (gettext("Seller"), str(order.seller))),
    )


def card_of(listing: Any, *, whole: bool = False) -> Card:
    """The card of a loaded listing; ``whole`` with all pictures, specification and description."""
    return Card(
        title=listing.title,
        url=listing_url(listing),
        pictures=pictures_of(listing),
        facts=tuple((str(label), str(text)) for label, text in listing.facts()),
        specification=tuple(
            (str(head), tuple((str(label), str(text)) for label, text in rows))
            for head, rows in (listing.specification() if whole else ())
        ),
        description=listing.description if whole else "",
        trail=tuple((category.name, category_url(category)) for category in _path(listing)),
    )


def pictures_of(listing: Any) -> tuple[Picture, ...]:
    """The listing's images, the primary one first; without any, its drawn placeholder."""
    found = sorted(listing.images.all(), key=lambda image: image.position)
    if not found:
        return (placeholder_of(listing),)
    return tuple(picture_of(image, listing) for image in found)


def picture_of(image: Any, listing: Any) -> Picture:
    """One image of a listing, called what the listing is where nobody has described it."""
    return Picture(
        src=image.thumbnail_url(640),
        srcset=image.srcset,
        alt=image.alt_text or listing.title,
        width=image.width,
        height=image.height,
    )


def placeholder_of(listing: Any) -> Picture:
    """A drawing for what has no photograph, in one of the paints, always the same for one listing."""
    paint = PAINTS[crc32(str(listing.pk).encode()) % len(PAINTS)]
    src = f"{static(listing.placeholder)}#{paint}"
    return Picture(src=src, alt="", width=1600, height=1000)


def listing_url(listing: Any) -> str:
    """The address of the listing's page; empty where a site does not mount the pages."""
    return _address("chowk_marketplace_pages:listing", listing.pk)


def category_url(category: Any) -> str:
    """The address of the shop window with this category; empty where a site does not mount the pages."""
    browse = _address("chowk_marketplace_pages:browse")
    return browse and f"{browse}?category={category.slug}"


def _address(name: str, *keys: Any) -> str:
    try:
        return reverse(name, args=keys)
    except NoReverseMatch:
        return ""


def _path(listing: Any) -> Sequence[Any]:
    return getattr(listing, "category_path", ())
