"""Ledger rows stay as they were written: refused by the model, and by the database for what goes past it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from chowk_payments import immutability, services
from chowk_payments.exceptions import Immutable
from chowk_payments.models import get_hold_model, get_transfer_model
from tests.factories import WalletFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guarded() -> Iterator[None]:
    """The triggers: there by our migration; for swapped tables, installed as a site's own migration would."""
    missing = {t: how for t, how in immutability.guarded_tables().items() if not immutability.installed(t)}
    for table, how in missing.items():
        immutability.install(connection.schema_editor(), table, **how)
    yield
    for table in missing:
        immutability.remove(connection.schema_editor(), table)


@pytest.fixture
def row() -> Any:
    debit, credit = WalletFactory(funds=100), WalletFactory()
    return services.transfer(legs=[services.Leg(debit=debit, credit=credit, amount=60, code="test")])[0]


def refused(change: Any) -> bool:
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        return "never changed" in str(error)
    return False


def test_by_the_model(row: Any) -> None:
    row.amount = 1
    with pytest.raises(Immutable):
        row.save()
    with pytest.raises(Immutable):
        row.delete()


@pytest.mark.usefixtures("guarded")
def test_by_the_database(row: Any) -> None:
    rows = get_transfer_model()._default_manager.filter(pk=row.pk)
    assert refused(lambda: rows.update(amount=1))
    assert refused(lambda: rows._raw_delete(rows.db))
    assert rows.get().amount == 60


@pytest.mark.usefixtures("guarded")
def test_a_resolved_hold(row: Any) -> None:
    hold = services.hold(debit=row.credit_account, credit=row.debit_account, amount=5, code="test")
    rows = get_hold_model()._default_manager.filter(pk=hold.pk)
    assert refused(lambda: rows._raw_delete(rows.db))
    services.void_hold(hold=hold)
    assert refused(lambda: rows.update(state="pending", resolved_at=None))
    assert rows.get().state == "voided"


def test_guards_come_with_the_default_tables() -> None:
    for model in (get_transfer_model(), get_hold_model()):
        if model._meta.app_label == "chowk_payments":
            assert immutability.installed(model._meta.db_table)


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_ledger_and_keeps_the_guards(row: Any) -> None:
    before = [immutability.installed(table) for table in immutability.guarded_tables()]
    call_command("flush", interactive=False, verbosity=0)
    assert not get_transfer_model()._default_manager.exists()
    assert [immutability.installed(table) for table in immutability.guarded_tables()] == before
