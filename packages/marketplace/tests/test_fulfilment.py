from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from moneyed import Money

from chowk_core.policies import Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import CarrierRequired, NotParty, WrongTransition
from tests.factories import (
    ActiveListingFactory,
    OrderFactory,
    WonOrderFactory,
    delivered,
    paid,
    reread,
    shipped,
    told,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def steps(order):
    return [step.to_status for step in order.transitions.order_by("at", "pk")]


def test_the_whole_way():
    order = OrderFactory(now=NOON)
    hours = [NOON + timedelta(hours=hour) for hour in range(1, 6)]

    assert services.mark_order_paid(order=order, payment_id="p1", amount=order.total, now=hours[0])
    services.confirm_order(order=order, actor=order.seller, note="Tomorrow.", now=hours[1])
    services.ship_order(order=order, actor=order.seller, carrier="DHL", tracking_number="JD01", now=hours[2])
    services.deliver_order(order=order, actor=order.buyer, now=hours[3])
    services.complete_order(order=order, now=hours[4])

    order = reread(order)
    assert steps(order) == ["pending_payment", "paid", "confirmed", "shipped", "delivered", "completed"]
    assert (order.payment_id, order.paid_at) == ("p1", hours[0])
    assert (order.carrier, order.tracking_number) == ("DHL", "JD01")
    assert (order.shipped_at, order.delivered_at) == (hours[2], hours[3])
    actors = [step.actor for step in order.transitions.order_by("at", "pk")]
    assert actors == [order.buyer, None, order.seller, order.seller, order.buyer, None]
    notes = list(order.transitions.exclude(note="").values_list("to_status", "note"))
    assert notes == [("confirmed", "Tomorrow.")]


def test_each_step_is_told():
    order = delivered(OrderFactory())
    services.complete_order(order=order)

    for name in ("order_paid", "order_shipped", "order_delivered", "order_completed"):
        payload = told(name)[0]
        assert payload["order_id"] == str(order.pk)
        assert (payload["total"], payload["currency"]) == ("100.00", "USD")
        assert (payload["source_type"], payload["source_id"]) == ("", "")
    assert told("order_paid")[0]["actor_id"] == ""
    assert told("order_delivered")[0]["actor_id"] == str(order.buyer_id)


def test_the_same_payment_twice_is_one():
    order = OrderFactory()

    for _time in range(2):
        assert services.mark_order_paid(order=order, payment_id="p1", amount=order.total)

    assert len(told("order_paid")) == 1
    assert told("payment_refused") == []


@pytest.mark.parametrize(
    ("prepare", "payment", "reason"),
    [
        (lambda order: None, {"amount": Money("99.99", "USD")}, "wrong_amount"),
        (lambda order: None, {"amount": Money("100.00", "EUR")}, "wrong_amount"),
        (lambda order: None, {"payer_id": "somebody"}, "wrong_payer"),
        (lambda order: paid(order, "other"), {}, "already_paid"),
        (lambda order: services.cancel_order(order=order, actor=order.buyer), {}, "cancelled"),
    ],
    ids=["less", "currency", "payer", "paid", "cancelled"],
)
def test_money_that_cannot_be_taken_is_sent_back(prepare, payment, reason):
    order = OrderFactory()
    prepare(order)
    before = reread(order).status

    taken = services.mark_order_paid(
        **{"order": order, "payment_id": "late", "amount": order.total, **payment}
    )

    assert not taken
    assert reread(order).status == before
    assert told("payment_refused") == [{"order_id": str(order.pk), "payment_id": "late", "reason": reason}]


@pytest.mark.parametrize(
    ("make", "verb", "allowed"),
    [
        (lambda: paid(OrderFactory()), "confirm", "seller"),
        (lambda: paid(OrderFactory()), "ship", "seller"),
        (lambda: shipped(OrderFactory()), "deliver", "buyer"),
    ],
    ids=["confirm", "ship", "deliver"],
)
def test_who_may_take_which_step(make, verb, allowed, stranger, staff):
    order = make()
    before = order.status
    others = {"seller": order.buyer, "buyer": order.seller}
    for actor in (others[allowed], stranger):
        with pytest.raises(NotParty):
            getattr(services, f"{verb}_order")(order=order, actor=actor)
    assert reread(order).status == before

    getattr(services, f"{verb}_order")(order=order, actor=getattr(order, allowed))
    again = make()
    getattr(services, f"{verb}_order")(order=again, actor=staff)

    assert reread(order).status == reread(again).status != before


def test_only_staff_or_the_site_complete(staff):
    order = delivered(OrderFactory())

    for actor in (order.buyer, order.seller):
        with pytest.raises(NotParty):
            services.complete_order(order=order, actor=actor)

    services.complete_order(order=order, actor=staff)
    services.complete_order(order=order)
    assert len(told("order_completed")) == 1


WAY = ["pending_payment", "paid", "confirmed", "shipped", "delivered", "completed", "cancelled"]
WAY += ["returned", "refunded"]
ALLOWED = {
    "confirm": {"paid"},
    "ship": {"paid", "confirmed"},
    "deliver": {"shipped"},
    "complete": {"delivered", "completed"},
    "cancel": {"pending_payment", "paid", "confirmed"},
}


def at(status, staff):
    order = OrderFactory()
    if status == "cancelled":
        return services.cancel_order(order=order, actor=staff)
    if status != "pending_payment":
        paid(order)
    if status == "confirmed":
        services.confirm_order(order=order, actor=staff)
    if status in {"shipped", "delivered", "completed", "returned", "refunded"}:
        services.ship_order(order=order, actor=staff)
    if status in {"delivered", "completed"}:
        services.deliver_order(order=order, actor=staff)
    if status == "completed":
        services.complete_order(order=order)
    if status == "returned":
        row = services.request_return(order=order, actor=staff, reason="other")
        services.approve_return(goods_return=row, actor=staff)
        services.receive_return(goods_return=row, actor=staff)
    if status == "refunded":
        nothing = order.total * 0
        services.record_refund(order=order, payment_id="payment-1", amount=order.total, remaining=nothing)
    return reread(order)


@pytest.mark.parametrize("status", WAY)
def test_no_step_from_a_wrong_status(status, staff):
    order = at(status, staff)
    assert order.status == status

    for verb, sources in ALLOWED.items():
        if status not in sources:
            with pytest.raises(WrongTransition):
                getattr(services, f"{verb}_order")(order=order, actor=staff)

    assert reread(order).status == status


def test_a_tracking_number_needs_its_carrier():
    order = paid(OrderFactory())

    with pytest.raises(CarrierRequired):
        services.ship_order(order=order, actor=order.seller, tracking_number="JD01")

    assert reread(order).status == "paid"


def test_cancelling_brings_the_stock_back_and_the_listing():
    listing = ActiveListingFactory(stock=3)
    order = OrderFactory(listing=listing, quantity=3)
    assert reread(listing).status == "sold"

    services.cancel_order(order=order, actor=order.buyer, note="Wrong colour.")

    assert (reread(listing).stock, reread(listing).status) == (3, "active")
    order = reread(order)
    assert (order.status, order.cancel_reason) == ("cancelled", "buyer")
    assert order.transitions.get(to_status="cancelled").note == "Wrong colour."
    assert told("order_cancelled")[0]["reason"] == "buyer"
    assert len(told("listing_activated")) == 2


def test_an_archived_listing_stays_archived():
    listing = ActiveListingFactory(stock=1)
    order = OrderFactory(listing=listing)
    services.archive_listing(listing=listing)

    services.cancel_order(order=order, actor=order.buyer)

    assert (reread(listing).stock, reread(listing).status) == (1, "archived")


def test_what_was_relisted_meanwhile_takes_no_more_back_than_it_may_hold(settings):
    won, bought = WonOrderFactory(), OrderFactory()
    settings.CHOWK_MARKETPLACE = {"MAX_QUANTITY": 5}
    for order in (won, bought):
        listing = order.lines.get().listing
        services.archive_listing(listing=listing)
        services.relist_listing(listing=listing, stock=1 if listing.is_auction else 5)

        services.cancel_order(order=order, actor=order.seller)

        assert reread(order).status == "cancelled"
    assert [reread(order.lines.get().listing).stock for order in (won, bought)] == [1, 5]


def test_the_reason_tells_who(staff):
    orders = [OrderFactory() for _time in range(3)]

    for order, actor in zip(orders, [orders[0].buyer, orders[1].seller, staff], strict=True):
        services.cancel_order(order=order, actor=actor)

    assert [reread(order).cancel_reason for order in orders] == ["buyer", "seller", "staff"]


def test_the_buyer_cannot_cancel_what_the_seller_confirmed():
    order = paid(OrderFactory())
    services.confirm_order(order=order, actor=order.seller)

    with pytest.raises(Refused) as error:
        services.cancel_order(order=order, actor=order.buyer)

    assert error.value.code == "already_confirmed"
    services.cancel_order(order=order, actor=order.seller)


def test_a_winning_bid_binds():
    order = WonOrderFactory()

    with pytest.raises(Refused) as error:
        services.cancel_order(order=order, actor=order.buyer)

    assert error.value.code == "binding_sale"
    assert reread(order).status == "pending_payment"


def test_unpaid_orders_are_cancelled_in_time():
    listing = ActiveListingFactory(stock=4)
    due = OrderFactory(listing=listing, now=NOON)
    settled = paid(OrderFactory(listing=listing, now=NOON))
    later = OrderFactory(listing=listing, now=NOON + timedelta(hours=1))
    moment = NOON + timedelta(hours=24)

    assert services.cancel_overdue_orders(now=moment - timedelta(seconds=1)) == 0
    assert services.cancel_overdue_orders(now=moment) == 1
    assert services.cancel_overdue_orders(now=moment) == 0

    assert [reread(order).status for order in (due, settled, later)] == [
        "cancelled",
        "paid",
        "pending_payment",
    ]
    assert reread(due).cancel_reason == "unpaid"
    assert reread(listing).stock == 2


def test_an_order_that_cannot_be_cancelled_does_not_hold_up_the_others():
    broken, sound = OrderFactory(now=NOON), OrderFactory(now=NOON + timedelta(seconds=1))
    type(broken).objects.filter(pk=broken.pk).update(total_currency="ZZZ")

    with pytest.raises(ExceptionGroup) as raised:
        services.cancel_overdue_orders(now=NOON + timedelta(days=30))

    assert raised.value.exceptions[0].__notes__ == [f"order {broken.pk}"]
    assert reread(sound).status == "cancelled"
    assert type(broken).objects.filter(pk=broken.pk, status="pending_payment").exists()


def test_delivery_is_never_assumed_by_default():
    order = shipped(OrderFactory())

    assert services.deliver_overdue_orders(now=order.shipped_at + timedelta(days=999)) == 0


def test_delivery_is_assumed_where_the_site_says_so(settings):
    settings.CHOWK_MARKETPLACE = {"AUTO_DELIVER_AFTER": timedelta(days=14)}
    order = shipped(OrderFactory())
    moment = order.shipped_at + timedelta(days=14)

    assert services.deliver_overdue_orders(now=moment - timedelta(seconds=1)) == 0
    assert services.deliver_overdue_orders(now=moment) == 1

    assert reread(order).status == "delivered"
    assert told("order_delivered")[0]["actor_id"] == ""
