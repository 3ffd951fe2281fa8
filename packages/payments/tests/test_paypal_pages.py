"""PayPal on the pages: to PayPal and back, or back without having paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.test import Client

from chowk_core.targets import Target
from chowk_payments.models import get_payment_model
from chowk_payments.testing.paypal_fake import PayPalFake
from tests.factories import OrderFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.urls_pages")]


@pytest.fixture(scope="module")
def running() -> Iterator[PayPalFake]:
    with PayPalFake() as fake:
        yield fake


@pytest.fixture
def paypal(running: PayPalFake, settings: Any) -> PayPalFake:
    running.reset()
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway"},
        "METHODS": {"paypal": "paypal"},
        "SECRETS": "tests.gateways.every_secret",
        "PAYPAL_URL": running.url,
    }
    return running


class Payer:
    """A browser of somebody who owes an order."""

    def __init__(self, **order: Any) -> None:
        self.user = UserFactory()
        self.client = Client()
        self.client.force_login(self.user)
        target = Target.of(OrderFactory(buyer=self.user, **order))
        self.url = f"/pay/?type={target.type}&id={target.id}"

    def choose(self) -> str:
        """Choose PayPal; answers the address of PayPal's page."""
        key = re.findall(r'name="key" value="(p-[^"]+)"', self.client.get(self.url).text)[-1]
        page = self.client.post(self.url, {"method": "paypal", "key": key})["Location"]
        found = self.client.get(page).text
        assert "Go on at PayPal" in found
        [url] = re.findall(r'href="(http://127\.0\.0\.1:\d+/fake/approve/\w+)"', found)
        return str(url)

    def answer(self, url: str, answer: str) -> str:
        """Press a button on PayPal's page, and follow it back. Answers where that leads."""
        back = requests.post(url, data={"answer": answer}, allow_redirects=False, timeout=10)
        address = back.headers["Location"].removeprefix("http://testserver")
        return str(self.client.get(address)["Location"])

    def payment(self) -> Any:
        return get_payment_model()._default_manager.get(payer=self.user)


def test_there_and_back(paypal: PayPalFake) -> None:
    payer = Payer()
    url = payer.choose()
    assert "100.00 USD" in requests.get(url, timeout=10).text
    assert payer.answer(url, "pay") == "/wallet/"
    assert payer.payment().state == "captured"
    assert payer.answer(url, "back") == "/wallet/", "what is paid stays paid"
    assert payer.payment().state == "captured"


def test_back_without_having_paid(paypal: PayPalFake) -> None:
    payer = Payer()
    url = payer.choose()
    assert payer.answer(url, "back") == "/wallet/"
    assert payer.payment().state == "cancelled"
    assert payer.answer(payer.choose(), "pay") == "/wallet/"
    states = get_payment_model()._default_manager.values_list("state", flat=True)
    assert sorted(states) == ["cancelled", "captured"]


def test_declined(paypal: PayPalFake) -> None:
    payer = Payer()
    payer.answer(payer.choose(), "pay with a card that is declined")
    assert payer.payment().state == "failed"
    assert "PayPal did not take the money" in payer.client.get("/wallet/").text


def test_paypal_does_not_answer(paypal: PayPalFake) -> None:
    payer = Payer()
    url = payer.choose()
    paypal.fail_next = ["request"]
    page = payer.answer(url, "pay")
    assert page == f"/payments/{payer.payment().pk}/"
    assert "PayPal does not answer" in payer.client.get(page).text
    payer.client.post(page)
    assert payer.payment().state == "captured"


def test_others_orders_are_not_mine_to_confirm(paypal: PayPalFake) -> None:
    payer, stranger, seller = Payer(), Payer(), Client()
    token = payer.choose().rsplit("/", 1)[-1]
    seller.force_login(payer.payment().payee)
    for query in (f"token={token}", f"token={token}&given_up=1", "token=", "token=nothing", "given_up=1", ""):
        for other in (stranger.client, seller):
            assert other.get(f"/pay/back/?{query}").status_code == 404
    assert Client().get(f"/pay/back/?token={token}").status_code == 302
    assert payer.payment().state == "requires_action"


@pytest.mark.parametrize(("currency", "total"), [("KWD", 12_340), ("HUF", 10_050)])
def test_it_is_not_offered_for_what_paypal_does_not_take(
    paypal: PayPalFake, currency: str, total: int
) -> None:
    payer = Payer(currency=currency, total=total)
    assert "with PayPal" not in payer.client.get(payer.url).text
    answer = payer.client.post(payer.url, {"method": "paypal"})
    assert (answer.status_code, "Choose another way to pay" in answer.text) == (400, True)


def test_it_is_not_offered_where_it_is_not_configured() -> None:
    payer = Payer()
    assert "PayPal" not in payer.client.get(payer.url).text
    assert payer.client.post(payer.url, {"method": "paypal"}).status_code == 400
