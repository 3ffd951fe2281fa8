"""What returns and complaints do to the money of an order."""

from __future__ import annotations

from typing import Any

import pytest

from chowk_core.models import Delivery
from chowk_core.targets import Target
from chowk_payments import services
from tests.factories import WalletFactory, basket_of
from tests.ledger import money, sound
from tests.test_escrow import announce
from tests.test_refunds import paid

pytestmark = pytest.mark.django_db


def tell(name: str, order: Any, **more: Any) -> None:
    announce(
        name, order_id=str(order.pk), buyer_id=order.buyer_id, seller_id=order.seller_id, actor_id="", **more
    )


def returned(order: Any, amount: str) -> None:
    tell("marketplace.return_received", order, return_id="5", amount=amount, currency="USD", reason="return")


def resolved(order: Any, resolution: str, amount: str = "0.00") -> None:
    tell(
        "marketplace.complaint_resolved",
        order,
        complaint_id="9",
        resolution=resolution,
        refund_amount=amount,
        currency="USD",
    )


def test_a_return_is_refunded_once(order: Any, buyer: Any) -> None:
    part = paid(order, buyer)
    returned(order, "40.00")
    returned(order, "40.00")
    part.refresh_from_db()
    assert (part.refunded, money("wallet", owner=buyer)) == (4_000, 4_000)


OUTCOMES = {
    "dismissed": ("0.00", 0, 9_800),
    "partial_refund": ("25.00", 2_500, 7_350),
    "refund": ("100.00", 10_000, 0),
}


@pytest.mark.parametrize("resolution", OUTCOMES)
@pytest.mark.parametrize("delivered", ["before", "meanwhile"])
def test_a_complaint(order: Any, buyer: Any, resolution: str, delivered: str, after_commit: Any) -> None:
    """The same outcome whether the money was released before the complaint or would have been during it."""
    amount, buyers, sellers = OUTCOMES[resolution]
    seller = paid(order, buyer).payee
    if delivered == "before":
        announce("marketplace.order_delivered", order_id=str(order.pk))
    tell("marketplace.complaint_opened", order, complaint_id="9", kind="damaged")
    if delivered == "meanwhile":
        announce("marketplace.order_delivered", order_id=str(order.pk))
    assert money("wallet", owner=seller) == 0
    after_commit(lambda: resolved(order, resolution, amount))
    assert (money("wallet", owner=buyer), money("wallet", owner=seller)) == (buyers, sellers)
    assert (money("escrow"), sound()) == (0, True)


def test_a_complaint_before_the_delivery_leaves_the_rest_in_escrow(
    order: Any, buyer: Any, seller: Any, after_commit: Any
) -> None:
    WalletFactory(owner=seller)
    paid(order, buyer)
    tell("marketplace.complaint_opened", order, complaint_id="9", kind="late")
    after_commit(lambda: resolved(order, "partial_refund", "10.00"))
    assert (money("escrow"), money("wallet", owner=seller)) == (9_000, 0)


def parked() -> list[str]:
    """The handlers that failed, with why."""
    rows = Delivery.objects.exclude(state=Delivery.State.DONE)
    return [f"{row.handler}: {row.error}" for row in rows]


def test_a_complaint_about_what_went_back_already_moves_nothing(buyer: Any, after_commit: Any) -> None:
    """Of a basket that is paid together, so that the payment is not over with the order's refund."""
    first = basket_of(buyer, 10_000, 2_500).orders.get(total=10_000)
    WalletFactory(owner=buyer, funds=12_500)
    payment = services.pay(payer=buyer, target=Target.of(first.basket), method="wallet")
    part = payment.parts.get(amount=10_000)
    tell("marketplace.complaint_opened", first, complaint_id="9", kind="late")
    after_commit(lambda: services.refund_part(part=part))
    after_commit(lambda: resolved(first, "refund", "100.00"))
    assert parked() == []
    assert (money("wallet", owner=buyer), money("escrow"), sound()) == (10_000, 2_500, True)


def test_a_complaint_gets_what_other_refunds_leave(order: Any, buyer: Any, after_commit: Any) -> None:
    part = paid(order, buyer)
    asked = services.request_refund(part=part, by=buyer, amount=6_000, reason="broken")
    services.approve_refund(refund=asked, by=part.payee)
    after_commit(lambda: resolved(order, "refund", "100.00"))
    assert parked() == []
    assert (money("wallet", owner=buyer), money("escrow"), sound()) == (4_000, 6_000, True)
