"""Calling webhooks as a gateway does: from a thread of its own, and again where nobody took it."""

from __future__ import annotations

import queue
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

TRIES = 5
WAIT = 0.05
"""Seconds before the second try; each further one waits twice as long."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status a webhook answered, 0 where nobody did."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - an address of the test's
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


class Deliveries:
    """Sends each event to its endpoints from a thread of its own. ``hold`` collects them; ``release`` lets
    them go, shuffled or doubled if asked."""

    def __init__(self, send: Callable[[Any], bool]) -> None:
        self._send = send
        self._queue: queue.Queue[Any] = queue.Queue()
        self._held: list[Any] | None = None
        self._thread: threading.Thread | None = None

    def add(self, item: Any) -> None:
        """Deliver ``item``, soon."""
        if self._held is not None:
            self._held.append(item)
            return
        self._queue.put(item)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def hold(self) -> None:
        """Collect what is added."""
        self._held = []

    def release(self, *, shuffled: random.Random | None = None, doubled: bool = False) -> None:
        """Deliver what was held, in another order if asked."""
        items, self._held = self._held or [], None
        items = items * 2 if doubled else items
        if shuffled:
            shuffled.shuffle(items)
        for item in items:
            self.add(item)

    def wait(self) -> None:
        """Until everything is delivered or given up."""
        self._queue.join()

    def _work(self) -> None:
        while True:
            item = self._queue.get()
            try:
                for attempt in range(TRIES):
                    if self._send(item):
                        break
                    time.sleep(WAIT * 2**attempt)
            finally:
                self._queue.task_done()
