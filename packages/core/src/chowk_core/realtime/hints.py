"""Telling sockets that something was committed. A hint may be lost; the log is what counts.

This module needs neither Channels nor Redis: whoever publishes may run where neither is installed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from django.db import transaction
from django.utils.module_loading import import_string

from chowk_core.conf import core_settings
from chowk_core.events import Published

logger = logging.getLogger("chowk_core.realtime")


class Listener(Protocol):
    """A hub of this process. Its methods are called from any thread, return at once and do not raise."""

    def hint(self, event: Published) -> None: ...

    def recheck(self, viewer_id: str) -> None: ...


_listeners: tuple[Listener, ...] = ()


def listen(listener: Listener) -> None:
    """Tell ``listener`` of everything announced in this process from now on."""
    global _listeners  # noqa: PLW0603 - replaced whole, so that announcing threads need no lock
    _listeners = (*_listeners, listener)


def unlisten(listener: Listener) -> None:
    """Undo ``listen``."""
    global _listeners  # noqa: PLW0603
    _listeners = tuple(known for known in _listeners if known is not listener)


def announce(published: Published) -> None:
    """Hint to sockets, in this process and by Redis in others, that ``published`` has been committed.

    Call it after the commit, from any thread. The hint carries the whole event. Does not wait for the
    network and never raises: a hint that gets lost delays frames by at most SOCKET_POLL.
    """
    if published.stream:
        _tell(lambda listener: listener.hint(published), lambda redis: redis.announce(published))


def recheck(viewer_id: Any) -> None:
    """Have the open sockets of a user asked at once whether they may stay, instead of within SOCKET_RECHECK.

    For whoever logs out, suspends, blocks or removes somebody; after the commit. Never raises.
    """
    text = str(viewer_id)
    _tell(lambda listener: listener.recheck(text), lambda redis: redis.announce_recheck(text))


def on_logout(*, user: Any = None, **kwargs: Any) -> None:
    """Receiver of ``user_logged_out``: the user's sockets are asked again, after the commit."""
    if user is not None:
        transaction.on_commit(lambda: recheck(user.pk))


def _tell(here: Callable[[Listener], None], elsewhere: Callable[[Any], None]) -> None:
    try:
        for listener in _listeners:
            here(listener)
        if url := core_settings.SOCKET_REDIS_URL:
            elsewhere(_announcer()(url))
    except Exception:  # the caller has committed: nothing here may look like its failure
        logger.exception("a hint was lost; watched streams are compared with the log anyway")


def _announcer() -> Callable[[str], Any]:
    """The Redis side, imported on first use since redis is an extra."""
    return import_string("chowk_core.realtime.redis_hints.announcer")
