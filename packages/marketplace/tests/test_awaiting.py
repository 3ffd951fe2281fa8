"""A payment that was announced and is still to come: the order waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from chowk_core.events import Event
from chowk_core.publishing import publish
from chowk_core.targets import Target
from chowk_core.testing.events import deliver_all
from chowk_marketplace import services
from chowk_marketplace.policies import charge_for_group, charge_for_order
from chowk_marketplace.services.quoting import Wishes
from tests.factories import (
    SHIP_TO,
    ActiveListingFactory,
    OrderFactory,
    WonOrderFactory,
    cart_of,
    paid,
    reread,
    told,
)
from tests.test_pages_returns import browser
from tests.test_subscribers import captured

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class _Changed(Event, name="payments.changed"):
    payment_id: str
    target_type: str
    target_id: str
    state: str
    waits_until: str = ""


@dataclass(frozen=True, kw_only=True)
class _Failed(Event, name="payments.failed"):
    payment_id: str
    target_type: str
    target_id: str


def tell(event: Event, payment_id: str = "p1") -> None:
    publish(event, stream=f"payments.payment:{payment_id}")
    deliver_all()


def announce(owed: Any, until: datetime | None, *, payment_id: str = "p1") -> None:
    link = {"payment_id": payment_id, "target_type": Target.of(owed).type, "target_id": str(owed.pk)}
    state = "requires_action" if until else "processing"
    tell(_Changed(**link, state=state, waits_until=until.isoformat() if until else ""), payment_id)


def fail(owed: Any, *, payment_id: str = "p1") -> None:
    link = {"payment_id": payment_id, "target_type": Target.of(owed).type, "target_id": str(owed.pk)}
    tell(_Failed(**link), payment_id)


def test_an_order_waits_as_long_as_its_payment() -> None:
    order = OrderFactory()
    agreed, until = order.pay_by, order.pay_by + 13 * DAY

    announce(order, until)
    announce(order, until)

    assert services.cancel_overdue_orders(now=agreed + DAY) == 0
    order = reread(order)
    assert (order.status, order.pay_by) == ("pending_payment", until)
    assert charge_for_order(target=Target.of(order), payer=order.buyer).pay_by == until
    assert [event["pay_by"] for event in told("order_deadline_moved")] == [until.isoformat()]
    assert order.transitions.latest("at").note == "A payment was announced; its money is still to come."
    tell(captured(order))
    assert (reread(order).status, reread(order).payment_id) == ("paid", "p1")
    assert told("order_paid")[0]["payment_id"] == "p1"
    assert told("payment_refused") == []


def test_what_never_comes_is_cancelled_in_the_end() -> None:
    order = OrderFactory()
    until = order.pay_by + 13 * DAY
    announce(order, until)

    assert services.cancel_overdue_orders(now=until - timedelta(seconds=1)) == 0
    assert services.cancel_overdue_orders(now=until) == 1
    order = reread(order)
    assert (order.status, order.cancel_reason, order.payment_id) == ("cancelled", "unpaid", "")
    assert reread(order.lines.get().listing).stock == 1
    tell(captured(order))
    assert told("payment_refused")[0]["reason"] == "cancelled"


def test_a_payment_that_waits_less_than_there_is_time_moves_nothing() -> None:
    order = OrderFactory()
    announce(order, order.pay_by - timedelta(hours=1))
    announce(order, None)
    fail(order)

    assert (reread(order).pay_by, reread(order).payment_id) == (order.pay_by, "")
    assert told("order_deadline_moved") == []


def test_what_was_given_up_leaves_a_day_to_pay_otherwise() -> None:
    order, won = OrderFactory(), WonOrderFactory()
    for row in (order, won):
        announce(row, row.pay_by + 13 * DAY, payment_id=f"of {row.pk}")
        fail(row, payment_id="another")
        assert reread(row).pay_by == row.pay_by + 13 * DAY
        fail(row, payment_id=f"of {row.pk}")

    moved = reread(order)
    assert order.pay_by <= moved.pay_by <= order.pay_by + timedelta(minutes=5)
    assert (moved.payment_id, reread(won).payment_id) == ("", "")
    assert reread(won).pay_by == won.pay_by + 13 * DAY
    assert services.cancel_overdue_orders(now=moved.pay_by) == 1


def test_the_orders_of_a_checkout_wait_together(buyer: Any) -> None:
    cart = cart_of(buyer, ActiveListingFactory(), ActiveListingFactory(), ActiveListingFactory())
    group = services.place_checkout(cart=cart, buyer=buyer)
    gone, *rest = group.orders.order_by("pk")
    services.cancel_order(order=gone, actor=buyer)
    until = group.pay_by + 13 * DAY

    announce(group, until)

    assert [reread(order).pay_by for order in (gone, *rest)] == [group.pay_by, until, until]
    assert charge_for_group(target=Target.of(group), payer=buyer).pay_by == until
    assert services.cancel_overdue_orders(now=group.pay_by + DAY) == 0
    services.cancel_order(order=rest[0], actor=buyer)
    fail(group)
    assert reread(group).pay_by == reread(rest[1]).pay_by < group.pay_by + DAY
    assert reread(rest[0]).pay_by == until


def test_what_is_paid_or_cancelled_waits_for_nothing() -> None:
    settled, gone = paid(OrderFactory()), OrderFactory()
    services.cancel_order(order=gone, actor=gone.buyer)

    for order in (settled, gone):
        announce(order, order.pay_by + DAY, payment_id="p2")
        assert reread(order).pay_by == order.pay_by
        fail(order, payment_id="payment-1")
    assert reread(settled).payment_id == "payment-1"
    tell(
        _Changed(
            payment_id="p3", target_type="shop.ticket", target_id="1", state="x", waits_until="2030-01-01"
        )
    )


def test_cash_is_for_what_is_collected(buyer: Any, settings: Any) -> None:
    sent = OrderFactory(buyer=buyer)
    [refusal] = charge_for_order(target=Target.of(sent), payer=buyer).refused_methods.items()
    assert (refusal[0], refusal[1].code) == ("cash", "cash_only_collected")
    wishes = Wishes(ship_to=SHIP_TO)
    group = services.place_checkout(cart=cart_of(buyer, ActiveListingFactory()), buyer=buyer, wishes=wishes)
    assert set(charge_for_group(target=Target.of(group), payer=buyer).refused_methods) == {"cash"}

    settings.CHOWK_MARKETPLACE = {"PICK_UP_TYPES": ["listing"]}
    collected = OrderFactory(buyer=buyer)
    assert charge_for_order(target=Target.of(collected), payer=buyer).refused_methods == {}


@pytest.mark.urls("tests.urls_pages")
def test_the_page_says_that_money_is_expected() -> None:
    order = OrderFactory()
    sides = [browser(order.buyer), browser(order.seller)]
    assert all("Pay by" in side.get(f"/orders/{order.pk}/").content.decode() for side in sides)
    announce(order, order.pay_by + 13 * DAY)
    assert all("Money expected by" in side.get(f"/orders/{order.pk}/").content.decode() for side in sides)
