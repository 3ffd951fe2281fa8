"""The site's rules, applied to an auction's public facts."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from functools import partial

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, Status
from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Increment, Standing

logger = logging.getLogger("chowk_auctions")


def increments(currency: str) -> Increment:
    """The INCREMENTS policy for one currency."""
    return partial(auctions_settings.INCREMENTS.increment, currency=currency)


def next_minimum(auction_format: str, standing: Standing, currency: str) -> int:
    """The least maximum that the next bidder may name, in minor units."""
    return auctions_settings.FORMATS[auction_format].minimum(standing, increments(currency))


def public_standing(auction: AbstractAuction) -> Standing:
    """The engine's view without anybody's maximum; enough for ``minimum`` and ``buy_now_open``."""
    return Standing(
        starting_price=auction.starting_price,
        price=auction.price,
        leader=auction.leader_id,
        reserve_price=auction.reserve_price,
        reserve_met=auction.reserve_met,
    )


def can_buy_now(auction: AbstractAuction) -> bool:
    """Whether the buy-now price is on offer."""
    return (
        auction.status == Status.OPEN
        and auction.buy_now_price is not None
        and auctions_settings.FORMATS[auction.format].buy_now_open(public_standing(auction))
    )


def is_sealed(auction: AbstractAuction) -> bool:
    """Whether what was bid is secret: in a sealed format, until the reveal."""
    hidden = auction.status in (Status.SCHEDULED, Status.OPEN, Status.CANCELLED)
    return hidden and has_sealed_bids(auction)


def has_sealed_bids(auction: AbstractAuction) -> bool:
    """Whether its format takes sealed bids; False for a format that the site has no more."""
    return bool(getattr(auctions_settings.FORMATS.get(auction.format), "sealed", False))


def owes(auction: AbstractAuction) -> bool:
    """Whether it is sold, and its buyer has neither paid nor defaulted, nor was the sale undone."""
    over = (auction.settled_at, auction.defaulted_at, auction.voided_at)
    return auction.status == Status.SOLD and auction.settle_by is not None and over == (None, None, None)


def pay_url_of(auction: AbstractAuction) -> str:
    """What PAY_URL answers; "" where it fails, which is logged: a link must not cost what it stands on.

    Within a transaction it is asked behind a savepoint, so that a statement of it that fails spoils nothing.
    """
    try:
        with transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext():
            return auctions_settings.PAY_URL(auction=auction)
    except Exception:
        logger.exception("where the auction %s is paid could not be said", auction.pk)
        return ""
