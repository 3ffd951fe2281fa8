from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from moneyed import Money

from chowk_marketplace import services
from chowk_marketplace.exceptions import (
    InvalidQuantity,
    InvalidReason,
    MoreThanBought,
    NothingToReturn,
    NotParty,
    ReturnClosed,
    UnknownLine,
    WrongTransition,
)
from chowk_marketplace.models import get_order_line_model, get_order_model, get_return_model
from tests.factories import (
    ActiveListingFactory,
    OrderFactory,
    delivered,
    paid,
    reread,
    shipped,
    told,
)
from tests.race import together

pytestmark = pytest.mark.django_db


def of_three(**listing):
    return delivered(OrderFactory(listing=ActiveListingFactory(stock=3, **listing), quantity=3))


def ask(order, quantity=None, **fields):
    lines = None if quantity is None else {order.lines.get().pk: quantity}
    return services.request_return(
        **{"order": order, "actor": order.buyer, "reason": "damaged", "lines": lines, **fields}
    )


def received(order, quantity=None, **fields):
    row = services.approve_return(goods_return=ask(order, quantity), actor=order.seller)
    return services.receive_return(goods_return=row, actor=order.seller, **fields)


def test_the_whole_way():
    order = of_three()
    listing = order.lines.get().listing
    row = ask(order, note="It leaks.")
    services.approve_return(goods_return=row, actor=order.seller, note="Sorry.")
    row = services.receive_return(goods_return=row, actor=order.seller)

    assert (row.status, row.amount, row.restocked) == ("received", Money("300.00", "USD"), True)
    assert (reread(row).answer, reread(order).status) == ("Sorry.", "returned")
    assert (reread(listing).stock, reread(listing).status) == (3, "active")
    change = order.lines.get().variant.stock.changes.get(reason="returned")
    assert (change.on_hand, change.reference, change.actor) == (3, f"return:{row.pk}", order.seller)
    notes = list(order.transitions.exclude(note="").values_list("from_status", "to_status", "note", "actor"))
    assert notes == [
        ("delivered", "delivered", "Return requested. It leaks.", order.buyer.pk),
        ("delivered", "delivered", "Return approved. Sorry.", order.seller.pk),
    ]
    step = order.transitions.get(to_status="returned")
    assert (step.from_status, step.actor) == ("delivered", order.seller)
    payload = told("return_received")[0]
    assert payload == {
        "order_id": str(order.pk),
        "return_id": str(row.pk),
        "buyer_id": str(order.buyer_id),
        "seller_id": str(order.seller_id),
        "amount": "300.00",
        "currency": "USD",
        "reason": "damaged",
        "actor_id": str(order.seller_id),
        "note": "",
    }
    assert len(told("return_requested")) == len(told("return_approved")) == len(told("order_returned")) == 1


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_the_returns_of_an_order_come_to_its_total(currency):
    price = {"USD": "33.35", "JPY": "335", "KWD": "33.335"}[currency]
    order = of_three(price=Money(price, currency))
    odd = order.total - Money({"USD": "0.01", "JPY": "1", "KWD": "0.001"}[currency], currency)
    type(order).objects.filter(pk=order.pk).update(goods=odd.amount, total=odd.amount)

    amounts = [received(order, 1).amount for _time in range(3)]

    assert sum(amounts[1:], amounts[0]) == odd
    assert amounts[0] == amounts[1] and amounts[0] > amounts[2]
    assert (reread(order).status, reread(order).refund_claimed) == ("returned", odd.amount)
    assert [payload["currency"] for payload in told("return_received")] == [currency] * 3


def test_some_of_it_leaves_the_order_as_it_is():
    order = of_three()

    row = received(order, 2, restock=False)

    assert (row.amount, row.restocked) == (Money("200.00", "USD"), False)
    assert reread(order).status == "delivered"
    assert reread(order.lines.get().listing).stock == 0
    assert order.transitions.last().note == "Return received."
    assert not told("order_returned")


def test_the_site_says_whether_it_is_for_sale_again(settings):
    settings.CHOWK_MARKETPLACE = {"RETURNS_RESTOCK": False}
    first, second = of_three(), of_three()

    received(first)
    received(second, restock=True)

    assert [reread(order.lines.get().listing).stock for order in (first, second)] == [0, 3]


def test_never_more_than_was_bought():
    order = of_three()
    refused, cancelled = ask(order, 3), None
    with pytest.raises(MoreThanBought):
        ask(order, 1)
    services.refuse_return(goods_return=refused, actor=order.seller, note="Used.")
    cancelled = ask(order, 2)
    services.cancel_return(goods_return=cancelled, actor=order.buyer)
    ask(order, 2)
    with pytest.raises(MoreThanBought) as error:
        ask(order, 2)

    assert error.value.params["left"] == 1
    assert order.lines.get().in_returns == 2
    assert ask(order).lines.get().quantity == 1
    with pytest.raises(NothingToReturn):
        ask(order)
    assert len(told("return_refused")) == len(told("return_cancelled")) == 1


@pytest.mark.parametrize("change", [{"in_returns": 4}, {"in_returns": -1}])
def test_the_database_takes_no_more_units_than_were_bought(change):
    order = of_three()
    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_line_model().objects.filter(order=order).update(**change)


