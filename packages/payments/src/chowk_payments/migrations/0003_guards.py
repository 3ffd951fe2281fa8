"""Guards on the ledger's rows, and room on each page of balances for the next version of a row."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from chowk_payments.immutability import guard_holds, guard_invoices, guard_transfers


def leave_room(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Half-filled pages let PostgreSQL update a balance in place of its page, without touching an index."""
    model = apps.get_model("chowk_payments.Balance")
    if editor.connection.vendor == "postgresql" and not model._meta.swapped:
        editor.execute(f"ALTER TABLE {model._meta.db_table} SET (fillfactor = 50)")


class Migration(migrations.Migration):
    dependencies = [("chowk_payments", "0002_relations")]

    operations = [
        guard_transfers("chowk_payments.Transfer"),
        guard_holds("chowk_payments.Hold"),
        guard_invoices("chowk_payments.Invoice"),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
