"""Running calls at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from chowk_core.exceptions import DomainError


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the DomainError that it raised, in order; any other exception is raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=120)
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return [future.result(timeout=600) for future in [pool.submit(run, call) for call in calls]]
