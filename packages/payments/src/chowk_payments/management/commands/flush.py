from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from chowk_payments import immutability


class Command(flush.Command):
    """Django's ``flush``, which empties the ledger too: its guards against deleting are lifted meanwhile.

    On SQLite only, where emptying a table is deleting its rows; PostgreSQL truncates, which fires no row
    trigger.
    """

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            super().handle(**options)
            return
        guarded = {
            table: how
            for table, how in immutability.guarded_tables().items()
            if immutability.installed(table)
        }
        with connection.schema_editor() as editor:
            for table in guarded:
                immutability.remove(editor, table)
        try:
            super().handle(**options)
        finally:
            with connection.schema_editor() as editor:
                for table, how in guarded.items():
                    immutability.install(editor, table, **how)
