"""What was not sold runs again: by its seller, or by itself."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chowk_auctions.abstract_models import AbstractAuction, Status
from chowk_auctions.amounts import parse_amount
from chowk_auctions.bid_stores import auction_key, lock_auction
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.events import AuctionRelisted
from chowk_auctions.exceptions import AuctionNotFound, InvalidPrices, NotRelistable
from chowk_auctions.models import get_auction_model
from chowk_auctions.services.auctions import put_up
from chowk_auctions.services.telling import stream_of
from chowk_core.exceptions import DomainError, NotAllowed
from chowk_core.money import amount_text
from chowk_core.policies import ask
from chowk_core.publishing import publish

logger = logging.getLogger("chowk_auctions")

KEPT = (
    "format",
    "title",
    "currency",
    "reserve_price",
    "buy_now_price",
    "extension_window",
    "extension",
    "second_chance",
    "below_reserve",
    "relist_price",
)
"""The terms that a relisting takes over."""


def relist_auction(
    *,
    auction_id: Any,
    actor: Any,
    starting_price: Decimal | str | None = None,
    now: datetime | None = None,
) -> AbstractAuction:
    """Run an unsold auction again, on the same terms and for as long as it was planned; its seller or staff.

    ``starting_price`` is in units of the currency; without it it starts as before. Asks MAY_AUCTION, then
    locks the old auction's row. Publishes ``auctions.opened`` and ``auctions.relisted``. Raises
    AuctionNotFound, NotAllowed (somebody else), Refused, NotRelistable (not unsold, or relisted before),
    TargetOnAuction, InvalidPrices and what ``parse_amount`` raises.
    """
    auction = get_auction_model()._default_manager.filter(pk=auction_key(auction_id)).first()
    if auction is None:
        raise AuctionNotFound()
    if not actor.is_staff and auction.seller_id != actor.pk:
        raise NotAllowed()
    minor = (
        None
        if starting_price is None
        else parse_amount(starting_price, auction.currency, field="starting_price")
    )
    with transaction.atomic():
        return _relist(auction, now, starting_price=minor, automatic=False)


def relist_due_auctions(*, now: datetime | None = None) -> int:
    """Run those again that ended unsold and have relistings left; return how many. Periodic.

    An auction a transaction, from the ``relist_price`` if there is one. Where MAY_AUCTION refuses, the object
    is gone or on auction elsewhere, it is tried again until RELIST_PATIENCE is over, and so it is where a
    policy fails, which is logged: it holds up no other auction. Locks and publishes what ``relist_auction``
    does.
    """
    moment, relisted = read_clock(now), 0
    auctions: Any = get_auction_model()._default_manager
    due = auctions.to_relist(moment, auctions_settings.RELIST_PATIENCE)
    for auction in due.select_related("seller").order_by("pk"):
        try:
            with transaction.atomic():
                _relist(auction, now, starting_price=auction.relist_price, automatic=True)
        except DomainError as error:
            logger.info("the auction %s was not relisted: %s", auction.pk, error.code)
        except Exception:  # one site's policy must not keep others' auctions from running again
            logger.exception("the auction %s could not be relisted", auction.pk)
        else:
            relisted += 1
    return relisted


def _relist(
    known: AbstractAuction, now: datetime | None, *, starting_price: int | None, automatic: bool
) -> AbstractAuction:
    # The policy before the lock: it may lock the object, which create_auction does first, too.
    ask(auctions_settings.MAY_AUCTION, seller=known.seller, target=known.target)
    old = lock_auction(known.pk)
    moment = read_clock(now)
    if old.status != Status.UNSOLD or old.relisted_at is not None or (automatic and not old.relists_left):
        raise NotRelistable()
    fresh = _copy(old, moment, starting_price or old.starting_price)
    if automatic:
        fresh.relists_left -= 1
    old.relisted_at = moment
    old.save(update_fields=["relisted_at"])
    put_up(fresh, moment)
    publish(
        AuctionRelisted(
            auction_id=str(old.pk),
            new_auction_id=str(fresh.pk),
            target_type=old.target.type,
            target_id=old.target.id,
            seller_id=str(old.seller_id),
            starting_price=amount_text(fresh.starting_price, fresh.currency),
            currency=fresh.currency,
            automatic=automatic,
        ),
        stream=stream_of(old),
    )
    return fresh


def _copy(old: AbstractAuction, now: datetime, price: int) -> AbstractAuction:
    """A new auction on the terms of ``old``, from ``price``. Raises InvalidPrices."""
    if price > (old.reserve_price or price) or price > (old.buy_now_price or price):
        raise InvalidPrices(field="starting_price")
    ends_at = now + (old.length or old.ends_at - old.starts_at)
    fresh = get_auction_model()(
        **{name: getattr(old, name) for name in KEPT},
        seller_id=old.seller_id,
        starting_price=price,
        price=price,
        starts_at=now,
        ends_at=ends_at,
        hard_ends_at=ends_at + auctions_settings.LONGEST_EXTENSION,
        length=ends_at - now,
        relists_left=old.relists_left,
        relisted_from_id=old.pk,
    )
    if fresh.relist_price is not None:
        fresh.relist_price = min(fresh.relist_price, price)
    fresh.target = old.target
    return fresh
