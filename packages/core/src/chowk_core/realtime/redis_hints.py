"""Hints over Redis (extra ``redis``): a thread that publishes, and a task that listens.

A channel per stream, ``<SOCKET_PREFIX>:stream:<name>``, whose messages are events as JSON, and one channel
``<SOCKET_PREFIX>:recheck`` with user ids. Redis may be flushed, killed or absent: hubs repair from the log.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from chowk_core.conf import core_settings
from chowk_core.events import Published

logger = logging.getLogger("chowk_core.realtime")

TROUBLE = (redis.RedisError, OSError)
QUEUE_LENGTH = 10_000
BATCH = 200
SILENCE = 15.0
"""Seconds without a word from Redis after which it is asked whether it is there; twice that is a failure."""
LONGEST_WAIT = 5.0


def stream_channel(stream: str) -> str:
    """The channel of a stream's events."""
    return f"{core_settings.SOCKET_PREFIX}:stream:{stream}"


def recheck_channel() -> str:
    """The channel of ids of users whose sockets are to be asked again."""
    return f"{core_settings.SOCKET_PREFIX}:recheck"


def encode(event: Published) -> str:
    """An event as a message."""
    return json.dumps(
        [event.id, event.name, event.payload, event.stream, event.seq, event.epoch, event.at.isoformat()],
        separators=(",", ":"),
    )


def decode(message: bytes) -> Published:
    """The event in a message. Raises ValueError or TypeError for anything else."""
    pk, name, payload, stream, seq, epoch, at = json.loads(message)
    at = datetime.fromisoformat(at)
    return Published(id=pk, name=name, payload=payload, stream=stream, seq=seq, epoch=epoch, at=at)


class Announcer:
    """Publishes from a thread of its own, so that a dead Redis never delays whoever announces.

    What does not fit into the queue, or was taken while Redis was away, is dropped: hints only.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        self._queue: queue.Queue[tuple[str, Callable[[], str]]] = queue.Queue(QUEUE_LENGTH)
        threading.Thread(target=self._run, name="chowk-hints", daemon=True).start()
        atexit.register(self.flush)  # a command that publishes and ends would take its hints along

    def announce(self, event: Published) -> None:
        """Queue an event's hint."""
        self._put(stream_channel(event.stream), lambda: encode(event))

    def announce_recheck(self, viewer_id: str) -> None:
        """Queue the request to ask a user's sockets again."""
        self._put(recheck_channel(), lambda: viewer_id)

    def flush(self, patience: float = 0.5) -> None:
        """Wait until what is queued has been sent, or ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while self._queue.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _put(self, channel: str, message: Callable[[], str]) -> None:
        try:
            self._queue.put_nowait((channel, message))
        except queue.Full:
            logger.warning("hints come faster than Redis takes them: one was dropped")

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                with self._redis.pipeline(transaction=False) as pipe:
                    for channel, message in batch:
                        pipe.publish(channel, message())
                    pipe.execute()
            except TROUBLE as error:
                logger.warning("Redis took no hint: %s", error)
            finally:
                for _sent in batch:
                    self._queue.task_done()


_announcers: dict[tuple[str, int], Announcer] = {}
_lock = threading.Lock()


def announcer(url: str) -> Announcer:
    """This process's announcer for ``url``; a forked child gets one of its own."""
    key = (url, os.getpid())
    if key not in _announcers:
        with _lock:
            if key not in _announcers:
                _announcers[key] = Announcer(url)
    return _announcers[key]


class RedisListener:
    """A hub's ear: one connection, one subscription per watched stream, reconnected with back-off.

    Callbacks run on the event loop. ``on_subscribed`` is called for each stream whose subscription began,
    also after a reconnect: hints may have been lost before, so the hub compares with the log.
    """

    def __init__(
        self,
        url: str,
        *,
        on_event: Callable[[Published], None],
        on_recheck: Callable[[str], None],
        on_subscribed: Callable[[str], None],
    ) -> None:
        self._redis = redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=2, socket_keepalive=True, retry=AsyncRetry(NoBackoff(), 0)
        )
        self._on_event = on_event
        self._on_recheck = on_recheck
        self._on_subscribed = on_subscribed
        self._pubsub: Any = None
        self._wanted: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def subscribe(self, stream: str) -> None:
        """Begin to hear a stream. Returns when Redis confirmed it, at once without Redis."""
        self._wanted.add(stream)
        confirmed = self._confirmed.setdefault(stream, asyncio.Event())
        if self._pubsub is None:
            return  # the reconnecting task subscribes to all that is wanted, and says so by on_subscribed
        await self._command("subscribe", stream)
        try:
            await asyncio.wait_for(confirmed.wait(), timeout=1)
        except TimeoutError:
            logger.warning("Redis confirms no subscription; frames come from the log until it does")

    async def unsubscribe(self, stream: str) -> None:
        """Hear no more of a stream."""
        self._wanted.discard(stream)
        self._confirmed.pop(stream, None)
        await self._command("unsubscribe", stream)

    async def close(self) -> None:
        """Stop listening and close the connection."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()

    async def _command(self, command: str, stream: str) -> None:
        if self._pubsub is None:
            return
        try:
            await getattr(self._pubsub, command)(stream_channel(stream))
        except TROUBLE as error:
            logger.warning("Redis did not %s: %s", command, error)

    async def _run(self) -> None:
        wait = 0.05
        while True:
            pubsub = self._redis.pubsub()
            try:
                asked = set(self._wanted)
                await pubsub.subscribe(recheck_channel(), *map(stream_channel, asked))
                self._pubsub = pubsub  # from here on subscribe() and unsubscribe() speak for themselves
                if missed := self._wanted - asked:
                    await pubsub.subscribe(*map(stream_channel, missed))
                if needless := asked - self._wanted:
                    await pubsub.unsubscribe(*map(stream_channel, needless))
                wait = 0.05
                await self._listen(pubsub)
            except TROUBLE as error:
                logger.warning("Redis is away, frames come from the log meanwhile: %s", error)
            finally:
                self._pubsub = None
                self._forget(self._wanted)
                await pubsub.aclose()
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, LONGEST_WAIT)

    def _forget(self, streams: Iterable[str]) -> None:
        for stream in streams:
            self._confirmed.setdefault(stream, asyncio.Event()).clear()

    async def _listen(self, pubsub: Any) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE)
            if message is None:
                if asked:
                    raise redis.ConnectionError("no answer to a ping")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            self._take(message["type"], message["channel"], message["data"])

    def _take(self, kind: str, channel: bytes | None, data: Any) -> None:
        if kind == "subscribe" and channel is not None:
            stream = channel.decode().removeprefix(stream_channel(""))
            if stream in self._wanted:
                self._confirmed.setdefault(stream, asyncio.Event()).set()
                self._on_subscribed(stream)
        elif kind == "message" and channel == recheck_channel().encode():
            self._on_recheck(data.decode())
        elif kind == "message":
            try:
                event = decode(data)
            except (ValueError, TypeError):
                logger.warning("a message on %r is no event: ignored", channel)
                return
            self._on_event(event)
