"""What the visitor finds: people, cars, auctions in every state, orders on every step of their way."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chowk_auctions import services as auctions
from chowk_auctions.models import get_auction_model
from chowk_core.exceptions import DomainError
from chowk_core.money import amount_text
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_listing_model, get_order_model
from chowk_payments import services as payments
from demo import goods, stock
from demo.cars import CARS
from demo.people import BIDDERS, SELLERS, card, fill_wallet, people

FIXED_PRICE = 14
PICTURED = {"1983 Alfa Romeo Spider 2000", "1985 Volvo 240 GL", "1985 Volvo 760 Turbo"}
WALLET = 2_500_000
LATE = timedelta(hours=3)


def seed(say: Callable[[str], None]) -> dict[str, Any]:
    """Lay everything out, once; a second call only makes sure of the people. Returns them by login."""
    crowd = people()
    if get_listing_model().objects.exists():
        return crowd
    say("Opening accounts and wallets")
    for login in ("ben", "bilal", "chen"):
        fill_wallet(crowd[login], WALLET)
    found = stock.categories()  # cars are the first of all
    say("Filling shelves")
    goods.fill_shelves(crowd)
    say("Parking cars")  # last, for the newest stand first in the window
    rng = random.Random(1985)  # the same house for everybody
    lots = _park(crowd, found, rng)
    say("Letting hammers fall, paying, sending, receiving")
    _past(crowd, lots, rng)
    say("Opening auctions")
    _present(crowd, lots)
    return crowd


def _park(crowd: dict[str, Any], found: dict[str, Any], rng: random.Random) -> list[Any]:
    """All cars as listings; the auctioned ones are returned, in the order they come under the hammer."""
    sellers = [crowd[one.login] for one in SELLERS]
    lots = []
    for i, specimen in enumerate(CARS):
        fixed = i % 3 == 2 and i // 3 < FIXED_PRICE
        seller = crowd["amina"] if i in {0, 7, 9} else rng.choice(sellers)
        listing = stock.offer(specimen, seller=seller, category=found[specimen.body], fixed=fixed)
        if specimen.title in PICTURED:
            stock.picture(listing, specimen.body)
        if not fixed:
            lots.append(listing)
    rng.shuffle(lots)
    return lots


def _past(crowd: dict[str, Any], lots: list[Any], rng: random.Random) -> None:
    """Auctions that have ended: sold to somebody on each step of an order's way, and unsold."""
    steps = ("won", "paid", "shipped", "delivered", "paid", "cancelled")
    mine = [lot for lot in lots if lot.seller_id == crowd["amina"].pk]
    theirs = [lot for lot in lots if lot.seller_id != crowd["amina"].pk]
    sold = [theirs.pop(0) for _step in steps[:4]] + [mine.pop(0), theirs.pop(0)]
    winners = [crowd["ben"]] * 4 + [crowd["bilal"], crowd["chen"]]
    unsold = [theirs.pop(0), theirs.pop(0)]
    start = timezone.now() - LATE
    won = [
        (_run(lot, crowd, start + timedelta(minutes=i), winner, rng), step)
        for i, (lot, winner, step) in enumerate(zip(sold, winners, steps, strict=True))
    ]
    stock.hammer(unsold[0], lasting=timedelta(minutes=20), seller=unsold[0].seller, now=start)
    _short_of_reserve(unsold[1], crowd, start)
    auctions.close_due_auctions(now=start + timedelta(hours=1))
    for auction, step in won:
        _walk(get_order_model()._default_manager.get(source_id=str(auction.pk)), step)
    gone = {lot.pk for lot in (*sold, *unsold)}
    lots[:] = [lot for lot in lots if lot.pk not in gone]


def _run(lot: Any, crowd: dict[str, Any], start: datetime, winner: Any, rng: random.Random) -> Any:
    """A past auction with a dozen bids and ``winner`` on top."""
    auction = stock.hammer(lot, lasting=timedelta(minutes=40), seller=lot.seller, now=start)
    rivals = [crowd[one.login] for one in BIDDERS if crowd[one.login].pk != winner.pk]
    value = stock.value_of(lot.title)
    for minute in range(1, 12):
        amount = Decimal(int(value * (0.5 + 0.03 * minute) // 50 * 50))
        _bid(auction, rng.choice(rivals), amount, start + timedelta(minutes=3 * minute))
    _bid(auction, winner, Decimal(value), start + timedelta(minutes=38))
    return auction


def _short_of_reserve(lot: Any, crowd: dict[str, Any], start: datetime) -> None:
    value = stock.value_of(lot.title)
    auction = auctions.create_auction(
        seller=lot.seller,
        target=Target.of(lot),
        title=lot.title,
        currency=stock.CURRENCY,
        starting_price=Decimal(value // 4),
        reserve_price=Decimal(value),
        ends_at=start + timedelta(minutes=30),
        now=start,
    )
    for i, one in enumerate(BIDDERS[:3]):
        _bid(auction, crowd[one.login], Decimal(value * (6 + i) // 12), start + timedelta(minutes=5 * i + 5))


def _walk(order: Any, step: str) -> None:
    """Take an order to ``step`` of its way, as its buyer and its seller would."""
    if step == "won":
        return
    if step == "cancelled":
        marketplace.cancel_order(
            order=order, actor=order.seller, note="The title papers turned out to be lost."
        )
        return
    payments.pay(payer=order.buyer, target=Target.of(order), method="card", card=card())
    order = get_order_model()._default_manager.get(pk=order.pk)
    if step in {"shipped", "delivered"}:
        marketplace.ship_order(
            order=order, actor=order.seller, carrier="TCS", tracking_number="TCS 4471 0932"
        )
    if step == "delivered":
        order = get_order_model()._default_manager.get(pk=order.pk)
        marketplace.deliver_order(order=order, actor=order.buyer)


def _present(crowd: dict[str, Any], lots: list[Any]) -> None:
    """One lot that ends within a minute, some with minutes left, one to come."""
    minutes = (0.75, 3, 5, 8, 12, 18, 25, 40, 90)
    for lot, left in zip(lots, minutes, strict=False):
        auction = stock.hammer(
            lot,
            lasting=timedelta(minutes=left + 2),
            seller=lot.seller,
            now=timezone.now() - timedelta(minutes=2),
        )
        opening(auction, crowd)
    for lot in lots[len(minutes) : len(minutes) + 1]:
        stock.hammer(lot, lasting=timedelta(minutes=30), seller=lot.seller, starts_in=timedelta(minutes=6))


def opening(auction: Any, crowd: dict[str, Any]) -> None:
    """The first few bids, so that no lot looks abandoned."""
    rng = random.Random(str(auction.pk))
    start = Decimal(
        amount_text(get_auction_model()._default_manager.get(pk=auction.pk).price, stock.CURRENCY)
    )
    for i in range(rng.randint(2, 6)):
        rival = crowd[rng.choice(BIDDERS).login]
        _bid(auction, rival, Decimal(int(start * Decimal(1 + 0.06 * i) // 50 * 50)), timezone.now())


def _bid(auction: Any, bidder: Any, amount: Decimal, now: datetime) -> None:
    """One bid; a refused one is part of the game."""
    try:
        auctions.place_bid(auction_id=auction.pk, bidder=bidder, amount=amount, now=now)
    except DomainError:
        return
