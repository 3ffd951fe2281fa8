"""Making, opening and calling off auctions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chowk_auctions.abstract_models import RUNNING, AbstractAuction, Status
from chowk_auctions.amounts import parse_amount
from chowk_auctions.bid_stores import lock_auction, lock_some
from chowk_auctions.clock import read_clock
from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Format, Standing
from chowk_auctions.events import AuctionCancelled, AuctionOpened, AuctionScheduled
from chowk_auctions.exceptions import (
    AuctionNotOpen,
    HasBids,
    InvalidPrices,
    InvalidRelist,
    InvalidTimes,
    InvalidTitle,
    NoBuyNow,
    TargetOnAuction,
    UnknownFormat,
)
from chowk_auctions.models import get_auction_model
from chowk_auctions.sealing import cipher
from chowk_auctions.services.telling import iso, stream_of
from chowk_core.exceptions import NotAllowed
from chowk_core.money import amount_text
from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_core.targets import Target


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a seller asks. Amounts are in units of ``currency``; None leaves out or to the settings."""

    currency: str
    starting_price: Decimal | str
    ends_at: datetime
    starts_at: datetime | None = None
    hard_ends_at: datetime | None = None
    reserve_price: Decimal | str | None = None
    buy_now_price: Decimal | str | None = None
    extension_window: timedelta | None = None
    extension: timedelta | None = None
    format: str = "english"
    second_chance: bool | None = None
    below_reserve: bool = False
    relists: int | None = None
    relist_price: Decimal | str | None = None


def create_auction(
    *, seller: Any, target: Target, title: str, now: datetime | None = None, **terms: Any
) -> AbstractAuction:
    """Put ``target`` up for auction by ``seller`` on ``terms`` (the fields of Terms).

    Opens at once unless ``starts_at`` lies ahead. Publishes ``auctions.scheduled`` or ``auctions.opened``.
    Locks nothing beforehand: that an object is in one unfinished auction is a constraint of the database.
    Raises UnknownTarget, Refused (a MAY_AUCTION policy), UnknownCurrency, InvalidAmount, AmountOutOfRange,
    InvalidPrices, InvalidTimes, InvalidTitle, InvalidRelist, NoBuyNow, UnknownFormat, TargetOnAuction.
    """
    asked = Terms(**terms)
    target = target.canonical()
    target.get()
    with transaction.atomic():
        if not 0 < len(title := title.strip()) <= 200:
            raise InvalidTitle()
        ask(auctions_settings.MAY_AUCTION, seller=seller, target=target)
        moment = read_clock(now)
        auction = get_auction_model()(
            seller=seller, title=title, format=asked.format, **_prices(asked), **_times(asked, moment)
        )
        auction.target = target
        _apply_format(auction)
        _apply_aftermath(auction, asked)
        put_up(auction, moment)
    return auction


def put_up(auction: AbstractAuction, now: datetime) -> None:
    """Save a new ``auction`` and tell of it, in the caller's transaction. Raises TargetOnAuction."""
    auction.status = Status.OPEN if auction.starts_at <= now else Status.SCHEDULED
    try:
        with transaction.atomic():
            auction.save(force_insert=True)
    except IntegrityError as error:
        if get_auction_model()._default_manager.for_target(auction.target).unfinished().exists():  # type: ignore[attr-defined]
            raise TargetOnAuction() from error
        raise
    _announce(auction, AuctionOpened if auction.status == Status.OPEN else AuctionScheduled)


def open_due_auctions(*, now: datetime | None = None) -> int:
    """Open every scheduled auction whose start has come; return how many. For periodic running.

    Locks rows like the closer does. Publishes ``auctions.opened``.
    """
    opened = 0
    while batch := _open_batch(now):
        opened += batch
    return opened


def cancel_auction(
    *, auction_id: Any, actor: Any, reason: str = "", now: datetime | None = None
) -> AbstractAuction:
    """Call an auction off: its seller while nobody has bid, staff as long as it runs.

    Locks the auction's row. Publishes ``auctions.cancelled``. Raises AuctionNotFound, NotAllowed (somebody
    else), AuctionNotOpen (it has closed), HasBids.
    """
    with transaction.atomic():
        auction = lock_auction(auction_id)
        if not actor.is_staff and auction.seller_id != actor.pk:
            raise NotAllowed()
        if auction.status not in RUNNING:
            raise AuctionNotOpen()
        if (auction.bid_count or auction.sealed_count) and not actor.is_staff:
            raise HasBids()
        auction.status, auction.closed_at, auction.cancel_reason = Status.CANCELLED, read_clock(now), reason
        auction.save(update_fields=["status", "closed_at", "cancel_reason"])
        target = auction.target
        publish(
            AuctionCancelled(
                auction_id=str(auction.pk), target_type=target.type, target_id=target.id, reason=reason
            ),
            stream=stream_of(auction),
        )
    return auction


