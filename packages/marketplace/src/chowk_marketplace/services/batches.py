"""Working on rows that are due, so that one that fails keeps no others waiting. Not public."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def each_of(what: str, keys: Iterable[Any], act: Callable[[Any], int]) -> int:
    """The sum of what ``act`` answers for each of ``keys``, which are of a ``what``. What fails is raised at
    the end, as an ExceptionGroup."""
    done, failures = 0, []
    for key in keys:
        try:
            done += act(key)
        except Exception as error:
            error.add_note(f"{what} {key}")
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{what}s: {len(failures)} failed, {done} are done", failures)
    return done
