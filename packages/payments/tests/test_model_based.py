"""Holds and splits against plain-Python models of them: random sequences, judged step by step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.policies import PercentFee
from tests.factories import UserFactory
from tests.ledger import total
from tests.test_transfer import available, counters

START = 1000
AMOUNTS = st.integers(min_value=1, max_value=START + 50)


class Holds(RuleBasedStateMachine):
    """Two accounts and a clock. The model keeps what each has, and what is held until when."""

    holds: Bundle[int] = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.purse, self.till = (services.wallet_of(UserFactory(), "USD") for _each in range(2))
        outside = services.get_or_open(kind="external", currency="USD", name="model")
        services.transfer(legs=[services.Leg(debit=outside, credit=self.purse, amount=START, code="test")])
        self.now = timezone.now()
        self.money = [START, 0]
        self.open: dict[int, tuple[Any, int, Any]] = {}
        self.rows: list[Any] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def held(self) -> int:
        return sum(amount for _row, amount, _end in self.open.values())

    def attempt(self, expected: str, work: Any) -> Any:
        """Do ``work``, which must answer with the code ``expected`` ("ok" for success)."""
        try:
            result, answer = work(), "ok"
        except DomainError as error:
            result, answer = None, error.code
        assert answer == expected
        return result

    @rule(amount=AMOUNTS)
    def transfer(self, amount: int) -> None:
        enough = amount <= self.money[0] - self.held()
        leg = services.Leg(debit=self.purse, credit=self.till, amount=amount, code="test")
        self.attempt("ok" if enough else "insufficient_funds", lambda: services.transfer(legs=[leg]))
        if enough:
            self.money = [self.money[0] - amount, self.money[1] + amount]

    @rule(amount=AMOUNTS)
    def give_back(self, amount: int) -> None:
        enough = amount <= self.money[1]
        leg = services.Leg(debit=self.till, credit=self.purse, amount=amount, code="test")
        self.attempt("ok" if enough else "insufficient_funds", lambda: services.transfer(legs=[leg]))
        if enough:
            self.money = [self.money[0] + amount, self.money[1] - amount]

    @rule(target=holds, amount=AMOUNTS, minutes=st.sampled_from([None, 1, 10]))
    def hold(self, amount: int, minutes: int | None) -> int:
        end = None if minutes is None else self.now + timedelta(minutes=minutes)
        enough = amount <= self.money[0] - self.held()
        row = self.attempt(
            "ok" if enough else "insufficient_funds",
            lambda: services.hold(
                debit=self.purse, credit=self.till, amount=amount, code="test", expires_at=end
            ),
        )
        self.rows.append(row)
        if enough:
            self.open[len(self.rows) - 1] = (row, amount, end)
        return len(self.rows) - 1

    @rule(number=consumes(holds), share=st.floats(min_value=0.01, max_value=1))
    def post(self, number: int, share: float) -> None:
        if (row := self.rows[number]) is None:
            return
        amount = max(1, int(row.amount * share))
        _row, _amount, end = self.open.get(number, (None, 0, None))
        state = (
            "hold_resolved"
            if number not in self.open
            else "hold_expired"
            if end and end <= self.now
            else "ok"
        )
        self.attempt(state, lambda: services.post_hold(hold=row, amount=amount, now=self.now))
        if state == "ok":
            del self.open[number]
            self.money = [self.money[0] - amount, self.money[1] + amount]

    @rule(number=consumes(holds))
    def void(self, number: int) -> None:
        if (row := self.rows[number]) is None:
            return
        self.attempt("ok" if number in self.open else "hold_resolved", lambda: services.void_hold(hold=row))
        self.open.pop(number, None)

    @rule(minutes=st.integers(min_value=0, max_value=6))
    def expire(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        late = [number for number, (_row, _amount, end) in self.open.items() if end and end <= self.now]
        assert services.expire_holds(now=self.now) == len(late)
        for number in late:
            del self.open[number]

    @invariant()
    def the_ledger_agrees(self) -> None:
        assert available(self.purse) == self.money[0] - self.held()
        assert available(self.till) == self.money[1]
        assert counters(self.purse)[2] == counters(self.till)[3] == self.held()
        assert total() == 0


@pytest.mark.django_db
def test_holds() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Holds,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    amount=st.integers(min_value=1, max_value=10**17),
    percent=st.decimals(min_value=0, max_value=100, places=3, allow_nan=False),
)
def test_the_fee_is_the_exact_share_to_within_half_a_unit(amount: int, percent: Decimal) -> None:
    with override_settings(CHOWK_PAYMENTS={"FEE_PERCENT": percent}):
        fee = PercentFee()(amount=amount, currency="USD", payee=None, target=Target("a.b", "1"))
    exact = Fraction(amount) * Fraction(percent) / 100
    assert 0 <= fee <= amount
    assert abs(fee - exact) <= Fraction(1, 2)
    if abs(fee - exact) == Fraction(1, 2):
        assert fee < exact, "half a unit goes to the payee"
