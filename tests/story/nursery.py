"""Loads the site once and forks its processes: loading takes seconds, and a killed site is started often.

A line in, a line out: ``serve PORT``, ``tick SECONDS`` and ``shop SHARE`` fork a process and answer its id;
``poll ID`` answers its exit code, or ``alive``; ``kill ID`` kills it and answers its exit code. At the end of
the input all are killed.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

import uvicorn
from django.core.management import call_command
from django.db import connections
from django.urls import get_resolver

from story import shoppers


def serve(application: Any, port: str) -> None:
    """Be the web server."""
    uvicorn.Server(uvicorn.Config(application, port=int(port), log_level="warning")).run()


def tick(_application: Any, seconds: str) -> None:
    """Be the periodic work."""
    call_command("chowk_tick", interval=float(seconds))


ROLES: dict[str, Callable[[Any, str], None]] = {"serve": serve, "tick": tick, "shop": shoppers.work}


class Nursery:
    """The processes that have been forked and not yet been reaped."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.codes: dict[int, int | None] = {}

    def fork(self, role: str, argument: str) -> int:
        """Start a process; its id. It reads nothing, and writes where errors go."""
        connections.close_all()
        if pid := os.fork():
            self.codes[pid] = None
            return pid
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        code = 1
        try:
            ROLES[role](self.application, argument)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def poll(self, pid: int, options: int = os.WNOHANG) -> int | None:
        """The exit code, minus the signal's number for one that was killed; None while it lives."""
        if self.codes[pid] is None:
            found, status = os.waitpid(pid, options)
            self.codes[pid] = os.waitstatus_to_exitcode(status) if found else None
        return self.codes[pid]

    def kill(self, pid: int) -> int | None:
        """Kill it, if it lives, and wait for it."""
        if self.poll(pid) is None:
            os.kill(pid, signal.SIGKILL)
        return self.poll(pid, options=0)


def main() -> None:
    """Load the site and take orders."""
    application = import_module("config.asgi").application
    get_resolver().url_patterns  # noqa: B018 - loads every view
    uvicorn.Config(application).load()  # and its protocols
    nursery = Nursery(application)
    print("ready", flush=True)
    for line in sys.stdin:
        order, argument = line.split()
        if order in ROLES:
            answer: int | None = nursery.fork(order, argument)
        else:
            answer = {"poll": nursery.poll, "kill": nursery.kill}[order](int(argument))
        print("alive" if answer is None else answer, flush=True)
    for pid in nursery.codes:
        nursery.kill(pid)


if __name__ == "__main__":
    main()
