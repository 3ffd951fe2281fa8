"""Paying and the wallet."""

from __future__ import annotations

import re

import pytest

from chowk_marketplace.models import get_order_model
from tests.factories import UserFactory, fill_wallet, make_order
from tests.pages import CARD, MOST_STATEMENTS, SignIn, pay_url, statements

pytestmark = pytest.mark.django_db


def test_the_wallet_costs_the_same_with_5_and_50_entries(sign_in: SignIn) -> None:
    user = UserFactory()
    viewer = sign_in(user)
    for _ in range(5):
        fill_wallet(user, 10)
    few = statements(viewer, "/wallet/")
    for _ in range(45):
        fill_wallet(user, 10)
    assert statements(viewer, "/wallet/") == few <= MOST_STATEMENTS


def test_paying_costs_little(sign_in: SignIn) -> None:
    order = make_order()
    assert statements(sign_in(order.buyer), pay_url(order)) <= MOST_STATEMENTS


@pytest.mark.django_db(transaction=True)
def test_paying_by_card(sign_in: SignIn) -> None:
    order = make_order()
    client = sign_in(order.buyer)
    wrong = client.post(pay_url(order), CARD | {"number": "4242 4242 4242 4241"})
    assert wrong.status_code == 400
    assert "Check the card" in wrong.content.decode()
    declined = client.post(pay_url(order), CARD | {"number": "4000 0000 0000 0002"})
    assert "declined" in declined.content.decode()
    page = re.sub(r'<details class="small">.*?</details>', "", declined.content.decode(), flags=re.S)
    assert "4000000000000002" not in page.replace(" ", "")
    assert client.post(pay_url(order), CARD)["Location"] == f"/orders/{order.pk}/"
    order = get_order_model().objects.get()
    assert order.status == "paid"
    assert "has been paid" in client.get(pay_url(order)).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("answer", "status"), [("approve", "paid"), ("decline", "pending_payment")])
def test_the_bank_asks(sign_in: SignIn, answer: str, status: str) -> None:
    order = make_order()
    client = sign_in(order.buyer)
    challenge = client.post(pay_url(order), CARD | {"number": "4000 0025 0000 3155"})["Location"]
    assert "3-D Secure" in client.get(challenge).content.decode()
    assert sign_in(UserFactory()).get(challenge).status_code == 404
    assert client.post(challenge, {"answer": answer})["Location"] == f"/orders/{order.pk}/"
    assert get_order_model().objects.get().status == status


@pytest.mark.django_db(transaction=True)
def test_topping_up(sign_in: SignIn) -> None:
    client = sign_in(UserFactory())
    assert client.post("/wallet/top-up/", CARD | {"amount": "0"}).status_code == 400
    assert client.post("/wallet/top-up/", CARD | {"amount": "12.345"}).status_code == 400
    assert client.post("/wallet/top-up/", CARD | {"amount": "250.50"})["Location"] == "/wallet/"
    assert "$250.50" in client.get("/wallet/").content.decode()
