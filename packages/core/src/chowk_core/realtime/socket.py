"""One websocket's way out: frames are written at once; a socket that does not take them is cut."""

from __future__ import annotations

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from chowk_core.conf import core_settings
from chowk_core.realtime.frames import Message, close_message

Send = Callable[[Message], Awaitable[None]]

TOO_SLOW = 4408
LAST_WORDS = 1.0
"""Seconds that a socket which is cut has for taking the frame that was under way and the close frame."""


class Socket:
    """Writes frames in order, from the event loop, without a task or a queue while the network takes them.

    ``write`` runs the server's ``send`` up to its first wait. If it does not wait, the frame is out. If it
    does, the network is full: a task waits on, and what follows is kept in a short backlog. More than
    SOCKET_BACKLOG frames, or SOCKET_STALL without progress, and the socket is cut: closed with 4408, or
    torn down where not even the close frame goes out. ``closing``: nothing new is written any more;
    ``closed``: nothing at all.
    """

    __slots__ = ("_backlog", "_cut", "_loop", "_send", "_stall", "_task", "closed", "closing")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._backlog: deque[Message] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stall: asyncio.TimerHandle | None = None
        self.closing = False
        self._cut = False
        self.closed = False

    def write(self, message: Message) -> None:
        """Send ``message`` after what was written before. Returns at once."""
        if self._task is not None:
            self._wait_in_line(message)
            return
        if self.closed:
            return
        sending: Any = self._send(message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # whatever the server raises, this socket is gone
            self.closed = True
            return
        self._task = self._loop.create_task(self._drain(sending, waits_for))
        self._stall = self._loop.call_later(core_settings.SOCKET_STALL.total_seconds(), self.cut)

    async def send(self, message: Message) -> None:
        """Write ``message`` and wait until the network took all that was written."""
        self.write(message)
        if self._task is not None:
            await asyncio.wait([self._task])

    def close(self, code: int, reason: str = "") -> None:
        """Close after what was written before."""
        if not self.closing:
            self.closing = True
            self.write(close_message(code, reason))
            if self._task is None:
                self.closed = True

    def cut(self) -> None:
        """Drop what waits, and close: this socket is too slow."""
        if self._cut:
            return
        self._cut = self.closing = True
        self._backlog.clear()
        self._backlog.append(close_message(TOO_SLOW, "too slow"))
        self._loop.call_later(LAST_WORDS, self.abort)

    def abort(self) -> None:
        """Give up a socket that does not even take a close frame.

        ASGI has no word for it and a server flushes before it closes, which a stuck client never lets
        happen: so the transport is torn down where the server shows it (uvicorn does).
        """
        if self._task is None:  # the close frame went out after all
            return
        self.closed = True
        self._task.cancel()
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()

    def _wait_in_line(self, message: Message) -> None:
        if self.closing and message["type"] != "websocket.close":
            return
        self._backlog.append(message)
        if len(self._backlog) > core_settings.SOCKET_BACKLOG:
            self.cut()

    async def _drain(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            await _go_on(sending, waits_for)
            while self._backlog:
                if self._stall is not None:
                    self._stall.cancel()
                self._stall = self._loop.call_later(core_settings.SOCKET_STALL.total_seconds(), self.cut)
                await self._send(self._backlog.popleft())
        except Exception:  # whatever the server raises, this socket is gone
            self.closed = True
        finally:
            if self._stall is not None:
                self._stall.cancel()
            self._stall = self._task = None
            self.closed = self.closed or self.closing


@types.coroutine
def _go_on(started: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Await a coroutine that was already run up to where it waits for ``waits_for``."""
    while True:
        try:
            value = yield waits_for
        except BaseException as error:
            try:
                waits_for = started.throw(error)
            except StopIteration:
                return
        else:
            try:
                waits_for = started.send(value)
            except StopIteration:
                return
