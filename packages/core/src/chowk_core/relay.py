"""Running handlers: each event's deliveries, at least once attempted, with their effect exactly once.

A delivery is claimed by the statement that marks it done; the handler runs in the same transaction. So the
effect and the note that it happened commit together, a killed process leaves the delivery due, and another
relay passes over the locked row (SKIP LOCKED; on SQLite the claim takes the database's one write lock).

Order: one handler gets the events of one stream in the order of their numbers, one at a time. A failed
delivery holds back the later ones of its stream and handler until it succeeds or is parked; a parked one that
is replayed runs late, out of order. Events without a stream have no order.

A run that takes its process with it (SIGKILL, out of memory) is not counted as an attempt: nothing of it was
committed. A handler that always does so is never parked; the log of restarts shows it.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from chowk_core.conf import core_settings
from chowk_core.events import Handler, Published
from chowk_core.models import Delivery
from chowk_core.selectors import published

logger = logging.getLogger("chowk_core.relay")

CLAIM = """
UPDATE chowk_core_delivery SET state = 'done', attempts = attempts + 1, done_at = %(clock)s, error = ''
WHERE id = (
    SELECT due.id FROM chowk_core_delivery due
    WHERE due.state = 'due' AND due.due_at <= %(now)s {scope}
    AND (due.stream = '' OR NOT EXISTS (
        SELECT 1 FROM chowk_core_delivery earlier
        WHERE earlier.state = 'due' AND earlier.stream = due.stream AND earlier.handler = due.handler
        AND earlier.id < due.id))
    ORDER BY due.due_at, due.id LIMIT 1 {lock}
)
RETURNING id, event_id, handler, attempts
"""


class UnknownHandler(Exception):
    """A delivery names a handler that cannot be imported. It is parked at once: waiting does not help."""


@dataclass(frozen=True)
class Scope:
    """Which deliveries to look at: those of a stream, else of an event, else all."""

    stream: str = ""
    event_id: int | None = None

    @classmethod
    def of(cls, event: Published) -> Scope:
        """The whole stream rather than the event: what one relay had to leave for another to finish first,
        that other finds when it looks for more."""
        return cls(stream=event.stream) if event.stream else cls(event_id=event.id)

    def condition(self) -> str:
        if self.stream:
            return "AND due.stream = %(stream)s"
        return "" if self.event_id is None else "AND due.event_id = %(event_id)s"


@dataclass
class RelayReport:
    """How many deliveries were done, failed (to be tried again) and parked."""

    done: int = 0
    failed: int = 0
    parked: int = 0

    @property
    def handled(self) -> int:
        return self.done + self.failed + self.parked


@dataclass(frozen=True)
class _Claim:
    id: int
    event_id: int
    handler: str
    attempts: int


def relay(
    *,
    limit: int | None = None,
    scope: Scope | None = None,
    now: datetime | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> RelayReport:
    """Run due deliveries one after another until none is due, ``limit`` are handled or ``stop()`` says so.

    Each runs in a transaction of its own, which locks its row and whatever the handler locks. A handler's
    exception is logged, kept with the delivery, and never raised here; a lost database is. ``now`` decides
    what is due (None: the clock, read before each claim).
    """
    report = RelayReport()
    while (limit is None or report.handled < limit) and not stop():
        outcome = _run_next(scope or Scope(), now)
        if outcome is None:
            break
        setattr(report, outcome, getattr(report, outcome) + 1)
    return report


def _run_next(scope: Scope, now: datetime | None) -> str | None:
    """Claim and run one delivery. Answers "done", "failed", "parked", or None if none is due."""
    claim = None
    try:
        with transaction.atomic():
            claim = _claim(scope, now)
            if claim is None:
                return None
            _handler(claim.handler)(published(claim.event_id))
    except Exception as error:
        if claim is None:
            raise
        return _failed(claim, error)
    return "done"


def _claim(scope: Scope, now: datetime | None) -> _Claim | None:
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    clock = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value  # what the ORM does with each parameter
    values: dict[str, Any] = {
        "clock": adapt(clock),
        "now": adapt(now or clock),
        "stream": scope.stream,
        "event_id": scope.event_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(scope=scope.condition(), lock=lock), values)
        row = cursor.fetchone()
    return _Claim(*row) if row else None


def _handler(path: str) -> Handler:
    try:
        return import_string(path)
    except ImportError as error:
        raise UnknownHandler(
            f"The handler {path} cannot be imported ({error}). Install it again, then replay this delivery."
        ) from error


def _failed(claim: _Claim, error: Exception) -> str:
    """Note the failure of a run that was rolled back, unless another relay has run it since."""
    parked = isinstance(error, UnknownHandler) or claim.attempts >= core_settings.MAX_ATTEMPTS
    logger.error(
        "%s failed for event %s, run %s%s",
        claim.handler,
        claim.event_id,
        claim.attempts,
        ": parked" if parked else "",
        exc_info=error,
    )
    Delivery.objects.filter(pk=claim.id, state=Delivery.State.DUE, attempts=claim.attempts - 1).update(
        attempts=claim.attempts,
        state=Delivery.State.PARKED if parked else Delivery.State.DUE,
        due_at=timezone.now() + backoff(claim.attempts),
        error="".join(traceback.format_exception(error)).replace("\x00", "\\x00"),
    )
    return "parked" if parked else "failed"


def backoff(attempts: int) -> timedelta:
    """The wait after so many failed runs: doubles each time up to BACKOFF_LIMIT, of which a random half."""
    doubled = core_settings.BACKOFF * 2 ** min(attempts - 1, 32)
    return min(doubled, core_settings.BACKOFF_LIMIT) * uniform(0.5, 1)


def replay(deliveries: Iterable[Delivery]) -> int:
    """Make the parked ones among ``deliveries`` due again, with all their attempts. Answers how many.

    They run at the next relay, after whatever their stream has moved on to. Locks the rows.
    """
    return Delivery.objects.filter(
        pk__in=[delivery.pk for delivery in deliveries], state=Delivery.State.PARKED
    ).update(state=Delivery.State.DUE, attempts=0, due_at=timezone.now())


class _Inline(threading.local):
    """The scopes that this thread has still to relay; None while it relays nothing."""

    waiting: deque[Scope] | None = None


_inline = _Inline()


def relay_after_commit(event: Published) -> None:
    """Run the handlers of a committed event where RELAY says. Never raises: the publisher has succeeded.

    What fails here (a database or a broker that does not answer) is logged and left for the next relay.
    """
    _relay_where_told(Scope.of(event), f"event {event.id}")


def relay_all_after_commit() -> None:
    """The same for whatever is due: many events were committed."""
    _relay_where_told(Scope(), "many events")


def _relay_where_told(scope: Scope, what: str) -> None:
    try:
        if core_settings.RELAY == "inline":
            relay_inline(scope)
        elif core_settings.RELAY == "celery":
            from chowk_core import tasks  # noqa: PLC0415 - Celery is optional

            tasks.send(scope)
    except Exception:
        logger.exception("the deliveries of %s are left for the next relay", what)


def relay_inline(scope: Scope) -> None:
    """Run the handlers in this thread. Those of events that handlers publish run after, not inside.

    At most INLINE_LIMIT deliveries, so that events in a circle cannot hold a request for ever.
    """
    if _inline.waiting is not None:
        _inline.waiting.append(scope)
        return
    _inline.waiting = waiting = deque([scope])
    left = core_settings.INLINE_LIMIT
    try:
        while waiting and left > 0:
            left -= relay(scope=waiting.popleft(), limit=left).handled
        if waiting:
            logger.error("INLINE_LIMIT reached: %s scopes are left for the next relay", len(waiting))
    finally:
        _inline.waiting = None
