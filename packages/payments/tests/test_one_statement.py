"""The fast path leaves the same rows as the ORM, operation by operation."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chowk_core.testing.emptying import empty
from chowk_payments import one_statement, services
from chowk_payments.abstract_models import AccountKind
from chowk_payments.models import get_account_model, get_hold_model, get_transfer_model
from chowk_payments.services.audit import check_ledger
from tests.factories import UserFactory, WalletFactory
from tests.operations import Player, counters

NOW = timezone.now()


def played(path: bool, seed: int) -> list[Any]:
    """What is in the ledger after 300 operations; accounts and holds by the order they came in."""
    with override_settings(CHOWK_PAYMENTS={"ONE_STATEMENT": path}):
        outside = services.get_or_open(kind=AccountKind.EXTERNAL, currency="USD", name="tests")
        accounts = [
            outside,
            *(WalletFactory(funds=2000) for _each in range(4)),
            WalletFactory(currency="JPY"),
        ]
        assert one_statement.available() is (path and fast())
        player = Player(accounts, NOW, random.Random(seed), "play")
        answers = [player.play() for _step in range(300)]
    names = {account.pk: name for name, account in enumerate(accounts)}
    holds: Any = list(get_hold_model()._default_manager.order_by("key"))
    hold_names = {hold.pk: hold.key for hold in holds}
    transfers: Any = list(get_transfer_model()._default_manager.filter(debit_account__in=names))
    keys = {row.pk: row.key for row in transfers}
    facts = ("amount", "currency", "code", "reference", "position")
    return [
        answers,
        sorted((names[pk], values) for pk, values in counters().items()),
        sorted(
            (
                names[row.debit_account_id],
                names[row.credit_account_id],
                *(getattr(row, fact) for fact in facts),
                row.key if row.key.startswith("play") else "",
                hold_names.get(row.hold_id, ""),
                keys.get(row.reverses_id, "").startswith("play"),
            )
            for row in transfers
        ),
        [(hold.key, hold.state, hold.posted_amount, hold.amount, hold.expires_at) for hold in holds],
    ]


def fast() -> bool:
    return connection.vendor == "postgresql" and get_account_model()._meta.label == "chowk_payments.Account"


@pytest.mark.django_db(transaction=True)
def test_same_operations_same_rows() -> None:
    results = []
    for path in (True, False):
        results.append(played(path, seed=7))
        assert check_ledger().sound
        empty(connection)
    for one, other in zip(*results, strict=True):
        assert one == other
    assert len(set(results[0][0])) > 12, "the play has variety"


@pytest.mark.django_db
def test_one_round_trip() -> None:
    debit, credit = WalletFactory(funds=100, owner=UserFactory()), WalletFactory()
    with CaptureQueriesContext(connection) as queries:
        services.transfer(legs=[services.Leg(debit=debit, credit=credit, amount=1, code="test")])
        services.hold(debit=debit, credit=credit, amount=1, code="test")
    assert len(queries) == 2 if fast() else len(queries) > 2


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("threshold", [None, 1])
def test_it_is_prepared_where_the_site_has_connections_prepare(
    threshold: int | None, monkeypatch: Any
) -> None:
    payer, payee = WalletFactory(funds=2000), WalletFactory()
    monkeypatch.setattr(connection.connection, "prepare_threshold", threshold)
    for _each in range(3):
        services.transfer(legs=[services.Leg(debit=payer, credit=payee, amount=1, code="test")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%verdict AS%'")
        assert cursor.fetchone() == (1 if threshold and fast() else 0,)
