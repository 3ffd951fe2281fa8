"""The gateway paypal, on the official client against the fake, under the contract of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chowk_payments.gateways.base import Intent, Outcome, Redirect
from chowk_payments.gateways.paypal import PayPalGateway
from chowk_payments.testing import ChallengingContract, ReservingContract
from chowk_payments.testing.paypal_fake import PayPalFake

RETURN = "https://shop.example/back"


@pytest.fixture(scope="module")
def fake() -> Iterator[PayPalFake]:
    with PayPalFake() as running:
        yield running


class TestPayPal(ReservingContract, ChallengingContract):
    """A gateway at the fake, whose books each test begins empty."""

    gateway: Any
    fake: PayPalFake

    @pytest.fixture(autouse=True)
    def _fake(self, fake: PayPalFake) -> None:
        self.fake = fake
        fake.reset()

    @pytest.fixture(autouse=True)
    def _gateway(self, _fake: None) -> None:
        self.gateway = self.make_gateway()

    def make_gateway(self) -> Any:
        return PayPalGateway(client_id="client", client_secret="secret", url=self.fake.url)

    def good_source(self) -> Any:
        return Redirect(return_url=RETURN, cancel_url="https://shop.example/no")

    challenged_source = good_source

    def pay_up(self, intent: Intent, outcome: Outcome) -> Outcome:
        self.fake.approve(outcome.reference)
        return self.gateway.confirm(intent=intent)

    def answer(self, intent: Intent, outcome: Outcome, *, approve: bool) -> Outcome:
        return self.pay_up(intent, outcome) if approve else self.gateway.cancel(intent=intent)

    def takes(self, currency: str) -> bool:
        return currency != "KWD"
