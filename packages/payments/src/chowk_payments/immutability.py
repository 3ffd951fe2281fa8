"""Triggers that keep the ledger's rows as they were written, whoever writes to the database.

A transfer is never updated or deleted; a hold is never deleted, and never updated once it is resolved; an
invoice is never deleted, and what it says never updated. The default models' tables get their triggers from
our migrations. A site that replaces Transfer, Hold or Invoice adds, in a migration of its own after the table
exists:

    operations = [guard_transfers("shop.ShopTransfer")]   # and guard_holds, guard_invoices
"""

from __future__ import annotations

from typing import Any

from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from chowk_core.swapping import get_swappable_model

MESSAGE = "rows of this ledger table are never changed"
INVOICE_COLUMNS = (
    "kind, seller_id, buyer_id, part_id, refund_key, corrects, year, sequence, number, currency, total, "
    "data, issued_at"
)
FUNCTION = "chowk_payments_refuse_change"

CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{MESSAGE}: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def install(editor: BaseDatabaseSchemaEditor, table: str, *, until: str = "", columns: str = "") -> None:
    """Refuse deletes of ``table``'s rows, and updates where the SQL condition ``until`` on OLD holds (always,
    if empty), of any column or of ``columns`` only. Does nothing on a database that is neither
    PostgreSQL nor SQLite."""
    when = f"WHEN ({until})" if until else ""
    update = f"UPDATE OF {columns}" if columns else "UPDATE"
    if editor.connection.vendor == "postgresql":
        editor.execute(CREATE_FUNCTION, params=None)
        editor.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE {update} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION {FUNCTION}()"
        )
        editor.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {FUNCTION}()"
        )
    elif editor.connection.vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        editor.execute(f"CREATE TRIGGER {table}_no_update BEFORE {update} ON {table} {when} {refuse}")
        editor.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")


def remove(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Undo ``install``."""
    for name in (f"{table}_no_update", f"{table}_no_delete"):
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        elif editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")


def guard_transfers(label: str) -> migrations.RunPython:
    """The migration operation that guards the transfers of the model ``label``. Skipped where it is
    swapped."""
    return _operation(label)


def guard_holds(label: str) -> migrations.RunPython:
    """The migration operation that guards the holds of the model ``label``. Skipped where it is swapped."""
    return _operation(label, until="OLD.state <> 'pending'")


def guard_invoices(label: str) -> migrations.RunPython:
    """The migration operation that guards the invoices of the model ``label``: all that they say, not when
    they were sent, nor under which key a number in them is encrypted. Skipped where it is swapped."""
    return _operation(label, columns=INVOICE_COLUMNS)


def guarded_tables() -> dict[str, dict[str, str]]:
    """The tables of this site that should bear triggers, each with what ``install`` takes for it."""
    return {
        get_swappable_model("chowk_payments.Transfer")._meta.db_table: {},
        get_swappable_model("chowk_payments.Hold")._meta.db_table: {"until": "OLD.state <> 'pending'"},
        get_swappable_model("chowk_payments.Invoice")._meta.db_table: {"columns": INVOICE_COLUMNS},
    }


def installed(table: str) -> bool:
    """Whether the guards of ``table`` are in the database."""
    query = (
        "SELECT count(*) FROM pg_trigger WHERE tgname IN (%s, %s)"
        if connection.vendor == "postgresql"
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (%s, %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{table}_no_update", f"{table}_no_delete"])
        return cursor.fetchone()[0] == 2


def _operation(label: str, **how: str) -> migrations.RunPython:
    def table_of(apps: Any) -> str | None:
        model = apps.get_model(label)
        return None if model._meta.swapped else model._meta.db_table

    def forwards(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if table := table_of(apps):
            install(editor, table, **how)

    def backwards(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if table := table_of(apps):
            remove(editor, table)

    return migrations.RunPython(forwards, backwards)