@pytest.mark.parametrize(
    "change", [{"refund_claimed": "300.01"}, {"refund_claimed": "-1"}, {"status": "sent"}, {"paid_at": None}]
)
def test_the_database_refuses_wrong_orders(change):
    order = of_three()
    with pytest.raises(IntegrityError), transaction.atomic():
        get_order_model().objects.filter(pk=order.pk).update(**change)


def test_the_database_refuses_wrong_returns():
    rows = get_return_model().objects.filter(pk=ask(of_three()).pk)
    for change in ({"status": "received"}, {"amount": 1, "amount_currency": "USD"}, {"status": "refused"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"reason": "because"}, InvalidReason),
        ({"lines": {}}, NothingToReturn),
        ({"lines": {"0": 1}}, UnknownLine),
        ({"quantity": 0}, InvalidQuantity),
        ({"quantity": 4}, MoreThanBought),
    ],
    ids=str,
)
def test_wrong_requests(fields, error):
    order = of_three()
    with pytest.raises(error):
        ask(order, **fields)
    assert not order.returns.exists()


def test_only_what_was_sent_and_in_time(settings):
    early, under_way, order = paid(OrderFactory()), shipped(OrderFactory()), delivered(OrderFactory())
    with pytest.raises(ReturnClosed):
        ask(early)
    assert ask(under_way).status == "requested"
    moment = order.delivered_at + timedelta(days=14)
    with pytest.raises(ReturnClosed):
        ask(order, now=moment + timedelta(seconds=1))
    services.complete_order(order=order)
    assert ask(order, now=moment).status == "requested"
    settings.CHOWK_MARKETPLACE = {"RETURN_WINDOW": timedelta(0)}
    with pytest.raises(ReturnClosed):
        ask(shipped(OrderFactory()))


def test_who_may_take_which_step(stranger, staff):
    order = of_three()
    for actor in (order.seller, stranger):
        with pytest.raises(NotParty):
            ask(order, 1, actor=actor)
    row = ask(order, 1)
    steps = [("approve", "seller"), ("refuse", "seller"), ("receive", "seller"), ("cancel", "buyer")]
    for verb, side in steps:
        for actor in ({"seller": order.buyer, "buyer": order.seller}[side], stranger):
            with pytest.raises(NotParty):
                getattr(services, f"{verb}_return")(goods_return=row, actor=actor)
    assert services.approve_return(goods_return=row, actor=staff).status == "approved"


ALLOWED = {
    "approve": {"requested"},
    "refuse": {"requested"},
    "receive": {"approved"},
    "cancel": {"requested", "approved"},
}


@pytest.mark.parametrize("status", ["requested", "approved", "refused", "received", "cancelled"])
def test_no_step_from_a_wrong_status(status, staff):
    row = ask(of_three(), 1)
    way = {"approved": ["approve"], "refused": ["refuse"], "cancelled": ["cancel"]}
    way["received"] = ["approve", "receive"]
    for verb in way.get(status, []):
        row = getattr(services, f"{verb}_return")(goods_return=row, actor=staff)

    for verb, sources in ALLOWED.items():
        if status not in sources:
            with pytest.raises(WrongTransition):
                getattr(services, f"{verb}_return")(goods_return=row, actor=staff)

    assert reread(row).status == status


def refund(order, amount, remaining, payment_id="payment-1"):
    return services.record_refund(
        order=order,
        payment_id=payment_id,
        amount=Money(amount, "USD"),
        remaining=Money(remaining, "USD"),
    )


def test_a_returned_order_is_refunded_when_nothing_remains():
    order = of_three()
    received(order, 1)
    received(order, 2)

    assert refund(order, "100.00", "200.00")
    assert (reread(order).status, order.transitions.last().note) == ("returned", "Refunded: 100.00 USD.")
    assert refund(order, "200.00", "0.00")
    assert not refund(order, "200.00", "0.00")

    assert reread(order).status == "refunded"
    assert order.transitions.get(to_status="refunded").from_status == "returned"
    assert len(told("order_refunded")) == 1


def test_a_refund_of_some_is_a_note():
    for make, status in [(lambda: paid(OrderFactory()), "paid"), (of_three, "delivered")]:
        order = make()
        assert not refund(order, "1.00", "99.00", "another")
        assert refund(order, "1.00", "99.00")
        assert reread(order).status == status
        assert order.transitions.last().note == "Refunded: 1.00 USD."


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_many_at_once():
    order = of_three()
    line = order.lines.get().pk

    answers = together(
        [
            partial(services.request_return, order=order, actor=order.buyer, reason="other", lines={line: 2})
            for _time in range(8)
        ]
    )

    assert sum(isinstance(answer, get_return_model()) for answer in answers) == 1
    assert order.lines.get().in_returns == order.returns.aggregate(total=Sum("lines__quantity"))["total"] == 2


@pytest.mark.django_db(transaction=True)
def test_received_by_many_at_once_the_money_is_claimed_once():
    order = of_three()
    rows = [services.approve_return(goods_return=ask(order, 1), actor=order.seller) for _time in range(3)]

    answers = together(
        [
            partial(services.receive_return, goods_return=row, actor=order.seller, now=timezone.now())
            for row in rows * 3
        ]
    )

    assert sum(isinstance(answer, get_return_model()) for answer in answers) == 3
    order = reread(order)
    assert (order.status, order.refund_claimed) == ("returned", 300)
    assert reread(order.lines.get().listing).stock == 3
    assert [payload["amount"] for payload in told("return_received")] == ["100.00"] * 3
