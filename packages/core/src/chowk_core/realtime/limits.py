"""How much a socket may send."""

from __future__ import annotations

import time


class TokenBucket:
    """Allows ``burst`` messages at once and ``rate`` a second in the long run.

    Refused messages are counted: as many refusals in a row as the burst is long make ``abused`` true.
    """

    __slots__ = ("_at", "_burst", "_rate", "_refused", "_tokens")

    def __init__(self, *, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._refused = 0
        self._at = time.monotonic()

    def take(self) -> bool:
        """Take a token for a message. False: there is none, refuse the message."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            self._refused += 1
            return False
        self._tokens -= 1
        if self._tokens > self._burst / 2:
            self._refused = 0
        return True

    @property
    def abused(self) -> bool:
        """Whether the sender goes on although it was told to wait."""
        return self._refused >= self._burst
