"""A ledger transfer beside raw SQL: ``python -m benchmarks.transfer [--json FILE]``.

The limit is psycopg with a statement a step on the same tables, doing the same correct work: lock both
balances in order, check the funds, insert the transfer, raise the two counters, in one transaction. Ours is
``services.transfer`` and ``services.hold`` with ``post_hold``, as an application calls them, on the
one-statement path and on the ORM path.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.harness import (
    Operation,
    Result,
    compare,
    compare_processes,
    count,
    database,
    print_table,
    raw_dsn,
)
from benchmarks.harness import statements as counted
from chowk_core.ids import uuid7
from chowk_core.testing.settings import DJANGO_APPS, databases

ACCOUNTS = 200
HOT = 4


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Print a table, and return ``{"results": [a dict a line], "met": whether every aim was reached}``."""
    parser = argparse.ArgumentParser(prog="benchmarks.transfer", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each measurement takes")
    parser.add_argument("--repeats", type=int, default=7, help="pairs of measurements")
    options = parser.parse_args(arguments)
    set_up()
    with database("transfer"):
        results = measure(seconds=options.seconds, repeats=options.repeats)
    print_table("Transfers, medians of paired runs", results)
    if options.json:
        options.json.write_text(json.dumps([result.as_dict() for result in results]))
    return {
        "results": [result.as_dict() for result in results],
        "met": all(result.met for result in results),
    }


def set_up() -> None:
    """Django on PostgreSQL with payments alone."""
    import os

    os.environ["CHOWK_TEST_DATABASE"] = "postgres"
    settings.configure(
        SECRET_KEY="benchmarks",
        INSTALLED_APPS=[*DJANGO_APPS, "rest_framework", "chowk_core", "chowk_payments"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES=prepared(databases("bench_transfer")),
        USE_TZ=True,
    )
    django.setup()


def prepared(databases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Ours may prepare its statements as psycopg does by itself, which is the limit's way."""
    databases["default"]["OPTIONS"]["prepare_threshold"] = 5
    return databases


def measure(*, seconds: float, repeats: int) -> list[Result]:
    """Every line of the table, on accounts with plenty of money; the last says if the ledger is sound."""
    from django.test import override_settings

    from chowk_payments.services.audit import check_ledger

    accounts = open_accounts()
    hot = accounts[:HOT]
    timing = {"seconds": seconds, "repeats": repeats}
    results = [
        compare(
            "transfer, one statement",
            transfer_between(accounts),
            raw_transfer(accounts),
            aim=0.8,
            statements=sql_of(transfer_between(accounts)),
            note="limit: 4 +2 statements",
            **timing,
        ),
        compare(
            "hold and post, one statement each",
            hold_and_post(accounts),
            raw_transfer(accounts),
            statements=sql_of(hold_and_post(accounts)),
            note="limit: one raw transfer",
            **timing,
        ),
        compare_processes(
            f"transfer, 8 processes on {HOT} hot accounts",
            lambda number: transfer_between(hot),
            lambda number: raw_transfer(hot),
            processes=8,
            seconds=seconds * 2,
            repeats=max(1, repeats // 2),
            statements=sql_of(transfer_between(hot)),
            note="limit: 4 +2 statements",
        ),
    ]
    with override_settings(CHOWK_PAYMENTS={"ONE_STATEMENT": False}):
        slow = compare(
            "transfer, ORM path",
            transfer_between(accounts),
            raw_transfer(accounts),
            statements=sql_of(transfer_between(accounts)),
            note="SQLite, swapped models",
            **timing,
        )
    sound = check_ledger().sound
    return [
        *results,
        replace(slow, note=f"{slow.note}; ledger {'sound' if sound else 'NOT SOUND'} after all"),
    ]


def open_accounts() -> list[Any]:
    """Accounts with a million each, out of one that may go negative."""
    from chowk_payments import services

    mint = services.open_account(kind="external", currency="USD", name="benchmark")
    accounts = [
        services.open_account(kind="escrow", currency="USD", name=str(number)) for number in range(ACCOUNTS)
    ]
    legs = [services.Leg(debit=mint, credit=each, amount=10**8, code="funding") for each in accounts]
    services.transfer(legs=legs)
    return accounts


def transfer_between(accounts: list[Any]) -> Operation:
    """One transfer of 1 between two random accounts, by the service."""
    from django.db import connection

    from chowk_payments import services

    connection.close()  # of a parent process
    chance = random.Random()

    def once() -> None:
        debit, credit = chance.sample(accounts, 2)
        services.transfer(legs=[services.Leg(debit=debit, credit=credit, amount=1, code="benchmark")])

    return once


def hold_and_post(accounts: list[Any]) -> Operation:
    """A hold and its posting, by the services."""
    from chowk_payments import services

    chance = random.Random()

    def once() -> None:
        debit, credit = chance.sample(accounts, 2)
        services.post_hold(hold=services.hold(debit=debit, credit=credit, amount=1, code="benchmark"))

    return once


def raw_transfer(accounts: list[Any]) -> Operation:
    """The same by psycopg: BEGIN, lock, insert, two updates, COMMIT."""
    import psycopg

    raw = psycopg.connect(raw_dsn(), autocommit=True)
    keys = [account.pk for account in accounts]
    chance = random.Random()

    def once() -> None:
        debit, credit = chance.sample(keys, 2)
        with raw.transaction(), raw.cursor() as cursor:
            cursor.execute(
                "SELECT account_id, credits_posted - debits_posted - debits_pending, may_go_negative "
                "FROM chowk_payments_balance WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE",
                [[debit, credit]],
            )
            funds = {account: (available, free) for account, available, free in cursor}
            if len(funds) != 2 or (funds[debit][0] < 1 and not funds[debit][1]):
                raise RuntimeError("insufficient funds")
            cursor.execute(
                "INSERT INTO chowk_payments_transfer (id, key, position, debit_account_id, "
                "credit_account_id, amount, currency, code, reference, created_at) "
                "VALUES (%s, %s, 0, %s, %s, 1, 'USD', 'benchmark', '', clock_timestamp())",
                [uuid7(), str(uuid7()), debit, credit],
            )
            cursor.execute(
                "UPDATE chowk_payments_balance SET debits_posted = debits_posted + 1 WHERE account_id = %s",
                [debit],
            )
            cursor.execute(
                "UPDATE chowk_payments_balance SET credits_posted = credits_posted + 1 WHERE account_id = %s",
                [credit],
            )

    return once


def sql_of(operation: Operation) -> str:
    """How many statements one call sends."""
    with counted() as found:
        operation()
    return count(found)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
