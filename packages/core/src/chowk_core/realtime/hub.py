"""The hub: one per event loop. It tails the log for every watched stream and writes to this loop's sockets.

Hints come from this process, from Redis, and, should they be lost, from comparing the log every SOCKET_POLL.
Whatever the way, a stream's events are given out in order, each once: a hint that is ahead waits until the
missing ones have been read from the log. An event is presented and encoded once for each audience, then
written straight to its sockets, without a task, a channel layer or a thread in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from channels.db import DatabaseSyncToAsync
from django.utils.module_loading import import_string

from chowk_core.conf import core_settings
from chowk_core.events import Published
from chowk_core.realtime import hints, log
from chowk_core.realtime.frames import Message, event_frame, text_message
from chowk_core.realtime.rechecks import Connection, Rechecks
from chowk_core.realtime.streams import EventStream
from chowk_core.realtime.watching import Subscription, Watched

logger = logging.getLogger("chowk_core.realtime")

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 0.02
"""Seconds that a hint which is ahead waits for the ones before it, until they are read from the log."""
AHEAD_LIMIT = 1000
FILL = 50
"""Missing events read and given out before other work of the event loop gets its turn."""
WRITES_AT_ONCE = 5_000
"""Frames written before other work of the event loop gets its turn."""


class Ear(Protocol):
    """What hears other processes' hints (``redis_hints.RedisListener``)."""

    async def subscribe(self, stream: str) -> None: ...
    async def unsubscribe(self, stream: str) -> None: ...
    async def close(self) -> None: ...


