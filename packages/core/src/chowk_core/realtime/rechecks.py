"""Asking again, while sockets are open, whether they may be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from chowk_core.conf import core_settings
from chowk_core.realtime.authentication import Credentials, CredentialsExpired
from chowk_core.realtime.streams import EventStream

logger = logging.getLogger("chowk_core.realtime")

AT_ONCE = 200
"""Sockets asked in one go, so that others' database work gets its turn in between."""

AFTER_LOGOUT = 0.3
"""Seconds until a user is asked again: Django tells of a logout just before it removes the session."""

Answer = tuple[bool, Hashable]
"""Whether a stream may be seen, and by whose eyes."""


class Connection(Protocol):
    """An open socket, as far as asking again is concerned. All members are used on the event loop."""

    credentials: Credentials

    def streams(self) -> list[tuple[EventStream, str]]:
        """What it is subscribed to, with keys."""

    def confirmed(self, viewer: Any, answers: dict[str, Answer]) -> None:
        """It may stay. ``answers`` says which of its streams, by full name, and as what audience."""

    def expired(self) -> None:
        """Its credentials are good no longer."""


class Rechecks:
    """Goes through the open sockets every SOCKET_RECHECK; equal credentials are asked once."""

    def __init__(self, run: Callable[..., Awaitable[Any]]) -> None:
        self._run = run
        self.connections: set[Connection] = set()
        self._timer: asyncio.Task[None] | None = None
        self._urgent: set[str] = set()
        self._wake = asyncio.Event()

    def add(self, connection: Connection) -> None:
        self.connections.add(connection)

    def remove(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def start(self) -> None:
        """Begin the rounds."""
        self._timer = asyncio.get_running_loop().create_task(self._rounds())

    def stop(self) -> list[asyncio.Task[None]]:
        """End the rounds. Returns what is to be cancelled and awaited."""
        timer, self._timer = self._timer, None
        return [timer] if timer is not None else []

    def soon(self, viewer_id: str) -> None:
        """Ask the sockets of a user without waiting for the next round."""
        self._urgent.add(viewer_id)
        self._wake.set()

    async def _rounds(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + core_settings.SOCKET_RECHECK.total_seconds()
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), timeout=max(0.0, due - loop.time()))
            except TimeoutError:
                due = loop.time() + core_settings.SOCKET_RECHECK.total_seconds()
                chosen = list(self.connections)
            else:
                await asyncio.sleep(AFTER_LOGOUT)
                self._wake.clear()
                urgent, self._urgent = self._urgent, set()
                chosen = [c for c in self.connections if str(c.credentials.viewer.pk) in urgent]
            try:
                await self._ask(chosen)
            except Exception:  # the database is away: the next round comes
                logger.exception("open sockets could not be asked again")

    async def _ask(self, connections: list[Connection]) -> None:
        for start in range(0, len(connections), AT_ONCE):
            some = connections[start : start + AT_ONCE]
            questions: dict[tuple[str, str], tuple[Credentials, dict[str, tuple[EventStream, str]]]] = {}
            for connection in some:
                _credentials, wanted = questions.setdefault(
                    connection.credentials.identity, (connection.credentials, {})
                )
                wanted.update((f"{stream.name}:{key}", (stream, key)) for stream, key in connection.streams())
            answers = await self._run(answer, questions)
            for connection in some:
                if connection not in self.connections or connection.credentials.identity not in answers:
                    continue
                viewer, streams = answers[connection.credentials.identity]
                if viewer is None:
                    connection.expired()
                else:
                    connection.confirmed(viewer, streams)


def answer(
    questions: dict[Any, tuple[Credentials, dict[str, tuple[EventStream, str]]]],
) -> dict[Any, tuple[Any, dict[str, Answer]]]:
    """For each identity: the viewer, None if the credentials expired, and what they may see. Synchronous."""
    found: dict[Any, tuple[Any, dict[str, Answer]]] = {}
    for identity, (credentials, streams) in questions.items():
        try:
            viewer = credentials.check()
        except CredentialsExpired:
            found[identity] = (None, {})
        else:
            found[identity] = (viewer, dict(_look(viewer, streams)))
    return found


def _look(viewer: Any, streams: dict[str, tuple[EventStream, str]]) -> Iterable[tuple[str, Answer]]:
    for name, (stream, key) in streams.items():
        try:
            seen = may_see(stream, viewer, key)
            yield name, (seen, stream.audience(viewer, key) if seen else None)
        except DatabaseError:  # nothing is known: everybody stays until the next round
            raise
        except Exception:  # a package's mistake hides its stream, and no other
            logger.exception("%s could not say who may see it", type(stream).__name__)
            yield name, (False, None)


def may_see(stream: EventStream, viewer: Any, key: str) -> bool:
    """The stream's answer; a key of the wrong form is a no. Synchronous."""
    try:
        return bool(stream.authorise(viewer, key))
    except (ValueError, ValidationError):
        return False
