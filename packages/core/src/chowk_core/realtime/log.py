"""Reading the event log for sockets. All functions are synchronous and run in a hub's threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from chowk_core.conf import core_settings
from chowk_core.events import Published
from chowk_core.models import LoggedEvent, Stream
from chowk_core.realtime.streams import EventStream

PAGE = 200
"""Events read at once."""
NAMES_AT_ONCE = 500


@dataclass(frozen=True)
class Head:
    """Where a stream's log stands. A stream without any event has no epoch yet."""

    last_seq: int = 0
    pruned_seq: int = 0
    epoch: str = ""


@dataclass(frozen=True)
class Opening:
    """How a subscription begins.

    ``complete``: the client, with the events from ``from_seq`` to ``to_seq`` or ``snapshot`` added to what it
    has, lacks nothing up to ``to_seq``. Otherwise history is lost to it: it throws away what it has.
    """

    epoch: str
    from_seq: int
    to_seq: int
    complete: bool
    snapshot: dict[str, Any] | None


def heads(streams: Iterable[str]) -> dict[str, Head]:
    """Where each of ``streams`` stands; one statement for every 500."""
    names = list(streams)
    found = dict.fromkeys(names, Head())
    for start in range(0, len(names), NAMES_AT_ONCE):
        for row in Stream.objects.filter(name__in=names[start : start + NAMES_AT_ONCE]):
            found[row.name] = Head(row.last_seq, row.pruned_seq, row.epoch)
    return found


def read(stream: str, *, epoch: str, after: int, limit: int = PAGE) -> list[Published]:
    """At most ``limit`` events of ``stream`` numbered above ``after``, in order."""
    rows = LoggedEvent.objects.filter(stream=stream, seq__gt=after).order_by("seq")[:limit]
    return [
        Published(
            id=row.pk,
            name=row.name,
            payload=row.payload,
            stream=stream,
            seq=row.seq,
            epoch=epoch,
            at=row.at,
        )
        for row in rows
    ]


def open_stream(
    declaration: EventStream, viewer: Any, key: str, *, since: int | None, epoch: str | None
) -> Opening:
    """How a subscription of ``viewer`` begins, read from one state of the database.

    ``since`` is the last number the client has, in the history named ``epoch``; None if it has nothing.
    """
    stream = f"{declaration.name}:{key}"
    with _one_state():
        head = heads([stream])[stream]
        if since is not None and _resumable(head, since, epoch):
            return Opening(head.epoch, since + 1, head.last_seq, True, None)
        return Opening(
            epoch=head.epoch,
            from_seq=head.last_seq + 1,
            to_seq=head.last_seq,
            complete=since is None,
            snapshot=declaration.snapshot(viewer, key),
        )


def _resumable(head: Head, since: int, epoch: str | None) -> bool:
    same_history = not epoch or epoch == head.epoch
    return (
        same_history
        and head.pruned_seq <= since <= head.last_seq
        and head.last_seq - since <= core_settings.SOCKET_RESUME_LIMIT
    )


@contextmanager
def _one_state() -> Iterator[None]:
    """Every read inside sees the same committed state, and takes no lock that publishers wait for.

    PostgreSQL: REPEATABLE READ, READ ONLY. SQLite: a deferred transaction, where the whole of it would
    otherwise take the write lock (``transaction_mode`` IMMEDIATE).
    """
    if connection.in_atomic_block:  # a test's transaction: as consistent as that is
        yield
        return
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]
