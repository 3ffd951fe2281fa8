"""The gateways that are no remote party, under the contract of all."""

from __future__ import annotations

from typing import Any

import pytest

from chowk_payments.gateways.base import BankTransfer, Cash, Intent, Outcome, Wallet
from chowk_payments.gateways.dummy import DummyGateway
from chowk_payments.gateways.manual import ManualGateway
from chowk_payments.gateways.wallet import WalletGateway
from chowk_payments.services.audit import check_ledger
from chowk_payments.testing import (
    ChallengingContract,
    DecliningContract,
    PayingOutContract,
    ReservingContract,
    SettlingContract,
)
from tests.conftest import CHALLENGED, DECLINED, card
from tests.factories import UserFactory, WalletFactory
from tests.ledger import money, total


class TestDummy(ReservingContract, DecliningContract, ChallengingContract, PayingOutContract):
    def make_gateway(self) -> Any:
        return DummyGateway()

    def good_source(self) -> Any:
        return card()

    def bad_source(self) -> Any:
        return card(DECLINED)

    def challenged_source(self) -> Any:
        return card(CHALLENGED)

    def answer(self, intent: Intent, outcome: Outcome, *, approve: bool) -> Outcome:
        return self.gateway.confirm(intent=intent, answer="approve" if approve else "decline")

    def destination(self) -> str:
        return "a seller"

    def bad_destination(self) -> str:
        return "declined"


class TestCash(ReservingContract, SettlingContract):
    def make_gateway(self) -> Any:
        return ManualGateway()

    def good_source(self) -> Any:
        return Cash()

    def pay_up(self, intent: Intent, outcome: Outcome) -> Outcome:
        return self.gateway.settle(intent=intent)


class TestBankTransfer(TestCash):
    def good_source(self) -> Any:
        return BankTransfer()


class TestWallet(ReservingContract, DecliningContract):
    def make_gateway(self) -> Any:
        return WalletGateway()

    @pytest.fixture(autouse=True)
    def _sound(self, db: None) -> Any:
        """Each test leaves a ledger whose total is zero."""
        self.rich, self.poor = UserFactory(), UserFactory()
        for currency in ("USD", "JPY", "KWD"):
            WalletFactory(owner=self.rich, currency=currency, funds=50_000)
        yield
        assert total() == 0

    def good_source(self) -> Any:
        return Wallet(owner=self.rich)

    def bad_source(self) -> Any:
        return Wallet(owner=self.poor)

    def test_where_the_money_is(self) -> None:
        intent = self.charged(capture=False)
        assert (money("wallet", owner=self.rich), money("clearing", name="wallet")) == (40_000, 0)
        self.gateway.capture(intent=intent, amount=4_000)
        assert (money("wallet", owner=self.rich), money("clearing", name="wallet")) == (46_000, 4_000)
        self.gateway.refund(intent=intent, key="r", amount=1_000)
        assert (money("wallet", owner=self.rich), money("clearing", name="wallet")) == (47_000, 3_000)

    @pytest.mark.django_db(transaction=True)
    def test_the_ledger_is_sound(self) -> None:
        intent = self.charged(capture=False)
        self.gateway.capture(intent=intent, amount=4_000)
        self.gateway.refund(intent=intent, key="r", amount=1_000)
        self.gateway.cancel(intent=self.charged(capture=False))
        assert check_ledger().sound
