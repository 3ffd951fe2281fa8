"""The gateway stripe, driven by the official client against the fake, under the contract of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chowk_payments.gateways.base import Intent, Outcome, Redirect, Token
from chowk_payments.gateways.stripe import StripeGateway
from chowk_payments.testing import (
    ChallengingContract,
    DecliningContract,
    OnboardingContract,
    PayingOutContract,
    ReservingContract,
)
from chowk_payments.testing.stripe_fake import StripeFake

RETURN = "https://shop.example/back"


@pytest.fixture(scope="module")
def fake() -> Iterator[StripeFake]:
    with StripeFake() as running:
        yield running


class Stripe:
    """A gateway at the fake, whose books each test begins empty."""

    gateway: Any
    fake: StripeFake

    @pytest.fixture(autouse=True)
    def _fake(self, fake: StripeFake) -> None:
        self.fake = fake
        fake.reset()

    @pytest.fixture(autouse=True)
    def _gateway(self, _fake: None) -> None:
        self.gateway = self.make_gateway()

    def make_gateway(self) -> Any:
        return StripeGateway(secret_key="sk_test_x", webhook_secret="whsec_x", url=self.fake.url)


class TestTokens(
    Stripe, ReservingContract, DecliningContract, ChallengingContract, PayingOutContract, OnboardingContract
):
    def good_source(self) -> Any:
        return Token(id="pm_card_visa", return_url=RETURN)

    def bad_source(self) -> Any:
        return Token(id="pm_card_visa_chargeDeclined", return_url=RETURN)

    def challenged_source(self) -> Any:
        return Token(id="pm_card_threeDSecure2Required", return_url=RETURN)

    def answer(self, intent: Intent, outcome: Outcome, *, approve: bool) -> Outcome:
        self.fake.authenticate(outcome.reference, approve=approve)
        return self.gateway.confirm(intent=intent)

    def destination(self) -> str:
        return self.gateway.open_account(key="seller", email="s@example.com", country="US").reference

    def bad_destination(self) -> str:
        return "acct_nobody"

    def identify(self, reference: str, url: str) -> None:
        self.fake.identify(reference)


class TestHostedPage(Stripe, ReservingContract, ChallengingContract):
    def good_source(self) -> Any:
        return Redirect(return_url=RETURN, cancel_url="https://shop.example/no")

    challenged_source = good_source

    def pay_up(self, intent: Intent, outcome: Outcome) -> Outcome:
        self.fake.check_out(outcome.action["url"].rsplit("/", 1)[-1])
        return self.gateway.confirm(intent=intent)

    def answer(self, intent: Intent, outcome: Outcome, *, approve: bool) -> Outcome:
        return self.pay_up(intent, outcome) if approve else self.gateway.cancel(intent=intent)
