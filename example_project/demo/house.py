"""The people who keep the house alive: they bid through the service as users do, pay, send and receive.

They never act for the visitor's accounts. Their thread stops within a step of being told to.
"""

from __future__ import annotations

import logging
import random
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import close_old_connections, connections
from django.db.models import Q
from django.utils import timezone

from chowk_auctions import services as auctions
from chowk_auctions.models import get_auction_model
from chowk_auctions.selectors import state_of
from chowk_core.exceptions import DomainError
from chowk_core.periodic import tick
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_listing_model, get_order_model
from chowk_payments import services as payments
from demo import stock
from demo.cars import CARS
from demo.people import BIDDERS, SELLERS, card, home_of
from vehicles.models import Car

logger = logging.getLogger(__name__)

LIVE = 9
"""So many lots are under the hammer at any time."""
SHORT = timedelta(seconds=75)
LONGEST = 30
PATIENCE = timedelta(seconds=12)
"""How long winners, sellers and buyers wait before their next step, so that a visitor can watch them."""


class Worker(threading.Thread):
    """A thread that repeats ``step`` until it is stopped. A failed step is logged and the next one comes."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()

    def step(self) -> float:
        """Do one thing; return the seconds until the next."""
        raise NotImplementedError

    def run(self) -> None:
        pause = 0.5
        while not self.stopping.wait(pause):
            try:
                pause = self.step()
            except Exception:
                logger.exception("%s stumbled", self.name)
                pause = 2.0
            close_old_connections()
        connections.close_all()


class Ticker(Worker):
    """Periodic work, once a second."""

    def __init__(self) -> None:
        super().__init__("ticker")

    def step(self) -> float:
        tick()
        return 1.0


class House(Worker):
    """Bidders, winners and sellers."""

    def __init__(self, crowd: dict[str, Any], *, pace: float = 1.0) -> None:
        super().__init__("house")
        self.rng = random.Random()
        self.pace = pace
        self.bidders = [crowd[one.login] for one in BIDDERS]
        self.sellers = [crowd[one.login] for one in SELLERS]
        self.ours = [user.pk for user in (*self.bidders, *self.sellers)]

    def step(self) -> float:
        for work in (self.keep_open, self.bid, self.settle):
            if not self.stopping.is_set():
                work()
        return self.rng.uniform(0.6, 2.2) * self.pace

    def keep_open(self) -> None:
        """Put a lot under the hammer where one is lacking: one ends soon, so that a newcomer sees it fall."""
        now = timezone.now()
        ends = list(
            get_auction_model()._default_manager.filter(status="open").values_list("ends_at", flat=True)
        )
        soon = any(end - now < SHORT for end in ends)
        if len(ends) >= LIVE and soon:
            return
        minutes = 1.2 if not soon else self.rng.uniform(3, LONGEST)
        listing = self.lot()
        stock.hammer(listing, lasting=timedelta(minutes=minutes), seller=listing.seller)

    def lot(self) -> Any:
        """A car of our sellers that is not under the hammer, or another specimen of one that is."""
        running = get_auction_model()._default_manager.filter(status__in=["open", "scheduled"])
        free = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
        free = free.filter(status="active", sale_format="auction", seller__in=self.sellers)
        free = free.exclude(pk__in=list(running.values_list("target_id", flat=True)))
        listing = free.select_related("seller").order_by("?").first()
        if listing is not None and self.rng.random() < 0.7:
            return listing
        specimen = self.rng.choice(CARS)
        copies = Car.objects.filter(make=specimen.make, model=specimen.model).count()
        category = stock.categories()[specimen.body]
        seller = self.rng.choice(self.sellers)
        return stock.offer(specimen, seller=seller, category=category, fixed=False, copy=copies)

    def bid(self) -> None:
        """One bidder looks at one lot, rather at one that ends soon, and bids what it is worth to them."""
        lots = list(get_auction_model()._default_manager.filter(status="open", ends_at__gt=timezone.now()))
        if not lots:
            return
        now = timezone.now()
        weights = [1 / (20 + (lot.ends_at - now).total_seconds()) for lot in lots]
        lot = self.rng.choices(lots, weights)[0]
        bidder = self.rng.choice([one for one in self.bidders if one.pk != lot.leader_id])
        minimum = state_of(lot, bidder).next_minimum
        if minimum is None:
            return
        least, most = Decimal(minimum), self.worth(lot, bidder)
        if least > most:
            return
        reach = least + (most - least) * Decimal(self.rng.uniform(0, 0.35))
        amount = max(least, (reach // 50) * 50)
        self.quietly(auctions.place_bid, auction_id=lot.pk, bidder=bidder, amount=amount)

    def worth(self, lot: Any, bidder: Any) -> Decimal:
        """What the lot is worth to this bidder: their own opinion, and they keep to it."""
        opinion = random.Random(f"{lot.pk}:{bidder.pk}").uniform(0.72, 1.12)
        return Decimal(int(stock.value_of(lot.title) * opinion))

    def settle(self) -> None:
        """Our winners pay, our sellers send, our buyers confirm; each after a while."""
        ripe = Q(updated_at__lte=timezone.now() - PATIENCE)
        orders = get_order_model()._default_manager.select_related("buyer", "seller").filter(ripe)
        for order in orders.filter(status="pending_payment", buyer__in=self.ours)[:2]:
            target = Target.of(order)
            if order.delivery_due:
                home = home_of(order.buyer)
                self.quietly(marketplace.set_delivery, order=order, actor=order.buyer, ship_to=home)
            self.quietly(payments.pay, payer=order.buyer, target=target, method="card", card=card())
        for order in orders.filter(status="paid", seller__in=self.ours)[:2]:
            number = f"TCS {order.number[-4:]}"
            self.quietly(
                marketplace.ship_order, order=order, actor=order.seller, carrier="TCS", tracking_number=number
            )
        for order in orders.filter(status="shipped", buyer__in=self.ours)[:2]:
            self.quietly(marketplace.deliver_order, order=order, actor=order.buyer)

    def quietly(self, service: Any, **asked: Any) -> None:
        """Call a service; that it refuses (outbid meanwhile, ended, paid already) is everyday life."""
        try:
            service(**asked)
        except DomainError as refusal:
            logger.debug("%s refused: %s", service.__name__, refusal)
