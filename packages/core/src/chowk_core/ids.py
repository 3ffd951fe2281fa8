"""Primary keys: UUID version 7 (RFC 9562 §5.7), which sort by creation time."""

from __future__ import annotations

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """Return a UUIDv7. Within a process each is greater than the one before, across threads too.

    Layout: 48 bits of Unix milliseconds, then 12 bits of the sub-millisecond fraction (RFC 9562 §6.2,
    method 3) which is bumped on a tie, then 62 random bits.
    """
    global _last  # noqa: PLW0603 - the monotonic clock of this process
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    ticks = (milliseconds << 12) | (rest * 4096 // 1_000_000)
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    random = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    value = ((ticks >> 12) & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | random
    return uuid.UUID(int=value)