def _open_batch(now: datetime | None) -> int:
    with transaction.atomic():
        due = get_auction_model()._default_manager.due_to_open(read_clock(now))  # type: ignore[attr-defined]
        auctions = lock_some(due, auctions_settings.CLOSE_BATCH)
        for auction in auctions:
            if auction.status == Status.SCHEDULED:
                auction.status = Status.OPEN
                auction.save(update_fields=["status"])
                _announce(auction, AuctionOpened)
    return len(auctions)


def _apply_format(auction: AbstractAuction) -> None:
    """What the format leaves no choice about. Raises UnknownFormat, NoBuyNow, ImproperlyConfigured."""
    rules: Format | None = auctions_settings.FORMATS.get(auction.format)
    if rules is None:
        raise UnknownFormat(format=auction.format)
    if rules.sealed:
        cipher()  # without it no bid could be taken: better told now
    standing = Standing(auction.starting_price, auction.starting_price, reserve_price=auction.reserve_price)
    if auction.buy_now_price is not None and not rules.buy_now_open(standing):
        raise NoBuyNow()
    if not rules.soft_close:
        auction.extension_window = auction.extension = timedelta(0)


def _apply_aftermath(auction: AbstractAuction, asked: Terms) -> None:
    """What happens where nobody buys or nobody pays. Raises InvalidRelist and what ``parse_amount`` does."""
    auction.second_chance = (
        auctions_settings.SECOND_CHANCE if asked.second_chance is None else asked.second_chance
    )
    auction.below_reserve = asked.below_reserve
    relists = auctions_settings.RELISTS if asked.relists is None else asked.relists
    if not 0 <= relists <= max(auctions_settings.MOST_RELISTS, auctions_settings.RELISTS):
        raise InvalidRelist(
            str(_("Choose at most %(most)s relistings.")),
            field="relists",
            most=auctions_settings.MOST_RELISTS,
        )
    auction.relists_left = relists
    if asked.relist_price is not None:
        auction.relist_price = parse_amount(asked.relist_price, asked.currency, field="relist_price")
        if auction.relist_price > auction.starting_price:
            raise InvalidRelist()


def _prices(asked: Terms) -> dict[str, Any]:
    """The amounts in minor units. Raises InvalidPrices where they contradict each other."""
    given = {name: getattr(asked, name) for name in ("starting_price", "reserve_price", "buy_now_price")}
    minor = {
        name: None if amount is None else parse_amount(amount, asked.currency, field=name)
        for name, amount in given.items()
    }
    start, reserve, buy = (minor[name] or 0 for name in given)
    if reserve and reserve < start:
        raise InvalidPrices(field="reserve_price")
    if buy and buy < max(start, reserve):
        raise InvalidPrices(field="buy_now_price")
    return {**minor, "currency": asked.currency, "price": start}


def _times(asked: Terms, now: datetime) -> dict[str, Any]:
    """When it runs. An auction that should have started already starts now. Raises InvalidTimes."""
    starts_at = max(asked.starts_at or now, now)
    if starts_at - now > auctions_settings.LONGEST:
        raise InvalidTimes(field="starts_at")
    if not auctions_settings.SHORTEST <= asked.ends_at - starts_at <= auctions_settings.LONGEST:
        raise InvalidTimes()
    hard_ends_at = asked.hard_ends_at or asked.ends_at + auctions_settings.LONGEST_EXTENSION
    if hard_ends_at < asked.ends_at:
        raise InvalidTimes(field="hard_ends_at")
    window, extension = asked.extension_window, asked.extension
    for name, value in (("extension_window", window), ("extension", extension)):
        if value is not None and not timedelta(0) <= value <= auctions_settings.LONGEST:
            raise InvalidTimes(field=name)
    return {
        "starts_at": starts_at,
        "ends_at": asked.ends_at,
        "hard_ends_at": hard_ends_at,
        "length": asked.ends_at - starts_at,
        "extension_window": auctions_settings.EXTENSION_WINDOW if window is None else window,
        "extension": auctions_settings.EXTENSION if extension is None else extension,
    }


def _announce(auction: AbstractAuction, event: type[AuctionOpened] | type[AuctionScheduled]) -> None:
    target = auction.target
    publish(
        event(
            auction_id=str(auction.pk),
            target_type=target.type,
            target_id=target.id,
            seller_id=str(auction.seller_id),
            title=auction.title,
            starting_price=amount_text(auction.starting_price, auction.currency),
            currency=auction.currency,
            starts_at=iso(auction.starts_at),
            ends_at=iso(auction.ends_at),
        ),
        stream=stream_of(auction),
    )
