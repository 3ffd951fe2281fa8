"""Helpers for tests of what is published and of what handlers do about it."""

from __future__ import annotations

from datetime import datetime

from chowk_core.events import Published
from chowk_core.models import Delivery, LoggedEvent
from chowk_core.relay import RelayReport, relay
from chowk_core.selectors import published as published_event


class HandlerFailed(AssertionError):
    """A handler raised while a test delivered events; the message holds its traceback."""


def deliver_all(*, now: datetime | None = None, tolerate_failures: bool = False) -> RelayReport:
    """Run handlers until no delivery is due, those of events that handlers publish included.

    Works inside a TestCase's transaction, where commits and hence the inline relay never happen. Raises
    HandlerFailed if a handler raised, unless ``tolerate_failures``. ``now`` in the future reaches retries
    that wait.
    """
    report = RelayReport()
    while (last := relay(limit=1, now=now)).handled:
        report.done += last.done
        report.failed += last.failed
        report.parked += last.parked
        if (last.failed or last.parked) and not tolerate_failures:
            failed = Delivery.objects.exclude(error="").order_by("-due_at").values_list("error", flat=True)
            raise HandlerFailed(failed[0])
    return report


def published(name: str = "") -> list[Published]:
    """The events of this ``name`` ("" for all), oldest first, as handlers got them."""
    rows = LoggedEvent.objects.order_by("pk")
    if name:
        rows = rows.filter(name=name)
    return [published_event(pk) for pk in rows.values_list("pk", flat=True)]