class Hub:
    """See the module. Use ``Hub.current()``; all methods but ``hint`` and ``recheck`` run on its loop.

    Its tasks, threads and Redis connection live as long as a socket is connected.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watched: dict[str, Watched] = {}
        self._inbox: deque[Published] = deque()
        self._woken = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._ear: Ear | None = None
        self._rechecks = Rechecks(self.run)

    @classmethod
    def current(cls) -> Hub:
        """The running event loop's hub."""
        loop = asyncio.get_running_loop()
        if loop not in _hubs:
            for closed in [known for known in _hubs if known.is_closed()]:
                del _hubs[closed]
            _hubs[loop] = cls()
        return _hubs[loop]

    # Connections

    def connect(self, connection: Connection) -> None:
        """A socket opened: from now on its credentials are asked again from time to time."""
        if not self._rechecks.connections:
            self._start()
        self._rechecks.add(connection)

    async def disconnect(self, connection: Connection) -> None:
        """A socket is gone. With the last one the hub goes to sleep."""
        self._rechecks.remove(connection)
        if not self._rechecks.connections:
            await self._stop()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run synchronous code that uses the database in one of the hub's threads.

        Not in Django's one thread for synchronous code: a slow query there would hold up every socket.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(core_settings.SOCKET_THREADS, thread_name_prefix="chowk-sockets")
        call: Any = DatabaseSyncToAsync(function, thread_sensitive=False, executor=self._pool)
        return await call(*args, **kwargs)

    def _start(self) -> None:
        hints.listen(self)
        self._spawn(self._poll_log())
        self._rechecks.start()
        if url := core_settings.SOCKET_REDIS_URL:
            listener = import_string("chowk_core.realtime.redis_hints.RedisListener")  # redis is an extra
            self._ear = listener(
                url, on_event=self._hear, on_recheck=self._rechecks.soon, on_subscribed=self._compare
            )

    async def _stop(self) -> None:
        hints.unlisten(self)  # up to the first await all is let go: a new socket may start the hub again
        tasks, self._tasks = {*self._tasks, *self._rechecks.stop()}, set()
        ear, self._ear = self._ear, None
        pool, self._pool = self._pool, None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if ear is not None:
            await ear.close()
        if pool is not None:
            pool.shutdown(wait=False)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Subscriptions

    async def hold(self, subscription: Subscription) -> None:
        """Begin to watch the subscription's stream: events committed from now on will be given out."""
        name = subscription.stream
        watched = self._watched.get(name)
        if watched is None:
            watched = self._watched[name] = Watched(name, subscription.declaration)
            watched.beginning = self._spawn(self._begin(watched))
        watched.holders.add(subscription)
        if watched.beginning is not None:
            await asyncio.shield(watched.beginning)

    async def _begin(self, watched: Watched) -> None:
        if self._ear is not None:
            await self._ear.subscribe(watched.name)
        head = (await self.run(log.heads, [watched.name]))[watched.name]
        watched.epoch, watched.seq = head.epoch, head.last_seq
        watched.ready, watched.beginning = True, None
        watched.ahead = {s: e for s, e in watched.ahead.items() if e.epoch == head.epoch or not head.epoch}
        self._release(watched)

    async def join(self, subscription: Subscription, opening: log.Opening) -> None:
        """Let a held subscription, which has everything up to its ``seq``, get live frames.

        What it lacks up to ``opening.to_seq``, and what was given out to others meanwhile, is read from the
        log first, at the socket's own pace.
        """
        watched = self._watched[subscription.stream]
        if watched.epoch != opening.epoch:
            await self._check([watched])
        while subscription.active and not subscription.socket.closed:
            if subscription.seq >= max(watched.seq, opening.to_seq):
                subscription.live = True
                watched.audiences.setdefault(subscription.audience, set()).add(subscription)
                return
            events = await self.run(log.read, watched.name, epoch=watched.epoch, after=subscription.seq)
            if not events or events[0].seq != subscription.seq + 1:
                self._start_afresh(subscription, watched.epoch)
            await self._replay(subscription, events)

    async def _replay(self, subscription: Subscription, events: list[Published]) -> None:
        for event in events:
            if not subscription.active or subscription.socket.closed:
                return
            subscription.seq = event.seq
            message = self._present(subscription.declaration, event, subscription.audience)
            await subscription.socket.send(message)

    async def leave(self, subscription: Subscription) -> None:
        """End a subscription; with the stream's last one the stream is no longer watched."""
        subscription.active = False
        watched = self._watched.get(subscription.stream)
        if watched is None or subscription not in watched.holders:
            return
        self._drop(watched, subscription)
        if not watched.holders:
            del self._watched[watched.name]
            if self._ear is not None:
                await self._ear.unsubscribe(watched.name)
                if watched.name in self._watched and self._ear is not None:  # watched again meanwhile
                    await self._ear.subscribe(watched.name)

    def revoke(self, subscription: Subscription) -> None:
        """Show a subscription nothing more; it is still to be left."""
        subscription.active = subscription.live = False
        watched = self._watched.get(subscription.stream)
        if watched is not None and subscription in watched.holders:
            self._drop(watched, subscription)
            watched.holders.add(subscription)

    def move(self, subscription: Subscription, audience: Hashable) -> None:
        """Show a live subscription what another audience sees, from the next event on."""
        watched = self._watched.get(subscription.stream)
        if watched is not None and subscription.live and audience != subscription.audience:
            self._drop(watched, subscription)
            watched.holders.add(subscription)
            watched.audiences.setdefault(audience, set()).add(subscription)
        subscription.audience = audience

    @staticmethod
    def _drop(watched: Watched, subscription: Subscription) -> None:
        watched.holders.discard(subscription)
        sharing = watched.audiences.get(subscription.audience)
        if sharing is not None:
            sharing.discard(subscription)
            if not sharing:
                del watched.audiences[subscription.audience]

    # Hints

    def hint(self, event: Published) -> None:
        """``event`` was committed. From any thread; returns at once and does not raise."""
        if event.stream not in self._watched:
            return
        self._inbox.append(event)
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._empty_inbox)
            except RuntimeError:  # the loop is closed, its sockets with it
                hints.unlisten(self)

    def recheck(self, viewer_id: str) -> None:
        """Ask a user's sockets again now. From any thread; returns at once and does not raise."""
        try:
            self._loop.call_soon_threadsafe(self._rechecks.soon, viewer_id)
        except RuntimeError:  # the loop is closed, its sockets with it
            hints.unlisten(self)

    def _hear(self, event: Published) -> None:
        """A hint of another process; on the loop."""
        watched = self._watched.get(event.stream)
        if watched is not None and (event.seq > watched.seq or event.epoch != watched.epoch):
            self._inbox.append(event)
            if not self._woken:
                self._woken = True
                self._loop.call_soon(self._empty_inbox)

    def _empty_inbox(self) -> None:
        self._woken = False
        written = 0
        while self._inbox and written < WRITES_AT_ONCE:
            written += self._take(self._inbox.popleft())
        if self._inbox and not self._woken:
            self._woken = True
            self._loop.call_soon(self._empty_inbox)

    def _take(self, event: Published) -> int:
        """Give out what can be given out now that ``event`` is known. Returns how many frames it wrote."""
        watched = self._watched.get(event.stream)
        if watched is None:
            return 0
        if watched.ready:
            if watched.epoch and event.epoch != watched.epoch:
                self._compare(watched.name)  # a hint alone does not end a history
                return 0
            if event.seq <= watched.seq:
                return 0
        if len(watched.ahead) < AHEAD_LIMIT:
            watched.ahead[event.seq] = event
        return self._release(watched) if watched.ready else 0

    def _release(self, watched: Watched) -> int:
        written = 0
        while event := watched.ahead.pop(watched.seq + 1, None):
            watched.seq = event.seq
            watched.epoch = watched.epoch or event.epoch
            written += self._give_out(watched, event)
        for seq in [seq for seq in watched.ahead if seq <= watched.seq]:
            del watched.ahead[seq]
        if watched.ahead:
            self._compare_soon(watched)
        return written

    def _give_out(self, watched: Watched, event: Published) -> int:
        seq, written = event.seq, 0
        for audience, subscriptions in watched.audiences.items():
            message = self._present(watched.declaration, event, audience)
            for subscription in subscriptions:
                if subscription.seq < seq:
                    subscription.seq = seq
                    subscription.socket.write(message)
            written += len(subscriptions)
        return written

    @staticmethod
    def _present(declaration: EventStream, event: Published, audience: Hashable) -> Message:
        try:
            return text_message(event_frame(event, declaration.present(event, audience)))
        except Exception:  # a package's mistake must not stop the stream for everybody
            logger.exception("%s could not present %s: shown to nobody", declaration.name, event.name)
            return text_message(event_frame(event, None))

    # The log

    def _compare_soon(self, watched: Watched) -> None:
        if watched.compare_at is None:
            watched.compare_at = self._loop.call_later(PATIENCE, self._compare, watched.name)

    def _compare(self, stream: str) -> None:
        watched = self._watched.get(stream)
        if watched is None:
            return
        watched.compare_at = None
        if watched.ready and not watched.checking:
            watched.checking = True
            self._spawn(self._check_one(watched))

    async def _check_one(self, watched: Watched) -> None:
        try:
            await self._check([watched])
        except Exception:  # the database is away: the poll comes again
            logger.exception("the log of %s could not be read", watched.name)
        finally:
            watched.checking = False
        if watched.ahead:
            self._compare_soon(watched)

    async def _poll_log(self) -> None:
        while True:
            await asyncio.sleep(core_settings.SOCKET_POLL.total_seconds())
            try:
                await self._check([w for w in self._watched.values() if w.ready])
            except Exception:  # the database is away: the poll comes again
                logger.exception("the log could not be read")

    async def _check(self, streams: list[Watched]) -> None:
        """Compare with the log, and give out what is missing here."""
        before = {watched.name: watched.seq for watched in streams}
        for name, head in (await self.run(log.heads, before)).items() if before else ():
            watched = self._watched.get(name)
            if watched is None or not watched.ready:
                continue
            if not watched.epoch and not watched.seq:
                watched.epoch = head.epoch
            if watched.epoch != head.epoch or head.last_seq < before[name] or head.pruned_seq > watched.seq:
                self._reset(watched, head.epoch, head.last_seq)
            elif head.last_seq > watched.seq:
                await self._fill(watched, head.last_seq)

    async def _fill(self, watched: Watched, last_seq: int) -> None:
        while watched.seq < last_seq:
            after = watched.seq
            events = await self.run(log.read, watched.name, epoch=watched.epoch, after=after, limit=FILL)
            if watched.seq == after and (not events or events[0].seq != after + 1):
                logger.error("%s has no event %d: its sockets start afresh", watched.name, after + 1)
                self._reset(watched, watched.epoch, last_seq)
                return
            watched.ahead.update((event.seq, event) for event in events)
            self._release(watched)
            await asyncio.sleep(0)

    def _reset(self, watched: Watched, epoch: str, seq: int) -> None:
        """History is lost: everybody subscribes again, and gets a snapshot."""
        for subscription in watched.holders:
            self._start_afresh(subscription, epoch)
        watched.audiences.clear()
        watched.ahead.clear()
        watched.epoch, watched.seq = epoch, seq

    @staticmethod
    def _start_afresh(subscription: Subscription, epoch: str) -> None:
        if subscription.active:
            subscription.active = subscription.live = False
            reset = {"type": "reset", "stream": subscription.stream, "epoch": epoch}
            subscription.socket.write(text_message(reset))


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
