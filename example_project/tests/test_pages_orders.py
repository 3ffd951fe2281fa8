"""Orders: each side sees its own, and takes its steps."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from chowk_core.targets import Target
from chowk_marketplace.models import get_order_model
from chowk_payments import services as payments
from demo.people import card
from tests.factories import UserFactory, fill_wallet, make_order
from tests.pages import CARD, MOST_STATEMENTS, SignIn, pay_url, statements

pytestmark = pytest.mark.django_db


def test_orders_cost_the_same_with_5_and_50(sign_in: SignIn) -> None:
    buyer, seller = UserFactory(), UserFactory()
    viewer = sign_in(buyer)
    for _ in range(5):
        make_order(buyer=buyer, seller=seller)
    few = statements(viewer, "/orders/")
    for _ in range(45):
        make_order(buyer=buyer, seller=seller)
    assert statements(viewer, "/orders/") == few <= MOST_STATEMENTS


def test_an_order_costs_little(sign_in: SignIn) -> None:
    order = make_order()
    for viewer in (order.buyer, order.seller):
        assert statements(sign_in(viewer), f"/orders/{order.pk}/") <= MOST_STATEMENTS


def test_an_order_is_for_its_two_sides(sign_in: SignIn) -> None:
    order = make_order()
    url = f"/orders/{order.pk}/"
    assert Client().get(url).status_code == 302
    assert sign_in(UserFactory()).get(url).status_code == 404
    assert "Pay" in sign_in(order.buyer).get(url).content.decode()
    seller = sign_in(order.seller).get(url).content.decode()
    assert "$4,900.00" in seller
    assert "$100.00" in seller


@pytest.mark.django_db(transaction=True)
def test_the_seller_reads_what_is_theirs_only_while_it_is(sign_in: SignIn) -> None:
    order = make_order()
    seller = sign_in(order.seller)

    def said() -> str:
        return re.sub(r"<[^>]+>", "", seller.get(f"/orders/{order.pk}/").content.decode())

    page = said()
    for words in ("You will get", "Fee of the house, 2%", "$100.00", "Yours, 98%", "has not paid yet"):
        assert words in page, words
    sign_in(order.buyer).post(pay_url(order), CARD)
    assert "in escrow" in said()
    seller.post(f"/orders/{order.pk}/cancel/")
    page = said()
    assert "Back with the buyer" in page
    assert "$4,900.00" not in page


def test_nothing_is_promised_of_an_order_that_was_cancelled_unpaid(sign_in: SignIn) -> None:
    order = make_order()
    seller = sign_in(order.seller)
    seller.post(f"/orders/{order.pk}/cancel/")
    page = seller.get(f"/orders/{order.pk}/").content.decode()
    assert "Cancelled" in page
    assert "You will get" not in page


@pytest.mark.django_db(transaction=True)
def test_from_wallet_to_delivery_the_seller_gets_98_percent(sign_in: SignIn) -> None:
    order = make_order(price=5000)
    fill_wallet(order.buyer, 6000)
    buyer, seller = sign_in(order.buyer), sign_in(order.seller)
    url = f"/orders/{order.pk}/"
    assert buyer.post(pay_url(order), {"method": "wallet"}).status_code == 302
    assert buyer.post(f"{url}ship/").status_code == 302
    assert get_order_model().objects.get().status == "paid"
    seller.post(f"{url}ship/", {"carrier": "TCS", "tracking_number": "TCS-77120934"})
    assert "TCS-77120934" in buyer.get(url).content.decode()
    buyer.post(f"{url}deliver/")
    assert get_order_model().objects.get().status == "completed"
    assert "$4,900.00" in seller.get("/wallet/").content.decode()
    assert "$1,000.00" in buyer.get("/wallet/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_cancelling_gives_the_money_back(sign_in: SignIn) -> None:
    order = make_order()
    payments.pay(payer=order.buyer, target=Target.of(order), method="card", card=card())
    sign_in(order.seller).post(f"/orders/{order.pk}/cancel/", {"note": "It burnt down."})
    page = sign_in(order.buyer).get(f"/orders/{order.pk}/").content.decode()
    assert "It burnt down." in page
    assert "back" in page.lower()
    assert get_order_model().objects.get().status == "cancelled"


def test_an_unknown_step_is_404(sign_in: SignIn) -> None:
    order = make_order()
    assert sign_in(order.buyer).post(f"/orders/{order.pk}/explode/").status_code == 404
