"""The story of a car that four winners in a row do not pay for, and the fifth bidder does."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from chowk_auctions.models import get_auction_model, get_second_chance_offer_model
from chowk_core.models import LoggedEvent
from chowk_marketplace.models import get_order_model
from chowk_payments.models import get_transfer_model
from story import clock
from story.people import PASSWORD, Person
from story.sale import CAR, Sale
from story.server import Site

MAXIMA = ("2000.00", "1900.00", "1700.00", "1500.00", "1200.00")
"""What each bids, the first winner first."""


class Chain(Sale):
    """From the listing to the completed order of the fifth sale."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.bidders = [Person(site, f"bidder-{number}") for number in range(len(MAXIMA))]
        self.winner = self.bidders[-1]
        self.people = [self.seller, *self.bidders]

    def run(self) -> None:
        for person in self.people:
            person.register()
        self.list_car()
        self.start_auction()
        for bidder, amount in reversed(list(zip(self.bidders, MAXIMA, strict=True))):
            bidder.do("bid", self.bids, {"amount": amount})
        self.move_clock(self.ends_at)
        for number, bidder in enumerate(self.bidders):
            if number:
                self.accept(bidder)
            due = self.eventually(lambda bidder=bidder: self.due(bidder), "the order to be paid")
            if bidder is not self.winner:
                self.move_clock(due)
        self.order = self.orders_of(self.winner)[0]["id"]
        self.pay_by_wallet()
        self.deliver()

    @property
    def bids(self) -> str:
        return f"/api/auctions/{self.auction}/bids/"

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.seller.see(f"/api/auctions/{self.auction}/")["ends_at"])

    def start_auction(self) -> None:
        ends_at = clock.now() + timedelta(minutes=10)
        terms = {
            "target": {"type": "chowk_marketplace.listing", "id": self.listing},
            "title": CAR["title"],
            "currency": "USD",
            "starting_price": "1000.00",
            "ends_at": ends_at.isoformat(),
            "second_chance": True,
        }
        self.auction = self.seller.do("start-auction", "/api/auctions/", terms)["id"]

    def move_clock(self, moment: datetime) -> None:
        """Let time pass; access tokens do not live that long, so everybody signs in again."""
        self.site.move_clock(moment, past=timedelta(seconds=1))
        for person in self.people:
            account = {"email": person.email, "password": PASSWORD}
            person.token = ""
            person.token = person.do("sign-in-again", "/api/token/", account)["access"]

    def eventually(self, look: Any, what: str) -> Any:
        """Periodic work comes round every few seconds of the site's clock: see to it that they pass.

        No faster than a hundred times as quick as real time, or deadlines would pass on a slow machine.
        """
        nudged = time.monotonic()

        def nudge() -> Any:
            nonlocal nudged
            found = look()
            if not found and time.monotonic() - nudged > 0.1:
                self.site.move_clock(clock.now() + timedelta(seconds=10))
                nudged = time.monotonic()
            return found

        return super().eventually(nudge, what)

    def orders_of(self, person: Person) -> list[dict[str, Any]]:
        return list(person.see("/api/orders/")["results"])

    def due(self, bidder: Person) -> datetime | None:
        """Until when the bidder is to pay, once there is an order to pay for."""
        auction = bidder.see(f"/api/auctions/{self.auction}/")
        waiting = any(order["status"] == "pending_payment" for order in self.orders_of(bidder))
        if not waiting or not auction["you"]["won"]:
            return None
        return datetime.fromisoformat(auction["settle_by"])

    def accept(self, bidder: Person) -> None:
        """The bidder is offered it, and takes it."""
        path = f"/api/auctions/{self.auction}/second-chance/"
        self.eventually(lambda: bidder.send("", "GET", path).is_success, "the offer")
        bidder.do("accept", f"{path}accept/")


def end_of(chain: Chain) -> dict[str, Any]:
    """What it came to, without what differs between two runs: keys, numbers, times."""
    names = {person.id: person.name for person in chain.people}
    auction = get_auction_model().objects.get(pk=chain.auction)
    orders = get_order_model().objects.filter(source_id=chain.auction).order_by("source_round")
    offers = get_second_chance_offer_model().objects.filter(auction=auction).order_by("number")
    users = list(names)
    transfers = get_transfer_model().objects.filter(debit_account__owner__in=users)
    transfers |= get_transfer_model().objects.filter(credit_account__owner__in=users)
    return {
        "auction": (auction.status, auction.sale_number, auction.sale_price, names[str(auction.buyer_id)]),
        "settled": (auction.settled_at is not None, auction.defaulted_at, auction.pursuing),
        "orders": [(o.source_round, names[str(o.buyer_id)], o.status, str(o.total)) for o in orders],
        "listing": [line.listing.status for order in orders for line in order.lines.all()],
        "offers": [(names[str(o.bidder_id)], o.amount, o.status) for o in offers],
        "transfers": sorted((row.code, row.amount) for row in transfers.distinct()),
        "told": list(
            LoggedEvent.objects.filter(stream=f"auctions.auction:{chain.auction}")
            .exclude(name="auctions.settlement_reminder")
            .order_by("seq")
            .values_list("name", flat=True)
        ),
        "wallet": chain.seller.see("/api/wallets/my_wallet/")["available"],
    }
