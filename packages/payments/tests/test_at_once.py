"""Payments by several people and processes at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_gateway_record_model, get_payment_model
from chowk_payments.services.audit import check_ledger
from tests.conftest import ANSWER_LOST, CHALLENGED, REFUND_LOST, card, events
from tests.factories import WalletFactory
from tests.ledger import money
from tests.test_crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_capture_however_many_pay(buyer: Any, order: Any, target: Target) -> None:
    """By card and by wallet at once, without keys: one takes the money; the gateway is asked once at most."""
    WalletFactory(owner=buyer, funds=50_000)

    def pay(number: int) -> None:
        if number % 2:
            services.pay(payer=buyer, target=target, method="wallet")
        else:
            services.pay(payer=buyer, target=target, method="card", card=card())

    answers = Counter(at_once(10, pay))
    assert answers["ok"] == 1
    assert set(answers) <= {"ok", "already_paid", "payment_in_progress"}
    assert get_payment_model()._default_manager.count() == 1
    assert (money("escrow"), len(events("payments.captured"))) == (10_000, 1)
    assert get_gateway_record_model()._default_manager.count() <= 1
    assert check_ledger().sound


def test_one_retry_however_many_try(buyer: Any, target: Target) -> None:
    payment = services.pay(payer=buyer, target=target, method="card", card=card("4000000000000002"))
    answers = Counter(
        at_once(6, lambda number: services.retry(payment=reread(payment), payer=buyer, card=card()))
    )
    assert answers["ok"] >= 1
    assert set(answers) <= {"ok", "payment_in_progress", "wrong_payment_state"}
    assert reread(payment).state == "captured"
    assert money("escrow") == 10_000


def test_confirmed_while_cancelled(buyer: Any, target: Target) -> None:
    """The gateway decides which came first; both sides record the same."""
    payment = services.pay(payer=buyer, target=target, method="card", card=card(CHALLENGED))

    def act(number: int) -> None:
        if number % 2:
            services.confirm_payment(payment=reread(payment), payer=buyer, answer="approve")
        else:
            services.cancel_payment(payment=reread(payment), payer=buyer)

    answers = at_once(6, act)
    assert set(answers) <= {"ok", "wrong_payment_state"}
    state = reread(payment).state
    record = get_gateway_record_model()._default_manager.get()
    assert (state, record.status) in {("captured", "succeeded"), ("cancelled", "cancelled")}
    assert money("escrow") == (10_000 if state == "captured" else 0)


def test_resolved_by_many(buyer: Any, target: Target) -> None:
    services.pay(payer=buyer, target=target, method="card", card=card(ANSWER_LOST))
    assert set(at_once(6, lambda number: services.resolve_uncertain_payments())) == {"ok"}
    assert (money("escrow"), len(events("payments.captured"))) == (10_000, 1)


def test_released_or_refunded_never_both(buyer: Any, seller: Any, target: Target) -> None:
    services.pay(payer=buyer, target=target, method="card", card=card(REFUND_LOST))

    def act(number: int) -> None:
        if number % 2:
            services.release_escrow(target=target)
        else:
            services.refund_escrow(target=target)

    assert set(at_once(6, act)) == {"ok"}
    services.resolve_uncertain_payments()
    state = get_payment_model()._default_manager.get().state
    assert state in {"released", "refunded"}
    assert money("wallet", owner=seller) == (9_800 if state == "released" else 0)
    assert money("escrow") == 0
    assert len(events("payments.released")) + len(events("payments.refunded")) == 1
    assert check_ledger().sound


def test_wallets_crossing(buyer: Any, seller: Any) -> None:
    """Transfers both ways between the same two wallets, in journals of opposed order: no deadlock."""
    one, other = WalletFactory(owner=buyer, funds=1000), WalletFactory(owner=seller, funds=1000)

    def cross(number: int) -> None:
        pair = (one, other) if number % 2 else (other, one)
        for _each in range(10):
            back = services.Leg(debit=pair[1], credit=pair[0], amount=1, code="test")
            services.transfer(legs=[services.Leg(debit=pair[0], credit=pair[1], amount=2, code="test"), back])

    assert set(at_once(8, cross)) == {"ok"}
    assert check_ledger().sound


def test_money_is_sent_and_told_once(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=1_000)
    WalletFactory(owner=seller)

    def send(number: int) -> None:
        services.send_money(sender=buyer, recipient=seller, amount=100, currency="USD", key="one")

    assert set(at_once(8, send)) == {"ok"}
    assert (money("wallet", owner=buyer), money("wallet", owner=seller)) == (900, 100)
    told = [(event["user_id"], event["amount"]) for event in events("payments.wallet_changed")]
    assert sorted(told) == sorted([(str(buyer.pk), "-1.00"), (str(seller.pk), "1.00")])


def reread(payment: Any) -> Any:
    return get_payment_model()._default_manager.get(pk=payment.pk)
