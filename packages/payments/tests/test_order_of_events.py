"""Handlers of events that belong together end in the same state in whatever order they arrive."""

from __future__ import annotations

from typing import Any

import pytest

from chowk_core.targets import Target
from chowk_payments import services
from tests.factories import UserFactory
from tests.ledger import money, sound
from tests.test_discounts import hold, make
from tests.test_disputes import resolved, tell
from tests.test_escrow import announce
from tests.test_refunds import paid

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("delivered", ["before", "after"])
def test_a_complaint_that_is_resolved_before_it_is_opened(
    order: Any, buyer: Any, delivered: str, after_commit: Any
) -> None:
    seller = paid(order, buyer).payee
    if delivered == "before":
        announce("marketplace.order_delivered", order_id=str(order.pk))
    after_commit(lambda: resolved(order, "partial_refund", "25.00"))
    tell("marketplace.complaint_opened", order, complaint_id="9", kind="damaged")
    if delivered == "after":
        announce("marketplace.order_delivered", order_id=str(order.pk))
    assert (money("wallet", owner=buyer), money("wallet", owner=seller)) == (2_500, 7_350)
    assert (money("escrow"), sound()) == (0, True)


def test_another_complaint_freezes_again(order: Any, buyer: Any, after_commit: Any) -> None:
    part = paid(order, buyer)
    after_commit(lambda: resolved(order, "dismissed"))
    assert services.freeze_escrow(target=part.target, dispute="complaint:10")
    assert services.release_escrow(target=part.target) is None


@pytest.fixture
def in_cash(settings: Any, buyer: Any, order: Any) -> Any:
    """A payment that its buyer makes at the door."""
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "METHODS": {"cash": "manual"}}
    payment = services.pay(payer=buyer, target=Target.of(order), method="cash")
    assert payment.state == "requires_action"
    return payment


def handed_in(payment: Any) -> None:
    services.confirm_receipt(payment=payment, actor=UserFactory(is_staff=True, is_superuser=True))


def test_delivered_before_it_is_paid(in_cash: Any, order: Any, seller: Any) -> None:
    announce("marketplace.order_delivered", order_id=str(order.pk))
    assert services.release_due_parts() == 0
    handed_in(in_cash)
    assert services.release_due_parts() == 1
    assert (money("wallet", owner=seller), money("escrow")) == (9_800, 0)


def test_disputed_before_it_is_paid(in_cash: Any, order: Any, seller: Any, after_commit: Any) -> None:
    tell("marketplace.complaint_opened", order, complaint_id="9", kind="damaged")
    handed_in(in_cash)
    announce("marketplace.order_delivered", order_id=str(order.pk))
    assert (services.release_due_parts(), money("escrow")) == (0, 10_000)
    after_commit(lambda: resolved(order, "dismissed"))
    assert (money("wallet", owner=seller), money("escrow")) == (9_800, 0)


@pytest.mark.parametrize("first", ["paid", "cancelled"])
def test_a_group_that_is_paid_has_used_its_discount(buyer: Any, first: str) -> None:
    discount = make(limit=1)
    hold("g1", buyer)
    second = "cancelled" if first == "paid" else "paid"
    for name in (first, second):
        announce(f"marketplace.group_{name}", group_id="g1")
    discount.refresh_from_db()
    assert (discount.uses.get().state, discount.used) == ("redeemed", 1)


def test_a_use_that_went_to_another_stays_theirs(buyer: Any) -> None:
    """The freed use was taken before the late news of the payment: the limit holds."""
    discount = make(limit=1)
    hold("g1", buyer)
    services.release_discount(key="g1")
    hold("g2", buyer)
    announce("marketplace.group_paid", group_id="g1")
    discount.refresh_from_db()
    states = {use.key: use.state for use in discount.uses.all()}
    assert (states, discount.used) == ({"g1": "released", "g2": "held"}, 1)
