"""Numbers without gaps."""

from __future__ import annotations

from django.db import connection, transaction

from chowk_payments.models import get_number_series_model


def next_number(series: str) -> int:
    """The next number of ``series``, from 1, in the caller's transaction, which holds the series until it
    ends: a rollback gives the number back, and nobody else has had the next one meanwhile."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("next_number needs a transaction")
    rows = get_number_series_model()._default_manager
    rows.bulk_create([get_number_series_model()(name=series)], ignore_conflicts=True)
    row = rows.select_for_update().get(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
