from __future__ import annotations

from typing import Any

import pytest

from chowk_payments import services
from chowk_payments.abstract_models import MAX_AMOUNT, MAX_COUNTER
from chowk_payments.exceptions import DomainError
from chowk_payments.models import get_balance_model, get_transfer_model
from chowk_payments.services import Leg
from tests.factories import WalletFactory

pytestmark = pytest.mark.django_db


def counters(account: Any) -> tuple[int, int, int, int]:
    row: Any = get_balance_model()._default_manager.get(account=account)
    return (row.debits_posted, row.credits_posted, row.debits_pending, row.credits_pending)


def available(account: Any) -> int:
    return get_balance_model()._default_manager.get(account=account).available


def leg(debit: Any, credit: Any, amount: Any, code: str = "test") -> Leg:
    return Leg(debit=debit, credit=credit, amount=amount, code=code, reference="shop.order:1")


@pytest.fixture
def purse() -> Any:
    return WalletFactory(funds=1000)


@pytest.fixture
def till() -> Any:
    return WalletFactory()


def test_moves_money(purse: Any, till: Any) -> None:
    [row] = services.transfer(legs=[leg(purse, till, 400)])
    assert (available(purse), available(till)) == (600, 400)
    stored = get_transfer_model()._default_manager.get(pk=row.pk)
    assert (stored.amount, stored.currency, stored.code, stored.reference) == (
        400,
        "USD",
        "test",
        "shop.order:1",
    )
    assert stored.created_at == row.created_at


def test_several_legs_are_judged_together(purse: Any, till: Any) -> None:
    """The till may pass on at once what it receives in the same entry."""
    fees = WalletFactory()
    rows = services.transfer(legs=[leg(till, fees, 20), leg(purse, till, 1000)])
    assert [row.position for row in rows] == [0, 1]
    assert len({row.key for row in rows}) == 1
    assert [available(account) for account in (purse, till, fees)] == [0, 980, 20]


def test_all_legs_or_none(purse: Any, till: Any) -> None:
    before = get_transfer_model()._default_manager.count()
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=[leg(purse, till, 600), leg(purse, till, 401)])
    assert refusal.value.code == "insufficient_funds"
    assert get_transfer_model()._default_manager.count() == before
    assert counters(purse) == (0, 1000, 0, 0)
    assert counters(till) == (0, 0, 0, 0)


def test_same_key_happens_once(purse: Any, till: Any) -> None:
    first = services.transfer(legs=[leg(purse, till, 700), leg(purse, till, 300)], key="k")
    again = services.transfer(legs=[leg(purse, till, 700), leg(purse, till, 300)], key="k")
    assert [row.pk for row in first] == [row.pk for row in again]
    assert available(purse) == 0


@pytest.mark.parametrize(
    "change", [{"amount": 5}, {"code": "other"}, {"reference": "other"}, {"swap": True}, {"more": True}]
)
def test_same_key_for_something_else(purse: Any, till: Any, change: dict[str, Any]) -> None:
    services.transfer(legs=[leg(purse, till, 100)], key="k")
    parts = {"debit": purse, "credit": till, "amount": 100, "code": "test", "reference": "shop.order:1"}
    if change.pop("swap", False):
        change = {"debit": till, "credit": purse}
    legs = [Leg(**parts)] * 2 if change.pop("more", False) else [Leg(**{**parts, **change})]
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=legs, key="k")
    assert refusal.value.code == "idempotency_key_reused"
    assert available(purse) == 900


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT + 1, 10**30, 1.5, float("nan"), "5", None, True])
def test_wrong_amounts(purse: Any, till: Any, amount: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=[leg(purse, till, amount)])
    assert refusal.value.code == "invalid_amount"
    assert available(purse) == 1000


def test_wrong_legs_and_keys(purse: Any, till: Any) -> None:
    yen = WalletFactory(currency="JPY")
    for legs, key, code in (
        ([], "", "no_legs"),
        ([leg(purse, purse, 1)], "", "same_account"),
        ([leg(purse, yen, 1)], "", "currency_mismatch"),
        ([leg(purse, till, 1)], "x" * 101, "invalid_key"),
        ([leg(purse, till, 1)], "hold:1", "invalid_key"),
        ([leg(purse, till, MAX_AMOUNT), leg(purse, till, MAX_AMOUNT)], "", "invalid_amount"),
    ):
        with pytest.raises(DomainError) as refusal:
            services.transfer(legs=legs, key=key)
        assert refusal.value.code == code
    assert available(purse) == 1000


def test_a_counter_never_overflows(purse: Any) -> None:
    """SQLite would turn a sum past 64 bits into a float, PostgreSQL into an error of its own."""
    full: Any = WalletFactory()
    get_balance_model()._default_manager.filter(account=full).update(
        credits_posted=MAX_COUNTER - 10, debits_posted=MAX_COUNTER - 10
    )
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=[leg(purse, full, 11)])
    assert refusal.value.code == "ledger_overflow"
    assert available(full) == 0


def test_unknown_account(purse: Any, till: Any) -> None:
    get_balance_model()._default_manager.filter(account=till).delete()
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=[leg(purse, till, 1)])
    assert refusal.value.code == "unknown_account"
    assert available(purse) == 1000


def test_reversals_never_exceed_the_original(purse: Any, till: Any) -> None:
    [original] = services.transfer(legs=[leg(purse, till, 500)])
    services.reverse(original=original, amount=200, key="r1")
    services.reverse(original=original, amount=200, key="r1")
    with pytest.raises(DomainError) as refusal:
        services.reverse(original=original, amount=301)
    assert refusal.value.code == "more_than_transferred"
    rest = services.reverse(original=original, key="r2")
    assert (rest.amount, services.reverse(original=original, key="r2").pk) == (300, rest.pk)
    assert (available(purse), available(till)) == (1000, 0)
    with pytest.raises(DomainError) as refusal:
        services.reverse(original=original)
    assert refusal.value.code == "more_than_transferred"
    with pytest.raises(DomainError) as refusal:
        services.reverse(original=original, amount=100, key="r1")
    assert refusal.value.code == "idempotency_key_reused"


def test_reversal_needs_the_money(purse: Any, till: Any) -> None:
    [original] = services.transfer(legs=[leg(purse, till, 500)])
    services.transfer(legs=[leg(till, purse, 500)])
    with pytest.raises(DomainError) as refusal:
        services.reverse(original=original)
    assert refusal.value.code == "insufficient_funds"
