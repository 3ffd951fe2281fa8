"""Handlers that leave an entry, and misbehave on demand."""

from __future__ import annotations

import os
import signal

from django.db import transaction

from chowk_core.events import Published
from chowk_core.publishing import publish
from tests.diary.events import Echoed
from tests.diary.models import Entry

broken: set[str] = set()
"""Texts that ``note`` fails on, after its effect."""

depth = 0
deepest = 0


def note(event: Published) -> None:
    Entry.objects.create(text=f"note {event.payload['text']}")
    if event.payload["text"] in broken:
        raise RuntimeError(f"no ink for {event.payload['text']}")


def second(event: Published) -> None:
    Entry.objects.create(text=f"second {event.payload['text']}")


def spoil_transaction(event: Published) -> None:
    Entry.objects.create(text="spoiled")
    Entry.objects.create(pk=Entry.objects.get().pk)


def echo(event: Published) -> None:
    """Publishes the next event, ``rounds`` times over, and measures how deep the calls nest."""
    global depth, deepest  # noqa: PLW0603
    depth += 1
    deepest = max(deepest, depth)
    rounds = event.payload.get("rounds", 3)
    Entry.objects.create(text=f"echo {rounds}")
    if rounds:
        publish(Echoed(text=event.payload["text"], rounds=rounds - 1), stream=event.stream)
    transaction.on_commit(_rise)


def _rise() -> None:
    global depth  # noqa: PLW0603
    depth -= 1


def kill_once(event: Published) -> None:
    """Writes its entry, then kills the process, unless the file that it leaves already exists."""
    Entry.objects.create(text=f"survived {event.payload['text']}")
    marker = os.environ["DIARY_KILL_MARKER"]
    if not os.path.exists(marker):
        with open(marker, "w"):
            os.kill(os.getpid(), signal.SIGKILL)
