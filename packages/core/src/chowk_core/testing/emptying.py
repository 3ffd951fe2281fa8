"""Empties the database after a transactional test, in milliseconds. For ``-p chowk_core.testing.emptying``.

Django truncates every table and then makes the content types and permissions anew: of a hundred tables that
takes a tenth of a second, and a whole one on a PostgreSQL that syncs its files. A test writes a few rows to a
few tables. So those are deleted, and what belongs to the models themselves stays. The rows that migrations
made go with the first such test, as with Django.
"""

from __future__ import annotations

from itertools import islice

from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

KEPT = ("django_content_type", "auth_permission")
"""What follows from the models and would come back the same."""

MANY = 1000
"""Rows of one table from which on truncating is quicker."""


def pytest_configure() -> None:
    """Take the place of Django's flush."""
    TransactionTestCase._fixture_teardown = empty_databases  # type: ignore[method-assign, attr-defined]


def empty_databases(case: TransactionTestCase) -> None:
    """Leave no row of a test in its databases."""
    for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        empty(connections[alias])


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete every row but those of the models themselves."""
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [table for table in every if table not in KEPT]
    counts = rows(connection, tables)
    if connection.vendor == "postgresql" and max(counts.values(), default=0) >= MANY:
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))
    elif counts:
        delete(connection, list(counts))


def rows(connection: BaseDatabaseWrapper, tables: list[str]) -> dict[str, int]:
    """The tables that are not empty with how many rows they have, counted up to MANY."""
    quote = connection.ops.quote_name
    counts = (
        f"SELECT '{table}', count(*) FROM (SELECT 1 FROM {quote(table)} LIMIT {MANY}) AS few"  # noqa: S608 - own names
        for table in tables
    )
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        while batch := list(islice(counts, 200)):  # SQLite takes 500 in one statement
            cursor.execute(" UNION ALL ".join(batch))
            found.update((table, count) for table, count in cursor.fetchall() if count)
    return found


def delete(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    """Delete all rows of ``tables``, past the triggers that refuse it, as truncating goes past them."""
    on_postgres = connection.vendor == "postgresql"
    lift, restore = (postgres_guards if on_postgres else sqlite_guards)(connection, tables)
    deletions = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]  # noqa: S608 - as above
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in [*lift, *deletions, *restore]:
            cursor.execute(statement)


def postgres_guards(connection: BaseDatabaseWrapper, tables: list[str]) -> tuple[list[str], list[str]]:
    """Statements that lift the triggers of ``tables``, and that set them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid) AND relname = ANY(%s)",
            [tables],
        )
        guarded = [table for (table,) in cursor.fetchall()]
    lift = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
    restore = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded]
    # A table with keys yet to be checked cannot be altered.
    return lift, ["SET CONSTRAINTS ALL IMMEDIATE", *restore] if guarded else []


def sqlite_guards(connection: BaseDatabaseWrapper, tables: list[str]) -> tuple[list[str], list[str]]:
    """Statements that drop the triggers of ``tables`` that refuse something, and that make them again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        found = [(name, sql) for name, sql, table in cursor.fetchall() if table in tables and "RAISE(" in sql]
    return [f"DROP TRIGGER {name}" for name, _ in found], [sql for _, sql in found]
