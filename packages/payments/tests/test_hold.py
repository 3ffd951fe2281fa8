from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chowk_payments import services
from chowk_payments.exceptions import DomainError
from chowk_payments.models import get_hold_model, get_transfer_model
from tests.factories import WalletFactory
from tests.test_transfer import available, counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse() -> Any:
    return WalletFactory(funds=1000)


@pytest.fixture
def till() -> Any:
    return WalletFactory()


def held(purse: Any, till: Any, amount: Any = 600, **extra: Any) -> Any:
    return services.hold(debit=purse, credit=till, amount=amount, code="test", **extra)


def test_what_is_held_cannot_be_spent(purse: Any, till: Any) -> None:
    held(purse, till)
    assert counters(purse) == (0, 1000, 600, 0)
    assert counters(till) == (0, 0, 0, 600)
    with pytest.raises(DomainError) as refusal:
        services.transfer(legs=[services.Leg(debit=purse, credit=till, amount=401, code="test")])
    assert refusal.value.code == "insufficient_funds"
    with pytest.raises(DomainError) as refusal:
        held(purse, till, 401)
    assert refusal.value.code == "insufficient_funds"
    assert get_hold_model()._default_manager.count() == 1


def test_post_in_full_and_again(purse: Any, till: Any) -> None:
    hold = held(purse, till)
    row = services.post_hold(hold=hold)
    assert services.post_hold(hold=hold).pk == row.pk
    assert (hold.state, hold.posted_amount, row.amount, row.hold_id) == ("posted", 600, 600, hold.pk)
    assert counters(purse) == (600, 1000, 0, 0)
    assert counters(till) == (0, 600, 0, 0)


def test_post_in_part_frees_the_rest(purse: Any, till: Any) -> None:
    hold = held(purse, till)
    services.post_hold(hold=hold, amount=250)
    assert (hold.state, hold.posted_amount) == ("partly_posted", 250)
    assert (available(purse), available(till)) == (750, 250)


def test_a_hold_resolves_once(purse: Any, till: Any) -> None:
    posted, voided = held(purse, till, 300), held(purse, till, 300)
    services.post_hold(hold=posted)
    services.void_hold(hold=voided)
    services.void_hold(hold=voided)
    for resolve in (
        lambda: services.void_hold(hold=posted),
        lambda: services.post_hold(hold=posted, amount=1),
        lambda: services.post_hold(hold=voided),
    ):
        with pytest.raises(DomainError) as refusal:
            resolve()
        assert refusal.value.code == "hold_resolved"
    assert (available(purse), available(till)) == (700, 300)
    assert get_transfer_model()._default_manager.filter(hold__isnull=False).count() == 1


def test_expiry(purse: Any, till: Any) -> None:
    now = timezone.now()
    late = held(purse, till, 100, expires_at=now + timedelta(minutes=5))
    open_ended = held(purse, till, 100)
    assert services.expire_holds(now=now + timedelta(minutes=4)) == 0
    after = now + timedelta(minutes=5)
    with pytest.raises(DomainError) as refusal:
        services.post_hold(hold=late, now=after)
    assert refusal.value.code == "hold_expired"
    assert services.expire_holds(now=after) == 1
    assert services.expire_holds(now=after) == 0
    late.refresh_from_db()
    open_ended.refresh_from_db()
    assert (late.state, open_ended.state) == ("expired", "pending")
    assert available(purse) == 900
    with pytest.raises(DomainError) as refusal:
        services.post_hold(hold=late)
    assert refusal.value.code == "hold_resolved"


def test_same_key_happens_once(purse: Any, till: Any) -> None:
    first = held(purse, till, key="k")
    assert held(purse, till, key="k").pk == first.pk
    services.post_hold(hold=first)
    services.transfer(legs=[services.Leg(debit=purse, credit=till, amount=400, code="test")])
    assert held(purse, till, key="k").pk == first.pk, "also when there is no money left for a new one"
    with pytest.raises(DomainError) as refusal:
        held(purse, till, 599, key="k")
    assert refusal.value.code == "idempotency_key_reused"
    assert available(purse) == 0


@pytest.mark.parametrize("amount", [0, -5, 10**18, 1.0, True])
def test_wrong_amounts(purse: Any, till: Any, amount: Any) -> None:
    with pytest.raises(DomainError) as refusal:
        held(purse, till, amount)
    assert refusal.value.code == "invalid_amount"
    hold = held(purse, till)
    with pytest.raises(DomainError) as refusal:
        services.post_hold(hold=hold, amount=amount)
    assert refusal.value.code == "invalid_amount"
    with pytest.raises(DomainError) as refusal:
        services.post_hold(hold=hold, amount=601)
    assert refusal.value.code == "more_than_held"
    assert counters(purse) == (0, 1000, 600, 0)
