"""Money that a person must see come, for the site's orders: announced, waited for, there or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_auctions import services as auctions
from chowk_core.policies import Refused
from chowk_core.targets import Target
from chowk_core.testing.events import deliver_all
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_order_group_model, get_order_model
from chowk_payments import services as payments
from chowk_payments.models import get_payment_model
from tests.factories import UserFactory, make_auction, make_car, make_order

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SHIP_TO = {"name": "Ali", "line1": "1 Mall Road", "city": "Lahore", "country": "PK"}


@pytest.fixture(autouse=True)
def by_hand(settings: Any) -> None:
    """The site takes cash and bank transfers too."""
    methods = {"cash": "manual", "bank_transfer": "manual"}
    settings.CHOWK_PAYMENTS = {**site.CHOWK_PAYMENTS, "METHODS": methods}


def fresh(order: Any) -> Any:
    return type(order)._default_manager.get(pk=order.pk)


def announce(owed: Any, method: str = "bank_transfer") -> Any:
    payment = payments.pay(payer=owed.buyer, target=Target.of(owed), method=method)
    deliver_all()
    assert payment.state == "requires_action"
    return payment


def pass_time(days: int) -> None:
    """What is done by the clock, after ``days``."""
    now = timezone.now() + days * DAY
    payments.resolve_uncertain_payments(now=now)
    deliver_all(now=now)
    marketplace.cancel_overdue_orders(now=now)
    deliver_all(now=now)


def receive(payment: Any) -> None:
    payments.confirm_receipt(payment=payment, actor=UserFactory(is_staff=True, is_superuser=True))
    deliver_all()


def test_a_bank_transfer_is_waited_for() -> None:
    order = make_order()
    payment = announce(order)

    pass_time(13)
    assert fresh(order).status == "pending_payment"
    assert payments.confirm_payment(payment=payment, payer=order.buyer).state == "requires_action"
    receive(payment)

    assert fresh(order).status == "paid"
    marketplace.ship_order(order=order, actor=order.seller)
    marketplace.deliver_order(order=order, actor=order.buyer)
    deliver_all()
    assert fresh(order).status == "completed"


def test_a_bank_transfer_that_never_comes() -> None:
    order = make_order()
    payment = announce(order)

    pass_time(14)
    pass_time(15)

    order, payment = fresh(order), fresh(payment)
    assert (order.status, order.cancel_reason, payment.state) == ("cancelled", "unpaid", "cancelled")
    assert order.lines.get().listing.status == "active"


def test_an_order_without_a_payment_does_not_wait() -> None:
    order = make_order()
    pass_time(2)
    assert fresh(order).status == "cancelled"


def test_a_transfer_that_was_given_up_is_paid_otherwise() -> None:
    order = make_order()
    payment = announce(order)
    with_cash = payments.retry(payment=payment, payer=order.buyer, method="cash")
    deliver_all()
    assert fresh(order).pay_by > timezone.now() + 13 * DAY
    payments.cancel_payment(payment=with_cash, payer=order.buyer)
    deliver_all()
    assert timezone.now() + timedelta(hours=23) < fresh(order).pay_by < timezone.now() + timedelta(hours=25)
    pass_time(2)
    assert fresh(order).status == "cancelled"


def test_a_transfer_for_several_sellers() -> None:
    buyer = UserFactory()
    cart = marketplace.open_cart(user=buyer)
    for _each in range(2):
        marketplace.add_to_cart(cart=cart, listing=make_car())
    group = marketplace.place_checkout(cart=cart, buyer=buyer)
    payment = announce(group)

    pass_time(13)
    assert {order.status for order in group.orders.all()} == {"pending_payment"}
    receive(payment)

    assert get_order_group_model()._default_manager.get(pk=group.pk).status == "paid"
    assert {order.status for order in group.orders.all()} == {"paid"}


def test_who_won_an_auction_may_send_the_money_too() -> None:
    auction, winner = make_auction(), UserFactory()
    payments.top_up(payer=winner, amount=2000_00, currency="USD", method="bank_transfer")
    receive(get_payment_model().objects.get(payer=winner))
    auctions.place_bid(auction_id=auction.pk, bidder=winner, amount="1500")
    auctions.close_due_auctions(now=auction.ends_at)
    deliver_all()
    order = get_order_model()._default_manager.get(buyer=winner)
    payment = announce(order)

    pass_time(13)
    receive(payment)

    assert fresh(order).status == "paid"
    auction.refresh_from_db()
    assert auction.settled_at is not None


def test_a_sale_that_its_seller_calls_off_takes_no_transfer() -> None:
    order = make_order()
    payment = announce(order)
    marketplace.cancel_order(order=order, actor=order.seller)
    deliver_all()

    receive(payment)
    payments.resolve_uncertain_payments(now=timezone.now() + timedelta(hours=1))

    assert fresh(order).status == "cancelled"
    payment.refresh_from_db()
    assert payment.state == "refunded"


def test_what_is_collected_is_paid_in_cash(sign_in: Callable[[Any], Client]) -> None:
    order = make_order()
    payment = announce(order, "cash")
    page = sign_in(order.buyer).get(reverse("chowk_payments_pages:payment", args=[payment.pk]))
    assert "Pay in cash when you get it." in page.content.decode()

    pass_time(5)
    receive(payment)

    assert fresh(order).status == "paid"


def test_what_is_sent_is_not_paid_in_cash() -> None:
    order = make_order()
    order = marketplace.set_delivery(order=order, actor=order.buyer, ship_to=SHIP_TO, shipping="standard")
    with pytest.raises(Refused, match="collect"):
        payments.pay(payer=order.buyer, target=Target.of(order), method="cash")
    client = APIClient()
    client.force_authenticate(order.buyer)
    body = {"target": {"type": "chowk_marketplace.order", "id": str(order.pk)}, "method": "cash"}
    answer = client.post("/api/payments/", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "cash_only_collected")
    assert not get_payment_model().objects.filter(payer=order.buyer).exists()
    announce(order)
