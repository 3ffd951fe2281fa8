"""What auctions do when a marketplace tells of orders.

The marketplace is not installed here: its events' names and fields are the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from chowk_auctions.selectors import state_of
from chowk_auctions.services import (
    accept_second_chance,
    close_due_auctions,
    default_overdue_settlements,
    pursue_buyers,
)
from chowk_core.events import Event
from chowk_core.models import Delivery
from chowk_core.publishing import publish
from chowk_core.testing.events import deliver_all, published
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import LATE, defaulted

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Event, name="marketplace.order_paid"):
    order_id: str
    source_type: str
    source_id: str
    source_round: int = 1


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event, name="marketplace.order_cancelled"):
    order_id: str
    source_type: str
    source_id: str
    reason: str
    source_round: int = 1


@pytest.fixture
def sold():
    auction = AuctionFactory()
    bid(auction, UserFactory(), "20.00")
    close_due_auctions(now=START + timedelta(days=7))
    auction.refresh_from_db()
    return auction


def tell(event):
    with transaction.atomic():
        publish(event)
    deliver_all()


def test_paid_order_settles_its_auction(sold):
    paid = OrderPaid(order_id="1", source_type="auctions.auction", source_id=str(sold.pk))
    tell(paid)
    tell(paid)
    sold.refresh_from_db()
    assert sold.settled_at is not None
    assert len(published("auctions.settled")) == 1


@pytest.mark.parametrize("paid", [False, True])
def test_an_order_that_its_seller_cancels_undoes_the_sale(sold, paid):
    source = {"source_type": "auctions.auction", "source_id": str(sold.pk)}
    if paid:
        tell(OrderPaid(order_id="1", **source))
    tell(OrderCancelled(order_id="1", reason="seller", **source))
    tell(OrderCancelled(order_id="1", reason="seller", **source))
    tell(OrderPaid(order_id="1", **source))
    assert default_overdue_settlements(now=sold.settle_by + timedelta(days=1)) == 0
    sold.refresh_from_db()
    assert sold.voided_at is not None
    assert (sold.settled_at is not None, sold.defaulted_at) == (paid, None)
    assert state_of(sold, sold.leader).settlement == "voided"
    assert len(published("auctions.sale_voided")) == 1
    assert published("auctions.payment_defaulted") == []


def test_unpaid_order_defaults_its_auction(sold):
    source = {"source_type": "auctions.auction", "source_id": str(sold.pk)}
    tell(OrderCancelled(order_id="1", reason="unpaid", **source))
    sold.refresh_from_db()
    assert sold.defaulted_at is not None
    assert len(published("auctions.payment_defaulted")) == 1


def test_orders_of_another_origin_are_none_of_ours(sold):
    tell(OrderPaid(order_id="1", source_type="", source_id=""))
    tell(OrderCancelled(order_id="1", source_type="shop.cart", source_id=str(sold.pk), reason="unpaid"))
    sold.refresh_from_db()
    assert (sold.settled_at, sold.defaulted_at) == (None, None)


def test_contradicting_events_are_parked_not_swallowed(sold):
    source = {"source_type": "auctions.auction", "source_id": str(sold.pk)}
    tell(OrderPaid(order_id="1", **source))
    with transaction.atomic():
        publish(OrderCancelled(order_id="1", reason="unpaid", **source))
    report = deliver_all(tolerate_failures=True)
    assert report.failed == 1
    assert "NotSold" in Delivery.objects.exclude(error="").get().error


def test_an_order_of_an_earlier_sale_changes_nothing_of_the_current_one():
    auction, (_winner, second) = defaulted(("90.00", "80.00"))
    pursue_buyers(now=LATE)
    accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE)
    source = {"source_type": "auctions.auction", "source_id": str(auction.pk)}
    tell(OrderCancelled(order_id="1", reason="unpaid", **source))
    tell(OrderCancelled(order_id="1", reason="seller", **source))
    tell(OrderPaid(order_id="1", **source))
    auction.refresh_from_db()
    assert (auction.settled_at, auction.defaulted_at, auction.voided_at) == (None, None, None)
    (late,) = published("auctions.payment_too_late")
    assert late.payload["sale_number"] == 1
    tell(OrderPaid(order_id="2", source_round=2, **source))
    auction.refresh_from_db()
    assert auction.settled_at is not None
