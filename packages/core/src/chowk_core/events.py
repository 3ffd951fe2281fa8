"""The event log: what happened, numbered per stream, committed with the change that it tells of.

A package declares its events as frozen dataclasses, and publishes inside its transaction:

    @dataclass(frozen=True, kw_only=True)
    class BidPlaced(Event, name="auctions.bid_placed"):
        auction_id: str
        price: str

    publish(BidPlaced(auction_id="…", price="5000.00"), stream="auctions.auction:…")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

declared: dict[str, type[Event]] = {}
"""Every declared event class by event name."""


class Event:
    """Base of event classes. Fields are plain JSON: text, int, bool, None, lists and dicts of these.

    Names are ``package.past_tense_verb``; the fields are a public contract: add, never rename or remove.
    """

    name: ClassVar[str]

    def __init_subclass__(cls, *, name: str) -> None:
        cls.name = name
        declared[name] = cls

    def payload(self) -> dict[str, Any]:
        """The event's fields as the log stores them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Published:
    """An event as the log holds it and as handlers and sockets get it.

    ``stream`` is empty and ``seq`` 0 for an event that belongs to no stream. ``at`` is aware UTC.
    """

    id: int
    name: str
    payload: dict[str, Any]
    stream: str
    seq: int
    epoch: str
    at: datetime


Handler = Callable[[Published], None]
"""A subscriber. It runs in a transaction of its own; its effect and the note that it ran commit together."""
