"""The winner's money comes in after the default: it does not count, goes back, and the object is sold once.

News travel by the event log, so all of what follows may have happened before a payment is told of: here
they are held back (RELAY "manual") and let go in the middle of it. The deadline is the order's, as on this
site, or the auction's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.db.models import F, Sum
from django.utils import timezone

from chowk_auctions import services as auctions
from chowk_core.models import Delivery
from chowk_core.targets import Target
from chowk_core.testing.events import deliver_all
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_order_model
from chowk_payments import services as payments
from chowk_payments.models import get_balance_model, get_payment_model
from chowk_payments.selectors import wallet_in
from demo.people import card as good_card
from tests.factories import UserFactory, fill_wallet, make_auction

pytestmark = pytest.mark.django_db

FULL = 2000_00
DAY = timedelta(days=1)
ANSWER_LOST = "4000000000000259"
"""The dummy gateway takes the money of this card, and nobody hears of it."""


class Story:
    """An auction that the first of two bidders won; nothing is told unless ``tell`` says so."""

    def __init__(self, carrier: str, late: str) -> None:
        self.carrier, self.late = carrier, late
        self.auction = make_auction(second_chance=True)
        self.winner, self.second = UserFactory(), UserFactory()
        for bidder, amount in ((self.second, "1500"), (self.winner, "1900")):
            fill_wallet(bidder, FULL // 100)
            auctions.place_bid(auction_id=self.auction.pk, bidder=bidder, amount=amount)
        self.now = self.auction.ends_at
        auctions.close_due_auctions(now=self.now)
        self.tell()

    def tell(self) -> None:
        """Deliver what has happened, retries of handlers that came too early included."""
        for hours in range(8):
            deliver_all(now=timezone.now() + timedelta(hours=2 * hours), tolerate_failures=True)
        assert list(Delivery.objects.exclude(state="done")) == []

    def order_of(self, buyer: Any) -> Any:
        return get_order_model().objects.get(buyer=buyer)

    def pay(self, buyer: Any, **how: Any) -> None:
        target = Target.of(self.order_of(buyer))
        payments.pay(payer=buyer, target=target, **(how or {"method": "wallet"}))

    def pay_late(self) -> None:
        """The winner pays in time, and the answer of the gateway, or the news of it, gets lost."""
        if self.late == "answer":
            card = replace(good_card(), number=ANSWER_LOST)
            self.pay(self.winner, method="card", card=card)
        else:
            self.pay(self.winner)

    def miss_the_deadline(self) -> None:
        """The winner's day is over before anybody knows."""
        self.now += DAY + timedelta(seconds=1)
        if self.carrier == "order":
            marketplace.cancel_overdue_orders(now=self.now)
        else:
            auctions.default_overdue_settlements(now=self.now)
        if (self.carrier, self.late) != ("auction", "news"):
            self.tell()

    def arrive(self) -> None:
        """The gateway answers, the news come in, and the gateway is told to give the money back."""
        for _round in range(2):
            payments.resolve_uncertain_payments(now=timezone.now() + timedelta(hours=1))
            self.tell()

    def go_on(self, progress: str) -> None:
        """What happens before the news of the payment arrive."""
        if progress == "defaulted":
            return
        auctions.pursue_buyers(now=self.now)
        if progress == "taken":
            auctions.accept_second_chance(auction_id=self.auction.pk, bidder=self.second, now=self.now)
        if progress == "unsold":
            self.now += 2 * DAY
            assert auctions.pursue_buyers(now=self.now) == 2

    def wallet(self, user: Any) -> int:
        return wallet_in(user, "USD").available

    def sell_to_the_second(self, progress: str) -> None:
        """The rest of the way, wherever it stands."""
        if progress == "defaulted":
            auctions.pursue_buyers(now=self.now)
        if progress != "taken":
            auctions.accept_second_chance(auction_id=self.auction.pk, bidder=self.second, now=self.now)
            self.tell()
        self.pay(self.second)
        self.tell()
        order = self.order_of(self.second)
        marketplace.ship_order(order=order, actor=order.seller, carrier="TCS", tracking_number="1")
        marketplace.deliver_order(order=order, actor=self.second)
        self.tell()
        self.auction.refresh_from_db()


@pytest.fixture(params=["order", "auction"])
def carrier(request: pytest.FixtureRequest, settings: Any) -> str:
    """Who carries the deadline, by the site's settings."""
    enforced = request.param == "auction"
    settings.CHOWK_AUCTIONS = {**site.CHOWK_AUCTIONS, "ENFORCE_SETTLEMENT_DEADLINE": enforced}
    settings.CHOWK_CORE = {**site.CHOWK_CORE, "RELAY": "manual"}
    return str(request.param)


@pytest.mark.parametrize("progress", ["defaulted", "offered", "taken", "unsold"])
@pytest.mark.parametrize("late", ["answer", "news"])
def test_it_does_not_count_and_goes_back(carrier: str, late: str, progress: str) -> None:
    story = Story(carrier, late)
    story.pay_late()
    story.miss_the_deadline()
    story.go_on(progress)
    story.arrive()

    assert story.order_of(story.winner).status == "cancelled"
    payment = get_payment_model().objects.get(payer=story.winner, purpose="purchase")
    assert (payment.state, story.wallet(story.winner)) == ("refunded", FULL)
    story.auction.refresh_from_db()
    if progress == "unsold":
        assert (story.auction.status, story.auction.settled_at) == ("unsold", None)
    else:
        story.sell_to_the_second(progress)
        assert (story.auction.buyer, story.auction.sale_number) == (story.second, 2)
        assert story.auction.settled_at is not None
        assert story.order_of(story.second).status == "completed"
        assert story.wallet(story.second) == FULL - 1500_00
        assert story.wallet(story.auction.seller) == 1470_00
    balances = get_balance_model()._default_manager.filter(account__currency="USD")
    sums = balances.aggregate(all=Sum(F("credits_posted") - F("debits_posted")))
    assert sums["all"] == 0
    assert not balances.filter(account__kind="escrow").exclude(credits_posted=F("debits_posted")).exists()
