"""What the services of listings, stock and orders share. Not public."""

from __future__ import annotations

from typing import Any

from django_fsm import TransitionNotAllowed
from moneyed import Money

from chowk_core.money import money_to_minor
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import InvalidPrice, PriceTooLarge, WrongTransition

LARGEST_AMOUNT = 10**15
"""In minor units: no price and no total exceeds it. SQLite keeps decimals as floating point, which is exact
up to 15 digits; and it is as much as an auction takes."""


def step(instance: Any, name: str) -> None:
    """Take the state machine's step ``name``. Raises WrongTransition where there is none from here."""
    try:
        getattr(instance, name)()
    except TransitionNotAllowed as error:
        raise WrongTransition(status=instance.get_status_display()) from error


def tell(listing: Any, event: type[Any]) -> None:
    """Publish a listing event."""
    publish(
        event(
            listing_id=str(listing.pk),
            seller_id=str(listing.seller_id),
            title=listing.title,
            sale_format=listing.sale_format,
        ),
        stream=f"marketplace.listing:{listing.pk}",
    )


def most_of(listing: Any) -> int:
    """The largest stock that a listing may have."""
    return 1 if listing.is_auction else marketplace_settings.MAX_QUANTITY


def check_amount(price: Money | None) -> None:
    """Raises InvalidPrice unless it is above zero and at most LARGEST_AMOUNT, InvalidAmount if too fine."""
    if price is None or (minor := money_to_minor(price)) <= 0:
        raise InvalidPrice
    if minor > LARGEST_AMOUNT:
        raise PriceTooLarge
