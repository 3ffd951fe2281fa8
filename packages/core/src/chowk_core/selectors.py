"""Reading the event log. The log knows no viewers: what a viewer may see is the stream's to say."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from chowk_core.events import Published
from chowk_core.models import LoggedEvent, Stream


@dataclass(frozen=True)
class StreamPage:
    """A run of a stream's events, ``from_seq`` to ``to_seq``, ascending and without a gap.

    ``from_seq`` is ``to_seq + 1`` where there is nothing new. ``last_seq`` is the stream's newest number:
    read again while ``to_seq`` is less. ``complete`` is False where events after the asked ``since`` are
    lost (pruned, another epoch, or a number the stream never reached): then the page starts with the oldest
    event that is kept, and the reader must drop what it had.
    """

    stream: str
    events: tuple[Published, ...]
    from_seq: int
    to_seq: int
    last_seq: int
    complete: bool
    epoch: str


def published(event_id: int) -> Published:
    """One event as handlers get it. Raises LoggedEvent.DoesNotExist."""
    epoch = Stream.objects.filter(name=OuterRef("stream")).values("epoch")
    row = LoggedEvent.objects.annotate(epoch=Subquery(epoch)).get(pk=event_id)
    return _published(row, row.epoch or "")


def read(stream: str, *, since: int = 0, limit: int = 500, epoch: str = "") -> StreamPage:
    """The events of ``stream`` after number ``since``, at most ``limit``.

    ``epoch`` is the one that ``since`` was counted in ("" if unknown). Two statements, whatever is read.
    A stream that nobody has published to is empty, with epoch "".
    """
    state = Stream.objects.filter(name=stream).values_list("last_seq", "pruned_seq", "epoch").first()
    last_seq, pruned_seq, current = state or (0, 0, "")
    lost = since < pruned_seq or since > last_seq or bool(epoch and epoch != current)
    start = pruned_seq if lost else since
    rows = _events(stream).filter(seq__gt=start).order_by("seq")[:limit]
    events = tuple(_published(row, current) for row in rows)
    first, last = (events[0].seq, events[-1].seq) if events else (start + 1, start)
    return StreamPage(
        stream=stream,
        events=events,
        from_seq=first,
        to_seq=last,
        last_seq=max(last_seq, last),
        complete=not lost and first == since + 1,  # pruned between the two statements: the first is later
        epoch=current,
    )


def _events(stream: str) -> QuerySet[LoggedEvent]:
    # The second condition lets SQLite use the partial index, which it does not infer.
    return LoggedEvent.objects.filter(stream=stream).exclude(stream="")


def _published(row: LoggedEvent, epoch: str) -> Published:
    return Published(
        id=row.pk, name=row.name, payload=row.payload, stream=row.stream, seq=row.seq, epoch=epoch, at=row.at
    )
