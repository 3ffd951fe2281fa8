"""Loops of management commands that run until they are told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connections

logger = logging.getLogger("chowk_core.loop")


class Loop:
    """Calls a step again and again until SIGTERM or SIGINT, which let the step finish what it has begun.

    Use it as a context manager in the main thread: it takes the two signals over and gives them back.
    """

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._stop = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Loop:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._told_to_stop)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def stopped(self) -> bool:
        """Whether a signal has arrived."""
        return self._stop.is_set()

    def run(self, step: Callable[[], bool]) -> None:
        """Call ``step``; while it says that it had work, again at once, otherwise after the interval.

        A lost database is logged and tried again after the interval.
        """
        while not self.stopped():
            close_old_connections()
            try:
                busy = step()
            except (OperationalError, InterfaceError):
                logger.exception("the database does not answer; trying again in %s s", self.interval)
                connections.close_all()
                busy = False
            if not busy:
                self._stop.wait(self.interval)


def seconds(text: str) -> float:
    """A command's interval. Raises ValueError, which argparse reports, unless it is more than zero."""
    value = float(text)
    if not 0 < value < threading.TIMEOUT_MAX:
        raise ValueError(text)
    return value


def positive(text: str) -> int:
    """A command's count. Raises ValueError, which argparse reports, unless it is more than zero."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def duration(text: str) -> timedelta:
    """``"30d"``, ``"12h"``, ``"90m"`` or ``"45s"``. Raises ValueError, which argparse reports."""
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    try:
        return timedelta(**{units[text[-1:]]: positive(text[:-1])})
    except (KeyError, OverflowError) as error:
        raise ValueError(text) from error
