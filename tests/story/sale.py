"""The story: a car is listed, auctioned, won, paid, shipped and delivered, and its seller gets 98 %.

Everything is done by people over HTTP and sockets; time passes when the story says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from story import clock
from story.people import Person
from story.server import STARTING, Site
from story.watchers import Watcher

CAR = {
    "title": "Alfa Romeo Giulia, 1985",
    "description": "One owner, always garaged.",
    "make": "alfa-romero",
    "model": "Giulia",
    "year": 1985,
    "fuel": "petrol",
    "body_style": "sedan",
    "sale_format": "auction",
    "condition": "used",
    "city": "Lahore",
}
GOOD_CARD = "4242424242424242"
CHALLENGING_CARD = "4000000000003220"


def card(number: str) -> dict[str, Any]:
    """A test card of the dummy gateway."""
    return {"number": number, "expiry_month": 12, "expiry_year": 2040, "security_code": "123"}


class Sale:
    """One sale on a running site. ``pay`` is how the winner pays: "wallet", "card" or "challenge"."""

    def __init__(self, site: Site, pay: str = "wallet") -> None:
        self.site, self.pay = site, pay
        self.seller, self.winner, self.loser = (Person(site, name) for name in ("seller", "winner", "loser"))
        self.people = [self.seller, self.winner, self.loser]
        self.watchers: list[Watcher] = []
        self.listing = self.auction = self.order = ""
        self.commits: list[str] = []

    def run(self) -> None:
        """From registration to the completed order."""
        for person in self.people:
            person.register()
        self.list_car()
        self.start_auction()
        with ExitStack() as stack:
            for person in (self.winner, self.loser, None):
                self.watchers.append(stack.enter_context(Watcher(self.site, self.auction, person)))
            self.bid()
            self.bid_late()
            self.close()
            self.take_order()
            getattr(self, f"pay_by_{self.pay}")()
            self.deliver()

    def eventually(self, look: Callable[[], Any], what: str) -> Any:
        """Look until there is something to see: what others do after a commit needs its time."""
        deadline = time.monotonic() + STARTING
        while not (found := look()):
            assert time.monotonic() < deadline, f"never seen: {what}\n{self.site.log()}"
            self.site.revive()
            time.sleep(0.05)
        return found

    def list_car(self) -> None:
        """The seller offers a car."""
        self.listing = self.seller.do("list-car", "/api/cars/", CAR)["id"]
        self.seller.do("activate-car", f"/api/cars/{self.listing}/activate/")

    def start_auction(self) -> None:
        """It is to be auctioned, within ten minutes, from 1,000 dollars."""
        ends_at = clock.now() + timedelta(minutes=10)
        auction = self.seller.do(
            "start-auction",
            "/api/auctions/",
            {
                "target": {"type": "chowk_marketplace.listing", "id": self.listing},
                "title": CAR["title"],
                "currency": "USD",
                "starting_price": "1000.00",
                "ends_at": ends_at.isoformat(),
            },
        )
        self.auction = auction["id"]

    @property
    def bids(self) -> str:
        """Where bids are placed."""
        return f"/api/auctions/{self.auction}/bids/"

    @property
    def ends_at(self) -> datetime:
        """When the auction ends, as anybody sees it."""
        return datetime.fromisoformat(self.loser.see(f"/api/auctions/{self.auction}/")["ends_at"])

    def everybody_sees(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until each watcher has the ``count``-th event of that name; the frames' data."""
        return [watcher.wait_for_event(name, count)["data"] for watcher in self.watchers]

    def bid(self) -> None:
        """Bids over REST and over the socket, and some that are refused."""
        on_socket = self.watchers[1]
        self.winner.do("bid-1", self.bids, {"amount": "1200.00"})
        self.everybody_sees("auctions.bid_placed", 1)
        on_socket.do("raise_too_low", type="place_bid", amount="1500.00")
        self.everybody_sees("auctions.bid_placed", 2)
        assert self.winner.try_to("bid-too-low", self.bids, {"amount": "1210.00"}) == "bid_too_low"
        assert on_socket.command(type="place_bid", amount="1")["code"] == "raise_too_low"
        assert self.seller.try_to("bid-on-own", self.bids, {"amount": "9000.00"}) == "seller_cannot_bid"
        self.winner.do("bid-3", self.bids, {"amount": "2000.00"})
        self.everybody_sees("auctions.bid_placed", 3)

    def bid_late(self) -> None:
        """A bid in the last two minutes moves the end; a refused one does not."""
        before = self.ends_at
        self.site.move_clock(before, past=-timedelta(seconds=60))
        assert self.loser.try_to("late-too-low", self.bids, {"amount": "1530.00"}) == "bid_too_low"
        assert self.ends_at == before
        self.watchers[1].do("bid_too_low", type="place_bid", amount="1811.11")
        for data in self.everybody_sees("auctions.bid_placed", 4):
            assert data["extended"]
            assert datetime.fromisoformat(data["ends_at"]) > before
        after = self.ends_at
        assert after > before
        assert self.loser.try_to("late-too-low-again", self.bids, {"amount": "1820.00"}) == "bid_too_low"
        assert self.ends_at == after

    def close(self) -> None:
        """The end comes, and the periodic work closes the auction."""
        self.site.move_clock(self.ends_at, past=timedelta(seconds=1))
        for data in self.everybody_sees("auctions.sold"):
            assert data["price"] == "1836.11"
        assert self.loser.try_to("bid-after-end", self.bids, {"amount": "5000.00"}) == "auction_not_open"

    def take_order(self) -> None:
        """The order of the won auction appears, for its two sides and nobody else."""

        def order() -> str:
            found = [row["id"] for row in self.winner.see("/api/orders/")["results"]]
            return found[0] if found else ""

        self.order = self.eventually(order, "the winner's order")
        assert self.seller.see(f"/api/orders/{self.order}/")["status"] == "pending_payment"
        assert self.loser.send("", "GET", f"/api/orders/{self.order}/").status_code == 404

    @property
    def payment(self) -> dict[str, Any]:
        """What is to be paid."""
        return {"target": {"type": "chowk_marketplace.order", "id": self.order}}

    def pay_by_wallet(self) -> None:
        """The winner fills the wallet, and pays from it."""
        body = {"amount": "2000.00", "currency": "USD", "card": card(GOOD_CARD)}
        topped_up = self.winner.do("top-up", "/api/wallets/my_wallet/top-up/", body)
        assert topped_up["state"] == "captured", topped_up
        paid = self.winner.do("pay", "/api/payments/", {**self.payment, "method": "wallet"})
        assert paid["state"] in {"captured", "released"}, paid

    def pay_by_card(self) -> None:
        """The winner pays with a card."""
        body = {**self.payment, "method": "card", "card": card(GOOD_CARD)}
        paid = self.winner.do("pay", "/api/payments/", body)
        assert paid["state"] in {"captured", "released"}, paid

    def pay_by_challenge(self) -> None:
        """The winner's bank asks whether it is really they (3-D Secure)."""
        body = {**self.payment, "method": "card", "card": card(CHALLENGING_CARD)}
        asked = self.winner.do("pay", "/api/payments/", body)
        assert asked["state"] == "requires_action", asked
        assert self.order_status() == "pending_payment"
        path = f"/api/payments/{asked['id']}/confirm/"
        paid = self.winner.do("confirm-payment", path, {"answer": "approve"})
        assert paid["state"] in {"captured", "released"}, paid

    def order_status(self) -> str:
        """How far the order is."""
        return str(self.winner.see(f"/api/orders/{self.order}/")["status"])

    def deliver(self) -> None:
        """The seller ships, the winner has it, the money goes out of escrow."""
        self.eventually(lambda: self.order_status() == "paid", "the paid order")
        self.eventually(lambda: self.settlement() == "settled", "the settled auction")
        path = f"/api/orders/{self.order}"
        assert self.seller.try_to("deliver-as-seller", f"{path}/deliver/", {}) == "not_party"
        self.seller.do("ship", f"{path}/ship/", {"carrier": "TCS"})
        self.winner.do("deliver", f"{path}/deliver/")
        self.eventually(lambda: self.order_status() == "completed", "the completed order")

    def settlement(self) -> str:
        """What the seller sees of the auction's settlement."""
        return str(self.seller.see(f"/api/auctions/{self.auction}/")["settlement"])
