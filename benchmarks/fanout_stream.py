"""The stream and the event of ``benchmarks.fanout``: as large as a bid's."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from chowk_core.events import Event, Published
from chowk_core.realtime.streams import EventStream

STREAM = "bench.room:1"


@dataclass(frozen=True, kw_only=True)
class Told(Event, name="bench.told"):
    """One event of a burst."""

    n: int
    filler: str


class RoomStream(EventStream):
    """Open to all; its payload goes through ``present`` like a bid's."""

    name = "bench.room"

    def authorise(self, viewer: Any, key: str) -> bool:
        return True

    def present(self, event: Published, audience: Hashable) -> dict[str, Any]:
        return {"n": event.payload["n"], "filler": event.payload["filler"]}
