"""The pages in a site that has nothing but this package: as installed, whatever the keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_payment_model
from tests.conftest import card
from tests.factories import OrderFactory, UserFactory, WalletFactory, basket_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.urls_pages")]

CARD = {"method": "card", "number": "4242424242424242", "expiry": "12/40", "security_code": "123"}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def owed() -> tuple[Client, str, Any]:
    """A buyer's browser, the address where the order is paid, and the buyer."""
    buyer = UserFactory()
    target = Target.of(OrderFactory(buyer=buyer))
    return browser(buyer), f"/pay/?type={target.type}&id={target.id}", buyer


def test_the_sum_is_in_sight() -> None:
    client, url, _buyer = owed()
    page = client.get(url).content.decode()
    assert "$100.00" in page
    assert "not enough" in page


def test_paying_by_card_leads_on() -> None:
    client, url, _buyer = owed()
    assert client.post(url, CARD)["Location"] == "/wallet/"
    assert get_payment_model().objects.get().state == "captured"
    assert "paid already" in client.post(url, CARD).content.decode()


def test_sending_the_form_twice_pays_once() -> None:
    client, url, _buyer = owed()
    key = re.findall(r'name="key" value="([^"]+)"', client.get(url).content.decode())[-1]
    for _ in range(2):
        client.post(url, CARD | {"key": key})
    assert get_payment_model().objects.filter(state="captured").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"number": "4242424242424241"},
        {"number": ""},
        {"expiry": "13/40"},
        {"expiry": "12/20"},
        {"expiry": "soon"},
        {"security_code": "12"},
        {"security_code": "١٢٣"},
    ],
)
def test_a_wrong_card_is_refused_and_never_shown_again(change: dict[str, str]) -> None:
    client, url, _buyer = owed()
    answer = client.post(url, CARD | change)
    assert answer.status_code == 400
    assert not get_payment_model().objects.filter(state="captured").exists()
    assert not re.search(r'value="(4242|12"|123)', answer.content.decode())


@pytest.mark.parametrize(
    ("answer", "state"), [("approve", "captured"), ("decline", "failed"), ("x", "requires_action")]
)
def test_the_banks_question(answer: str, state: str) -> None:
    client, url, _buyer = owed()
    challenge = client.post(url, CARD | {"number": "4000002500003155"})["Location"]
    assert "Is this payment yours?" in client.get(challenge).content.decode()
    assert browser(UserFactory()).post(challenge, {"answer": "approve"}).status_code == 404
    client.post(challenge, {"answer": answer})
    assert get_payment_model().objects.get().state == state


def test_from_the_wallet() -> None:
    client, url, buyer = owed()
    WalletFactory(owner=buyer, funds=15_000)
    assert "from the wallet" in client.get(url).content.decode()
    client.post(url, {"method": "wallet"})
    page = client.get("/wallet/").content.decode()
    assert "$50.00" in page
    assert "-$100.00" in page


def test_others_orders_are_not_mine_to_pay() -> None:
    _client, url, _buyer = owed()
    assert browser(UserFactory()).get(url).status_code in {400, 404}
    assert browser(UserFactory()).get("/pay/?type=no.model&id=1").status_code == 404
    assert Client().get(url).status_code == 302


def test_topping_up() -> None:
    user = UserFactory()
    client = browser(user)
    assert client.post("/wallet/top-up/", CARD | {"amount": "x"}).status_code == 400
    assert client.post("/wallet/top-up/", CARD | {"amount": "200000"}).status_code == 400
    assert client.post("/wallet/top-up/", CARD | {"amount": "25"})["Location"] == "/wallet/"
    assert "$25.00" in client.get("/wallet/").content.decode()


def test_a_payee_among_several_sees_what_they_get(buyer: Any) -> None:
    target = Target.of(basket_of(buyer, 100, 200))
    payment = services.pay(payer=buyer, target=target, method="card", card=card())
    seen = [
        (part.payee, amount, "$3.00")
        for part, amount in zip(payment.parts.order_by("position"), ("$1.00", "$2.00"), strict=True)
    ]
    for viewer, amount, other in [*seen, (buyer, "$3.00", "$1.00")]:
        page = browser(viewer).get(f"/payments/{payment.pk}/").content.decode()
        assert (amount in page, other in page) == (True, False)
