"""More rows that cannot move than a batch has, and a good one behind them: its turn comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils import timezone

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import GatewayUnavailable, Outcome, Status
from chowk_payments.models import (
    get_balance_model,
    get_connected_account_model,
    get_payment_attempt_model,
    get_payout_model,
)
from chowk_payments.services.payouts import perform_payout
from tests.conftest import ANSWER_LOST, card
from tests.factories import OrderFactory, UserFactory, WalletFactory
from tests.ledger import money, sound
from tests.test_refunds import paid

pytestmark = pytest.mark.django_db

BATCH, STUCK = 2, 5


@pytest.fixture(autouse=True)
def small_batches(settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "RESOLVE_BATCH": BATCH}


def runs(work: Any) -> int:
    """What the periodic ``work`` got done in as many runs as it takes to see every row. Failures of the stuck
    ones are its to tell, not to stop at."""
    done, now = 0, timezone.now() + timedelta(hours=1)
    for run in range(STUCK // BATCH + 2):
        try:
            done += work(now=now + timedelta(minutes=run))
        except ExceptionGroup as problem:
            assert "failed" in str(problem)
    return done


@pytest.mark.parametrize("gateway", ["silent", "gone"])
def test_attempts(buyer: Any, settings: Any, gateway: str) -> None:
    """At a gateway that does not answer, or is configured no more."""
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {
            "dummy": "chowk_payments.gateways.dummy.DummyGateway",
            "silent": "tests.gateways.SilentGateway",
        },
    }
    payments = [
        services.pay(
            payer=buyer, target=Target.of(OrderFactory(buyer=buyer)), method="card", card=card(ANSWER_LOST)
        )
        for _each in range(STUCK + 1)
    ]
    attempts = get_payment_attempt_model()._default_manager
    stuck = [payment.attempts.get().pk for payment in payments[:STUCK]]
    attempts.filter(pk__in=stuck).update(gateway=gateway)
    runs(services.resolve_uncertain_payments)
    payments[-1].refresh_from_db()
    assert payments[-1].state == "captured"
    assert attempts.filter(pk__in=stuck, state="uncertain").count() == STUCK


def test_releases(buyer: Any, settings: Any) -> None:
    """Parts whose fee cannot be asked for, and parts with a refund under way."""
    later = {**settings.CHOWK_PAYMENTS, "RELEASE_AFTER": timedelta(minutes=30)}
    with override_settings(CHOWK_PAYMENTS=later):
        parts = [paid(OrderFactory(buyer=buyer), buyer) for _each in range(2 * STUCK + 1)]
        for part in parts:
            services.release_later(target=part.target, at=timezone.now())
        for part in parts[:STUCK]:
            refund = services.request_refund(part=part, by=buyer, amount=1)
            services.approve_refund(refund=refund, by=part.payee)
    broken = [part.payee.pk for part in parts[STUCK : 2 * STUCK]]
    fee = {**settings.CHOWK_PAYMENTS, "FEE": lambda payee, **facts: -1 if payee.pk in broken else 0}
    with override_settings(CHOWK_PAYMENTS=fee):
        runs(services.release_due_parts)
    parts[-1].refresh_from_db()
    assert parts[-1].released_at
    assert (money("wallet", owner=parts[-1].payee), sound()) == (10_000, True)


class PayingSome:
    """A gateway that pays out to one account and does not answer about others."""

    def payout(self, *, key: str, amount: int, currency: str, destination: str) -> Outcome:
        if destination == "good":
            return Outcome(status=Status.SUCCEEDED, reference="po_1")
        if destination == "silent":
            raise GatewayUnavailable("silent")
        raise ZeroDivisionError("nobody foresaw it")


@pytest.mark.parametrize("destination", ["silent", "broken"])
def test_payouts(settings: Any, destination: str) -> None:
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"out": PayingSome},
        "PAYOUT_GATEWAY": "out",
    }
    for number in range(STUCK + 1):
        user = UserFactory()
        WalletFactory(owner=user, funds=5_000)
        get_connected_account_model()._default_manager.create(
            user=user, gateway="out", reference=f"{number}", country="PK", payouts_enabled=True
        )
        services.request_payout(user=user, currency="USD")
    rows = list(get_payout_model()._default_manager.order_by("created_at", "pk"))
    for row in rows:
        row.destination = "good" if row is rows[-1] else destination
        row.save()
    assert runs(services.resolve_payouts) == (1 if destination == "silent" else 0)
    rows[-1].refresh_from_db()
    assert rows[-1].state == "paid"


def test_staff_do_not_decide_about_a_payout_at_the_gateway(settings: Any, buyer: Any) -> None:
    """Whether the seller got it nobody here knows: given back by hand, they would have it twice."""
    settings.CHOWK_PAYMENTS = {
        **settings.CHOWK_PAYMENTS,
        "GATEWAYS": {"out": PayingSome},
        "PAYOUT_GATEWAY": "out",
    }
    WalletFactory(owner=buyer, funds=5_000)
    get_connected_account_model()._default_manager.create(
        user=buyer, gateway="out", reference="silent", country="PK", payouts_enabled=True
    )
    row = services.request_payout(user=buyer, currency="USD", amount=2_000)
    assert services.resolve_payouts(now=timezone.now() + timedelta(hours=1)) == 0
    for verb in (services.return_payout, services.confirm_payout):
        with pytest.raises(DomainError) as refusal:
            verb(payout=row)
        assert (refusal.value.code, refusal.value.status) == ("payout_in_flight", 409)
    assert money("wallet", owner=buyer) == 3_000
    never_sent = services.request_payout(user=buyer, currency="USD", amount=1_000)
    services.return_payout(payout=never_sent)
    never_sent.refresh_from_db()
    assert perform_payout(never_sent).state == "returned", "and it is not sent any more"
    assert (money("wallet", owner=buyer), sound()) == (3_000, True)


def saver() -> Any:
    """Somebody with money who wants to be paid out."""
    user = WalletFactory(funds=5_000).owner
    services.save_bank_details(
        user=user, holder="Sana Khan", country="PK", account_number="PK36SCBL0000001123456702"
    )
    return user


def test_payouts_by_schedule_where_one_owes_it_all(settings: Any) -> None:
    """A wallet that its debt empties is below any minimum."""
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYOUT_MINIMUM": Decimal(0)}
    debtor, *others = (saver() for _each in range(3))
    owed = services.get_or_open(kind="receivable", currency="USD", owner=debtor)
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    services.transfer(legs=[services.Leg(debit=owed, credit=outside, amount=5_000, code="debt")])
    assert services.pay_out_by_schedule() == 2
    assert [payout.user for payout in get_payout_model()._default_manager.order_by("created_at")] == others
    with pytest.raises(DomainError) as refusal:
        services.request_payout(user=debtor, currency="USD")
    assert refusal.value.code == "below_payout_minimum"


def test_payouts_by_schedule_where_one_cannot_be_read() -> None:
    """Their bank was stored under a key that is lost."""
    with override_settings(CHOWK_PAYMENTS={"ENCRYPTION_KEYS": [Fernet.generate_key().decode()]}):
        saver()
    others = [saver(), saver()]
    with pytest.raises(ExceptionGroup) as problem:
        services.pay_out_by_schedule()
    [error] = problem.value.exceptions
    assert isinstance(error, ImproperlyConfigured)
    assert [payout.user for payout in get_payout_model()._default_manager.order_by("created_at")] == others


@pytest.mark.django_db(transaction=True)
def test_holds_where_one_cannot_be_freed() -> None:
    """Its balance knows nothing of it."""
    now = timezone.now()
    till = WalletFactory()
    holds = [
        services.hold(
            debit=WalletFactory(funds=100),
            credit=till,
            amount=10,
            code="test",
            expires_at=now + timedelta(minutes=minute),
        )
        for minute in range(1, 4)
    ]
    get_balance_model()._default_manager.filter(account=holds[0].debit_account).update(debits_pending=0)
    with pytest.raises(ExceptionGroup):
        services.expire_holds(now=now + timedelta(hours=1))
    for hold in holds:
        hold.refresh_from_db()
    assert [hold.state for hold in holds] == ["pending", "expired", "expired"]
