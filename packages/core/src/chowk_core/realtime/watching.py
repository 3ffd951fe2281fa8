"""What the hub keeps: streams that are watched, and who watches them."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from chowk_core.events import Published
from chowk_core.realtime.socket import Socket
from chowk_core.realtime.streams import EventStream


class Subscription:
    """One socket's interest in one stream. ``seq`` is the last number that was written to the socket."""

    __slots__ = ("active", "audience", "declaration", "key", "live", "seq", "socket", "stream")

    def __init__(
        self,
        socket: Socket,
        declaration: EventStream,
        key: str,
        audience: Hashable,
    ) -> None:
        self.socket = socket
        self.declaration = declaration
        self.key = key
        self.stream = f"{declaration.name}:{key}"
        self.audience = audience
        self.seq = 0
        self.active = True
        self.live = False


class Watched:
    """A stream that sockets of this loop are subscribed to, and how far it has been given out."""

    __slots__ = (
        "ahead",
        "audiences",
        "beginning",
        "checking",
        "compare_at",
        "declaration",
        "epoch",
        "holders",
        "name",
        "ready",
        "seq",
    )

    def __init__(self, name: str, declaration: EventStream) -> None:
        self.name = name
        self.declaration = declaration
        self.epoch = ""
        self.seq = 0
        self.ready = False
        self.beginning: asyncio.Task[None] | None = None
        self.compare_at: asyncio.TimerHandle | None = None
        self.ahead: dict[int, Published] = {}
        self.holders: set[Subscription] = set()
        self.audiences: dict[Hashable, set[Subscription]] = {}
        self.checking = False
