"""Removing old events, so that the log does not grow for ever and readers know what is gone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from chowk_core.models import Delivery, LoggedEvent, Stream, new_epoch

BATCH = 1000


def prune(*, before: datetime) -> int:
    """Remove events that happened before ``before`` and whose deliveries are all done. Answers how many.

    A stream loses only a beginning: everything up to its first event that is younger, or still due or parked
    with some handler. ``Stream.pruned_seq`` rises to what is gone, in the same transaction, which locks the
    stream's row; a reader that resumes from before it is told that its history is incomplete.
    """
    removed = 0
    old = LoggedEvent.objects.filter(at__lt=before)
    name = ""
    while names := list(
        old.filter(stream__gt=name).order_by("stream").values_list("stream", flat=True).distinct()[:BATCH]
    ):
        removed += sum(_prune_stream(name, before) for name in names)
        name = names[-1]
    while gone := _remove(old.filter(stream="").exclude(_is_open())):
        removed += gone
    return removed


def _is_open() -> Exists:
    return Exists(Delivery.objects.filter(event=OuterRef("pk")).exclude(state=Delivery.State.DONE))


def _prune_stream(name: str, before: datetime) -> int:
    """Remove the beginning of one stream, a batch a transaction."""
    removed = 0
    while True:
        with transaction.atomic():
            stream = Stream.objects.select_for_update().filter(name=name).first()
            events = LoggedEvent.objects.filter(stream=name).exclude(stream="")
            kept = events.filter(Q(at__gte=before) | Q(_is_open())).aggregate(first=Min("seq"))["first"]
            going = events if kept is None else events.filter(seq__lt=kept)
            last = list(going.order_by("seq").values_list("seq", flat=True)[:BATCH])[-1:]
            if not last:
                return removed
            removed += _remove(events.filter(seq__lte=last[0]))
            if stream is not None:
                stream.pruned_seq = last[0]
                stream.save(update_fields=["pruned_seq"])


def _remove(events: QuerySet[LoggedEvent]) -> int:
    """Remove at most BATCH of ``events`` with their deliveries, in one transaction."""
    with transaction.atomic():
        keys = list(events.order_by("pk").values_list("pk", flat=True)[:BATCH])
        Delivery.objects.filter(event__in=keys).delete()
        return LoggedEvent.objects.filter(pk__in=keys).delete()[0]


@transaction.atomic
def reset_stream(name: str) -> None:
    """Forget a stream's events and begin a new epoch, at number 1: who resumes is told to start over.

    Deliveries that are not done yet go with their events. Locks the stream's row.
    """
    stream = Stream.objects.select_for_update().get(name=name)
    events = LoggedEvent.objects.filter(stream=name).exclude(stream="")
    Delivery.objects.filter(event__in=events.values("pk")).delete()
    events.delete()
    stream.last_seq, stream.pruned_seq, stream.epoch = 0, 0, new_epoch()
    stream.save()
