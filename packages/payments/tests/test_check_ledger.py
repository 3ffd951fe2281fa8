"""The audit finds what somebody changed past the services, and nothing in a sound ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from chowk_payments import immutability, services
from chowk_payments.models import (
    get_account_model,
    get_balance_model,
    get_hold_model,
    get_transfer_model,
)
from chowk_payments.services.audit import check_ledger
from tests.factories import WalletFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def history() -> tuple[Any, Any]:
    """A transfer, and a hold of each fate."""
    debit, credit = WalletFactory(funds=1000), WalletFactory()
    services.transfer(legs=[services.Leg(debit=debit, credit=credit, amount=100, code="test")])
    holds = [services.hold(debit=debit, credit=credit, amount=100, code="test") for _each in range(4)]
    services.post_hold(hold=holds[0])
    services.post_hold(hold=holds[1], amount=30)
    services.void_hold(hold=holds[2])
    WalletFactory(currency="JPY", funds=7)
    return debit, credit


@pytest.fixture
def unguarded() -> Iterator[None]:
    """As if somebody had dropped the triggers."""
    tables = {t: u for t, u in immutability.guarded_tables().items() if immutability.installed(t)}
    for table in tables:
        immutability.remove(connection.schema_editor(), table)
    yield
    for table, condition in tables.items():
        immutability.install(connection.schema_editor(), table, **condition)


def test_a_sound_ledger(history: Any) -> None:
    out = StringIO()
    call_command("chowk_check_ledger", stdout=out)
    assert out.getvalue().splitlines()[-1] == "sound"
    report = check_ledger()
    assert (report.accounts, report.transfers, report.holds) == (5, 5, 4)
    assert report.sums == {"USD": 0, "JPY": 0}


@pytest.mark.parametrize("counter", ["debits_posted", "credits_posted", "debits_pending", "credits_pending"])
def test_a_counter_that_drifted(history: Any, counter: str) -> None:
    debit, _credit = history
    get_balance_model()._default_manager.filter(account=debit).update(**{counter: F(counter) + 1})
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("chowk_check_ledger", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert [finding["code"] for finding in report["findings"]] == ["counter"]
    assert not report["sound"]
    assert any(report["sums"].values()) is counter.endswith("_posted")


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("what", ["transfer", "hold", "currency", "account"])
def test_rows_that_were_tampered_with(history: Any, what: str) -> None:
    debit, _credit = history
    transfers, holds = get_transfer_model()._default_manager, get_hold_model()._default_manager
    if what == "transfer":
        transfers.filter(hold__state="partly_posted").update(amount=31)
    elif what == "hold":
        holds.filter(state="voided").update(state="posted", posted_amount=100)
    elif what == "currency":
        get_account_model()._default_manager.filter(pk=debit.pk).update(currency="EUR")
    else:
        get_balance_model()._default_manager.filter(account=debit).delete()
    found = {finding.code for finding in check_ledger().findings}
    expected = {
        "transfer": {"counter", "hold"},
        "hold": {"hold"},
        "currency": {"currency"},
        "account": {"no_balance"},
    }
    assert found == expected[what]
