"""Working on a batch of rows that are due, so that those which cannot move keep no others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from chowk_payments.conf import payments_settings


def each_due(rows: QuerySet[Any], work: Callable[[Any], bool], *, now: datetime) -> int:
    """Do ``work`` for RESOLVE_BATCH of the due ``rows``, the longest untried first. Returns for how many it
    answered true.

    What it could not move stands last the next time, however many those are. Raises as ``each``.
    """

    def tried(row: Any) -> bool:
        rows.model._default_manager.filter(pk=row.pk).update(tried_at=now)
        return work(row)

    line = rows.order_by(F("tried_at").asc(nulls_first=True), "created_at", "pk")
    return each(line[: payments_settings.RESOLVE_BATCH], tried)


def each(rows: Iterable[Any], work: Callable[[Any], bool]) -> int:
    """Do ``work`` for each of ``rows``. Returns for how many it answered true.

    One that raises does not keep the others waiting: errors are raised at the end, in an ExceptionGroup.
    """
    done, failures = 0, []
    for row in rows:
        try:
            done += work(row)
        except Exception as error:
            error.add_note(f"{row._meta.verbose_name} {row.pk}")
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} failed, {done} are done", failures)
    return done
