"""The time that decides. On PostgreSQL it is the database's, so that servers' clocks need not agree."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone


def read_clock(now: datetime | None = None) -> datetime:
    """``now`` if given, else the time at this moment. Call it after taking the lock it is to decide under.

    PostgreSQL's ``now()`` would be the start of the transaction, hence before any wait for the lock.
    """
    if now is not None:
        return now
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
