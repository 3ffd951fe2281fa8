from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Model

from chowk_payments.encryption import EncryptedTextField, rotated

BATCH = 500


class Command(BaseCommand):
    """Afterwards the older keys can be taken out of ENCRYPTION_KEYS."""

    help = "Encrypt bank details and tax numbers anew, with the first of ENCRYPTION_KEYS."

    def handle(self, *, verbosity: int, **options: Any) -> None:
        for model in apps.get_models():
            fields = [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]
            if fields:
                count = rotate(model, [str(field.column) for field in fields])
                if verbosity:
                    self.stdout.write(f"{model._meta.label}: {count} rows")


def rotate(model: type[Model], columns: list[str]) -> int:
    """Rotate ``columns`` of every row of ``model``, a batch a transaction. Returns how many rows.

    By SQL: the ORM would decrypt, and encrypt with the first key, but lose what another wrote meanwhile.
    """
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    names = ", ".join(quote(column) for column in columns)
    changes = ", ".join(f"{quote(column)} = %s" for column in columns)
    same = " AND ".join(f"{quote(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {names} FROM {table} ORDER BY {key}")  # noqa: S608 - names of models
        rows = cursor.fetchall()
        for start in range(0, len(rows), BATCH):
            with transaction.atomic():
                for pk, *tokens in rows[start : start + BATCH]:
                    cursor.execute(
                        f"UPDATE {table} SET {changes} WHERE {key} = %s AND {same}",  # noqa: S608
                        [*(rotated(token) for token in tokens), pk, *tokens],
                    )
    return len(rows)
