"""What goes over the wire: reading clients' messages, writing frames.

Every frame is a JSON object with a ``type``. Types of events have a dot ("auctions.bid_placed"); those of
this protocol have none. ``consumer`` lists them all.
"""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from chowk_core.events import Published
from chowk_core.exceptions import DomainError

Message = dict[str, Any]
"""An ASGI message. The hub gives the same one to every socket of an audience: never change one."""


class FrameError(DomainError):
    """A message that is no message."""


class NotJson(FrameError):
    code = "not_json"
    message = _("Send one JSON object a message; this is not JSON.")


class NotObject(FrameError):
    code = "not_object"
    message = _("Send one JSON object a message, with a “type”; this is something else.")


class BinaryFrame(FrameError):
    code = "binary_frame"
    message = _("Send text; binary messages are not understood.")


class TooLarge(FrameError):
    code = "too_large"
    message = _("A message has at most %(limit)s bytes; this has %(size)s.")
    status = 413


class BadField(FrameError):
    code = "bad_field"
    message = _("“%(name)s” is missing or of the wrong form.")


class TooFast(FrameError):
    code = "too_fast"
    message = _("You send too much: wait a moment. This message was not looked at.")
    status = 429


class TooManyStreams(FrameError):
    code = "too_many_streams"
    message = _("One socket takes at most %(limit)s streams: unsubscribe from one, or open another socket.")
    status = 409


class NotSubscribed(FrameError):
    code = "not_subscribed"
    message = _("Subscribe to the stream first, and name it in “stream”.")
    status = 409


class InternalError(FrameError):
    code = "internal_error"
    message = _("Something went wrong here. Whether it was done is not known: look before you repeat it.")
    status = 500


def dumps(frame: dict[str, Any]) -> str:
    """Compact JSON. Dates, decimals and UUIDs of snapshots become text as Django's encoder writes them."""
    return json.dumps(frame, cls=DjangoJSONEncoder, separators=(",", ":"), ensure_ascii=False)


def text_message(frame: dict[str, Any]) -> Message:
    """The ASGI message that carries ``frame``."""
    return {"type": "websocket.send", "text": dumps(frame)}


def close_message(code: int, reason: str = "") -> Message:
    """The ASGI message that closes a socket."""
    return {"type": "websocket.close", "code": code, "reason": reason}


def event_frame(event: Published, data: dict[str, Any] | None) -> dict[str, Any]:
    """An event as its audience sees it; a "skip" frame, which keeps the numbers whole, if it may not."""
    if data is None:
        return {
            "type": "skip",
            "stream": event.stream,
            "from_seq": event.seq,
            "seq": event.seq,
            "epoch": event.epoch,
        }
    return {
        "type": event.name,
        "stream": event.stream,
        "seq": event.seq,
        "epoch": event.epoch,
        "at": event.at,
        "data": data,
    }


def error_frame(error: DomainError, *, ref: Any = None, stream: str = "") -> dict[str, Any]:
    """What a refused message is answered with; ``ref`` is the client's own name for the message."""
    frame = {"type": "error", "code": error.code, "message": error.detail}
    if error.field:
        frame["field"] = error.field
    if stream:
        frame["stream"] = stream
    if ref is not None:
        frame["ref"] = ref
    return frame


def server_time() -> int:
    """Unix milliseconds, for clients' countdowns."""
    return time.time_ns() // 1_000_000


def parse(message: Message, *, limit: int) -> dict[str, Any]:
    """The JSON object in a received ASGI message. Raises FrameError."""
    text = message.get("text")
    if text is None:
        raise BinaryFrame
    if (size := len(text) if text.isascii() else len(text.encode(errors="replace"))) > limit:
        raise TooLarge(limit=limit, size=size)
    try:
        content = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if not isinstance(content, dict):
        raise NotObject
    if not isinstance(content.get("type"), str):
        raise BadField(name="type", field="type")
    if not isinstance(content.get("ref"), str | int | None) or len(str(content.get("ref"))) > 64:
        content.pop("ref")
        raise BadField(name="ref", field="ref")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
