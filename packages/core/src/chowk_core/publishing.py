"""Writing to the event log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from chowk_core.events import Event, Published
from chowk_core.models import Delivery, LoggedEvent, Stream, new_epoch
from chowk_core.realtime import hints
from chowk_core.relay import relay_after_commit, relay_all_after_commit
from chowk_core.subscriptions import handlers_of

STREAM_LENGTH = Stream._meta.get_field("name").max_length or 0

NEXT_SEQ = """
INSERT INTO chowk_core_stream (name, last_seq, pruned_seq, epoch) VALUES (%(stream)s, 1, 0, %(epoch)s)
ON CONFLICT (name) DO UPDATE SET last_seq = chowk_core_stream.last_seq + 1
RETURNING last_seq, epoch
"""


def publish(event: Event, *, stream: str = "") -> Published:
    """Append ``event`` to the log inside the caller's transaction, and give each subscriber its delivery.

    With a ``stream`` the event takes the stream's next number; its row stays locked until the transaction
    ends, so publish as late as the work allows, and to several streams in sorted order. A rollback leaves
    nothing. After the commit sockets are told, and handlers run where ``CHOWK_CORE["RELAY"]`` says.

    PostgreSQL: one statement. Elsewhere two, and a third where somebody subscribes.

    Raises TransactionManagementError outside a transaction, ValueError for a stream name that is too long
    or a payload that is not plain JSON (TypeError for a type that JSON does not know).
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"publish({event.name}) needs a transaction")
    if len(stream) > STREAM_LENGTH:
        raise ValueError(f"a stream's name has at most {STREAM_LENGTH} characters: {stream}")
    handlers = handlers_of(event.name)
    write = _write_at_once if connection.vendor == "postgresql" else _write_by_steps
    published = write(event, stream, handlers)
    if stream:
        transaction.on_commit(lambda: hints.announce(published), robust=True)
    if handlers:
        transaction.on_commit(lambda: relay_after_commit(published))
    return published


def publish_all(events: Sequence[Event]) -> None:
    """``publish`` of many events of no stream, as a fan-out has them: two statements however many they are.

    After the commit one relay runs what is due. Raises as ``publish``.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish_all() needs a transaction")
    now = timezone.now()
    payloads = [event.payload() for event in events]
    json.dumps(payloads, allow_nan=False)  # SQLite would store NaN, which PostgreSQL refuses
    rows = LoggedEvent.objects.bulk_create(
        LoggedEvent(name=event.name, payload=payload, at=now)
        for event, payload in zip(events, payloads, strict=True)
    )
    deliveries = Delivery.objects.bulk_create(
        Delivery(event=row, handler=handler, due_at=now) for row in rows for handler in handlers_of(row.name)
    )
    if deliveries:
        transaction.on_commit(relay_all_after_commit)


def _write_at_once(event: Event, stream: str, handlers: tuple[str, ...]) -> Published:
    """One data-modifying WITH. Leaves the rows that ``_write_by_steps`` leaves."""
    payload, now = event.payload(), timezone.now()
    values: dict[str, Any] = {
        "stream": stream,
        "epoch": new_epoch() if stream else "",
        "name": event.name,
        "payload": json.dumps(payload, allow_nan=False),
        "at": now,
        "handlers": list(handlers),
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(bool(stream), bool(handlers)), values)
        pk, seq, epoch = cursor.fetchone()
    return Published(id=pk, name=event.name, payload=payload, stream=stream, seq=seq, epoch=epoch, at=now)


@cache
def _statement(in_stream: bool, has_handlers: bool) -> str:
    number = NEXT_SEQ if in_stream else "SELECT 0 AS last_seq, '' AS epoch"
    deliver = """, delivered AS (
        INSERT INTO chowk_core_delivery (event_id, stream, handler, state, attempts, due_at, error)
        SELECT logged.id, %(stream)s, handler, 'due', 0, %(at)s, ''
        FROM logged, unnest(%(handlers)s::text[]) WITH ORDINALITY AS wanted (handler, position)
        ORDER BY position)"""
    return f"""
    WITH numbered AS ({number}), logged AS (
        INSERT INTO chowk_core_loggedevent (name, payload, stream, seq, at)
        SELECT %(name)s, %(payload)s::jsonb, %(stream)s, last_seq, %(at)s FROM numbered
        RETURNING id){deliver if has_handlers else ""}
    SELECT logged.id, numbered.last_seq, numbered.epoch FROM logged, numbered
    """  # noqa: S608 - pieces of this module


def _write_by_steps(event: Event, stream: str, handlers: tuple[str, ...]) -> Published:
    """A statement a step, for databases without data-modifying WITH."""
    seq, epoch = 0, ""
    if stream:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_SEQ, {"stream": stream, "epoch": new_epoch()})
            seq, epoch = cursor.fetchone()
    payload = event.payload()
    json.dumps(payload, allow_nan=False)  # SQLite would store NaN, which PostgreSQL refuses
    row = LoggedEvent.objects.create(
        name=event.name, payload=payload, stream=stream, seq=seq, at=timezone.now()
    )
    Delivery.objects.bulk_create(
        Delivery(event=row, stream=stream, handler=handler, due_at=row.at) for handler in handlers
    )
    return Published(
        id=row.pk, name=row.name, payload=row.payload, stream=stream, seq=seq, epoch=epoch, at=row.at
    )
