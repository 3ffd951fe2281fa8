"""Periodic work: plain services with ``now``, declared by packages, run by ``tick``.

Due times are rows (``PeriodicRun``), not timers: any number of tickers may run, and each piece of work is
started by one of them once an interval. Work that takes longer than its interval may overlap with itself, in
another ticker: services lock what they change.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from chowk_core.conf import core_settings
from chowk_core.idempotency import forget_expired
from chowk_core.models import PeriodicRun
from chowk_core.package_settings import Periodic, PeriodicWork, registry
from chowk_core.pruning import prune
from chowk_core.relay import relay

logger = logging.getLogger("chowk_core.periodic")


def periodic_work() -> dict[str, PeriodicWork]:
    """The periodic work of every installed package and of the site, by name."""
    found: dict[str, PeriodicWork] = {}
    for package in registry.values():
        if isinstance(package.declared().get("PERIODIC"), Periodic):
            declared: Mapping[str, PeriodicWork] = package.PERIODIC  # type: ignore[attr-defined]
            found.update(declared)
    return found


def tick(now: datetime | None = None) -> dict[str, bool]:
    """Run what is due at ``now`` (None: the clock), each once however many tickers there are.

    Answers the names that this call ran, with whether they succeeded. What fails is logged, noted in its
    PeriodicRun, and tried again after its interval; the others run all the same. Work whose ticker was killed
    is due again after its interval. Not to be called in a transaction.
    """
    now = now or timezone.now()
    wanted = periodic_work()
    known = {run.name: run for run in PeriodicRun.objects.filter(name__in=wanted)}
    PeriodicRun.objects.bulk_create(
        [PeriodicRun(name=name) for name in wanted if name not in known], ignore_conflicts=True
    )
    return {
        name: _run(name, work, now)
        for name, work in wanted.items()
        if _is_due(known.get(name), work, now) and _claim(name, work, now)
    }


def _is_due(run: PeriodicRun | None, work: PeriodicWork, now: datetime) -> bool:
    """A guess from rows read before, which saves the claim's statement; the claim decides."""
    return run is None or run.last_started is None or run.last_started <= now - work.interval


def _claim(name: str, work: PeriodicWork, now: datetime) -> bool:
    """Compare and swap: of several tickers one raises ``last_started``."""
    due = Q(last_started=None) | Q(last_started__lte=now - work.interval)
    return bool(PeriodicRun.objects.filter(due, name=name).update(last_started=now, runs=F("runs") + 1))


def _run(name: str, work: PeriodicWork, now: datetime) -> bool:
    error = ""
    try:
        import_string(work.service)(now=now)
    except Exception:
        logger.exception("periodic work %s failed", name)
        error = traceback.format_exc().replace("\x00", "\\x00")
    PeriodicRun.objects.filter(name=name).update(last_finished=timezone.now(), last_error=error)
    return not error


def relay_left_overs(*, now: datetime) -> None:
    """Run deliveries that are due: retries, and what a killed process or a lost broker left."""
    relay(now=now)


def prune_events(*, now: datetime) -> None:
    """Remove events older than EVENT_RETENTION, if the site sets it."""
    if core_settings.EVENT_RETENTION is not None:
        prune(before=now - core_settings.EVENT_RETENTION)


def forget_idempotency_keys(*, now: datetime) -> None:
    """Remove Idempotency-Keys older than IDEMPOTENCY_LIFETIME."""
    forget_expired(now=now)
