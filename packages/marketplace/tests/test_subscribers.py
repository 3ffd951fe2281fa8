"""What others' events bring about, delivered through the event log as on a site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.events import Event
from chowk_core.models import Delivery
from chowk_core.publishing import publish
from chowk_core.relay import relay
from chowk_core.targets import Target
from chowk_marketplace import services, subscribers
from chowk_marketplace.models import get_order_model
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    OrderFactory,
    UserFactory,
    delivered,
    paid,
    reread,
    shipped,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)
SETTLE_BY = datetime(2030, 1, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Told(Event, name="auctions.sold"):
    auction_id: str
    target_type: str
    target_id: str
    title: str
    seller_id: str
    buyer_id: str
    price: str
    currency: str
    settle_by: str


@dataclass(frozen=True, kw_only=True)
class _Defaulted(Event, name="auctions.payment_defaulted"):
    auction_id: str
    target_type: str
    target_id: str


@dataclass(frozen=True, kw_only=True)
class _TooLate(Event, name="auctions.payment_too_late"):
    auction_id: str
    sale_number: int


@dataclass(frozen=True, kw_only=True)
class _Captured(Event, name="payments.captured"):
    payment_id: str
    target_type: str
    target_id: str
    payer_id: str
    amount: str
    currency: str
    method: str = "card"


@dataclass(frozen=True, kw_only=True)
class _Released(Event, name="payments.released"):
    payment_id: str
    target_type: str
    target_id: str


@dataclass(frozen=True, kw_only=True)
class _Refunded(Event, name="payments.refunded"):
    payment_id: str
    target_type: str
    target_id: str
    amount: str = "100.00"
    remaining: str = "0.00"
    currency: str = "USD"


def tell(event):
    with transaction.atomic():
        publish(event)
    relay()


def tell_sold(listing, buyer, *, auction_id="a1", target=None, price="5000.00", currency="USD"):
    target = target or Target.of(listing)
    tell(
        _Told(
            auction_id=auction_id,
            target_type=target.type,
            target_id=target.id,
            title=listing.title,
            seller_id=str(listing.seller_id),
            buyer_id=str(buyer.pk),
            price=price,
            currency=currency,
            settle_by=SETTLE_BY.isoformat(),
        )
    )


def captured(order, **fields):
    target = Target.of(order)
    event = {
        "payment_id": "p1",
        "target_type": target.type,
        "target_id": target.id,
        "payer_id": str(order.buyer_id),
        "amount": "100.00",
        "currency": "USD",
    }
    return _Captured(**{**event, **fields})


def test_a_won_auction_becomes_an_order(buyer):
    listing = AuctionedListingFactory()

    tell_sold(listing, buyer)

    order = get_order_model().objects.get()
    assert (order.buyer, order.seller, order.status) == (buyer, listing.seller, "pending_payment")
    assert (order.total, order.pay_by) == (Money("5000.00", "USD"), SETTLE_BY)
    assert order.source == Target(type="auctions.auction", id="a1")
    assert (reread(listing).status, reread(listing).stock) == ("sold", 0)
    assert told("order_placed")[0]["source_id"] == "a1"


def test_one_auction_one_order(buyer):
    listing = AuctionedListingFactory()

    for _time in range(2):
        tell_sold(listing, buyer)

    assert get_order_model().objects.count() == 1
    assert len(told("order_placed")) == 1
    assert not Delivery.objects.exclude(state="done").exists()


def test_an_auction_of_something_else_is_none_of_ours(buyer):
    listing = AuctionedListingFactory()

    tell_sold(listing, buyer, target=Target.of(UserFactory()))

    assert not get_order_model().objects.exists()
    assert not Delivery.objects.exclude(state="done").exists()


@pytest.mark.parametrize("price", ["0.00", "-1.00"])
def test_what_makes_no_sense_stays_undone_and_is_seen(buyer, price):
    listing = AuctionedListingFactory()

    tell_sold(listing, buyer, price=price)

    assert not get_order_model().objects.exists()
    assert Delivery.objects.exclude(state="done").count() == 1
    assert reread(listing).status == "active"


def test_a_fixed_price_listing_is_not_sold_by_auction(buyer):
    listing = ActiveListingFactory()

    tell_sold(listing, buyer)

    assert not get_order_model().objects.exists()
    assert reread(listing).stock == 1


def test_a_winner_who_does_not_pay_loses_the_order_and_the_listing_is_active_again(buyer):
    listing = AuctionedListingFactory()
    tell_sold(listing, buyer)

    for _time in range(2):
        tell(_Defaulted(auction_id="a1", target_type="", target_id=""))

    order = get_order_model().objects.get()
    assert (order.status, order.cancel_reason) == ("cancelled", "unpaid")
    assert (reread(listing).status, reread(listing).stock) == ("active", 1)
    assert len(told("order_cancelled")) == 1


def test_a_listing_can_be_won_again_after_a_default(buyer, stranger):
    listing = AuctionedListingFactory()
    tell_sold(listing, buyer)
    tell(_Defaulted(auction_id="a1", target_type="", target_id=""))

    tell_sold(listing, stranger, auction_id="a2")

    assert get_order_model().objects.get(source_id="a2").buyer == stranger
    assert reread(listing).status == "sold"


def test_a_paid_order_outlives_a_late_default(buyer):
    listing = AuctionedListingFactory()
    tell_sold(listing, buyer)
    order = paid(get_order_model().objects.get())

    tell(_Defaulted(auction_id="a1", target_type="", target_id=""))

    assert reread(order).status == "paid"


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_was_paid_too_late_is_cancelled_once(buyer, confirmed):
    listing = AuctionedListingFactory()
    tell_sold(listing, buyer)
    order = paid(get_order_model().objects.get())
    if confirmed:
        services.confirm_order(order=order, actor=listing.seller)

    for number in (2, 1, 1):
        tell(_TooLate(auction_id="a1", sale_number=number))

    assert (reread(order).status, reread(order).cancel_reason) == ("cancelled", "unpaid")
    assert (reread(listing).status, reread(listing).stock) == ("active", 1)
    assert len(told("order_cancelled")) == 1


def test_what_was_sent_is_not_taken_back_without_a_person(buyer):
    listing = AuctionedListingFactory()
    tell_sold(listing, buyer)
    order = paid(get_order_model().objects.get())
    services.ship_order(order=order, actor=listing.seller)

    tell(_TooLate(auction_id="a1", sale_number=1))

    assert reread(order).status == "shipped"
    assert "WrongTransition" in Delivery.objects.exclude(error="").get().error


def test_a_captured_payment_pays_the_order():
    order = OrderFactory()

    tell(captured(order))

    order = reread(order)
    assert (order.status, order.payment_id) == ("paid", "p1")
    assert told("order_paid")[0]["payment_id"] == "p1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"amount": "99.99"}, "wrong_amount"),
        ({"currency": "EUR"}, "wrong_amount"),
        ({"payer_id": "other"}, "wrong_payer"),
        ({"target_id": "nobody's"}, "unknown_order"),
    ],
    ids=str,
)
def test_a_payment_that_fits_no_order_is_refused(fields, reason):
    order = OrderFactory()

    tell(captured(order, **fields))

    assert reread(order).status == "pending_payment"
    assert [(refusal["payment_id"], refusal["reason"]) for refusal in told("payment_refused")] == [
        ("p1", reason)
    ]


def test_a_payment_that_comes_too_late_is_refused():
    order = OrderFactory()
    services.cancel_overdue_orders(now=order.pay_by + timedelta(seconds=1))

    tell(captured(order))

    assert reread(order).status == "cancelled"
    assert told("payment_refused")[0]["reason"] == "cancelled"


def test_a_payment_for_something_else_is_none_of_ours():
    order = OrderFactory()

    tell(captured(order, target_type=get_user_model()._meta.label_lower))

    assert told("payment_refused") == []
    assert reread(order).status == "pending_payment"


def test_a_release_completes_what_was_delivered():
    order, unfinished = delivered(OrderFactory()), paid(OrderFactory(), "p2")

    for one in (order, unfinished):
        target = Target.of(one)
        tell(_Released(payment_id="p", target_type=target.type, target_id=target.id))

    assert (reread(order).status, reread(unfinished).status) == ("completed", "paid")


def refunded(order, payment_id="payment-1", **fields):
    target = Target.of(order)
    return _Refunded(payment_id=payment_id, target_type=target.type, target_id=target.id, **fields)


def test_a_refund_waits_for_the_payment_that_it_is_of(monkeypatch):
    """Taking the payment fails at first; meanwhile all of it goes back. Whatever is tried when, nobody sends
    what is not paid for."""
    order = OrderFactory()
    take = subscribers.mark_order_paid

    def fail(**facts):
        raise ZeroDivisionError("for a while")

    stream = "payments.payment:p1"
    monkeypatch.setattr(subscribers, "mark_order_paid", fail)
    for event in (captured(order, amount=f"{order.total.amount}"), refunded(order, "p1")):
        with transaction.atomic():
            publish(event, stream=stream)
        relay()
    assert reread(order).status == "pending_payment"
    monkeypatch.setattr(subscribers, "mark_order_paid", take)
    Delivery.objects.filter(state="due").update(due_at=timezone.now())
    relay()

    assert not Delivery.objects.exclude(state="done").exists()
    assert (reread(order).status, reread(order).payment_id) == ("cancelled", "p1")


def test_what_is_refunded_is_not_sent():
    order = paid(OrderFactory())

    tell(refunded(order, "another"))
    assert reread(order).status == "paid"
    tell(refunded(order))
    tell(refunded(order))

    assert (reread(order).status, reread(order).cancel_reason) == ("cancelled", "staff")
    assert reread(order.lines.get().listing).status == "active"
    assert len(told("order_cancelled")) == 1
    assert not Delivery.objects.exclude(state="done").exists()


def test_a_refund_of_what_is_cancelled_changes_nothing():
    gone = paid(OrderFactory())
    services.cancel_order(order=gone, actor=gone.buyer)

    tell(refunded(gone))

    assert (reread(gone).status, reread(gone).cancel_reason) == ("cancelled", "buyer")
    assert not Delivery.objects.exclude(state="done").exists()


def test_what_was_sent_is_refunded_when_nothing_remains():
    whole, part = shipped(OrderFactory()), shipped(OrderFactory())

    tell(refunded(whole))
    tell(refunded(part, amount="40.00", remaining="60.00"))

    assert (reread(whole).status, reread(part).status) == ("refunded", "shipped")
    assert part.transitions.last().note == "Refunded: 40.00 USD."
    assert not Delivery.objects.exclude(state="done").exists()
