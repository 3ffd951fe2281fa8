"""Labelling commits, and dying after the chosen one."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.db import connection as db_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from chowk_core import relay
from chowk_core.events import Handler, declared

current_step: ContextVar[str] = ContextVar("current_step", default="")

LOG_TABLE = "chowk_core_loggedevent"


def folder() -> Path:
    """Where the files ``commits`` and ``kill`` are."""
    return Path(os.environ["STORY_FOLDER"])


def install() -> None:
    """Wrap every connection's COMMIT and ROLLBACK, and note what its statements write."""
    if "STORY_RECORD" not in os.environ:
        return
    real_commit = BaseDatabaseWrapper._commit
    real_rollback = BaseDatabaseWrapper._rollback

    def commit(self: BaseDatabaseWrapper) -> None:
        real_commit(self)
        committed(self)

    def rollback(self: BaseDatabaseWrapper) -> None:
        self.story_writes, self.story_handler = [], ""
        real_rollback(self)

    BaseDatabaseWrapper._commit = commit
    BaseDatabaseWrapper._rollback = rollback
    connection_created.connect(_listen, dispatch_uid="story")
    real_handler = relay._handler

    def handler(path: str) -> Handler:
        db_connection.story_handler = path.rpartition(".")[2]
        return real_handler(path)

    relay._handler = handler


def _listen(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    connection.story_writes, connection.story_handler = [], ""
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def _note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Remember that a statement wrote, and the names of the events that it logged."""
    result = execute(sql, params, many, context)
    connection = context["connection"]
    verb = sql.split(None, 1)[0].upper()
    if LOG_TABLE in sql and "INSERT" in sql:
        values = params.values() if isinstance(params, dict) else params or ()
        connection.story_writes += [value for value in values if isinstance(value, str) and value in declared]
    elif verb == "INSERT" or (verb in {"UPDATE", "DELETE"} and _changed_rows(sql, context["cursor"])):
        connection.story_writes.append("")
    if not connection.in_atomic_block and "RETURNING" not in sql:  # its own transaction, and over
        committed(connection)
    return result


def _changed_rows(sql: str, cursor: Any) -> bool:
    """Whether it did. With RETURNING (the relay's claim) SQLite does not know yet: that is not counted."""
    return "RETURNING" not in sql and cursor.rowcount > 0


def committed(connection: BaseDatabaseWrapper) -> None:
    """If the transaction wrote anything, write its label down; die if it is a chosen one."""
    writes, connection.story_writes = connection.story_writes, []
    handler, connection.story_handler = connection.story_handler, ""
    label = "+".join(sorted(filter(None, writes))) or handler or current_step.get()
    if not writes or not label:
        return
    with (folder() / "switch").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # processes commit at the same moment; let go when this one dies
        _count(label)


def _count(label: str) -> None:
    """Write one more commit of that label down, and die if it is a chosen one."""
    with (folder() / "commits").open("a") as log:
        log.write(f"{label}\n")
    orders = folder() / "kill"
    if not orders.exists():
        return
    count = (folder() / "commits").read_text().splitlines().count(label)
    waiting = orders.read_text().split()
    if f"{label}#{count}" in waiting:
        waiting.remove(f"{label}#{count}")
        rest = orders.with_suffix(".new")
        rest.write_text("\n".join(waiting))
        rest.replace(orders)
        os.kill(os.getpid(), signal.SIGKILL)
