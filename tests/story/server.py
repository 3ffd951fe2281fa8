"""The site under test: uvicorn and the periodic work, processes that die and are started again."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from chowk_core.testing.ports import free_port
from story import clock
from story.databases import POSTGRES, admin, environment

PLAIN = ssl.create_default_context()
"""For ``httpx``, which else reads every authority's certificate for each request; none is encrypted here."""

STARTING = 120
"""Seconds that anything may take; machines are slow at times."""
KILLED = "-9"


class Site:
    """uvicorn and ``chowk_tick`` on one database. ``starts`` counts how often they were started."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.address = f"127.0.0.1:{free_port()}"
        self.starts = 0
        self._processes: list[str] = []
        self._lock = threading.RLock()
        with (folder / "log").open("ab") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "story.nursery"],
                env={**environment(folder, database), "STORY_RECORD": "yes"},
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Site:
        assert self._answer() == "ready", self.log()
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._nursery.communicate(timeout=STARTING)

    def _order(self, order: str) -> str:
        with self._lock:
            assert self._nursery.stdin is not None
            self._nursery.stdin.write(f"{order}\n")
            self._nursery.stdin.flush()
            return self._answer()

    def _answer(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline().strip()

    def start(self) -> None:
        """Start both processes and wait until the site answers."""
        port = self.address.partition(":")[2]
        self._processes = [self._order(f"serve {port}"), self._order("tick 0.2")]
        self.starts += 1
        deadline = time.monotonic() + STARTING
        while True:
            try:
                httpx.get(f"http://{self.address}/healthz", verify=PLAIN).raise_for_status()
                return
            except httpx.TransportError:
                dead = self._order(f"poll {self._processes[0]}") != "alive"
                assert not dead and time.monotonic() < deadline, f"the site does not start:\n{self.log()}"
                time.sleep(0.02)

    def stop(self) -> None:
        """Kill what runs."""
        for process in self._processes:
            self._order(f"kill {process}")

    def hire(self, share: str) -> str:
        """Start a worker of the shop, beside the two; its id."""
        return self._order(f"shop {share}")

    def wait_for(self, process: str) -> str:
        """Wait until a worker ends; its exit code, KILLED for one that was killed."""
        deadline = time.monotonic() + 5 * STARTING
        while (code := self._order(f"poll {process}")) == "alive":
            assert time.monotonic() < deadline, f"a worker does not end:\n{self.log()}"
            time.sleep(0.05)
        return code

    def revive(self) -> None:
        """If a process is dead, kill the other as well, as a power cut would, and start again.

        A process that ended in any way but by SIGKILL is a bug of the site, and fails.
        """
        with self._lock:
            codes = {self._order(f"poll {process}") for process in self._processes}
            if codes == {"alive"}:
                return
            assert codes <= {"alive", KILLED}, f"a process ended by itself ({codes}):\n{self.log()}"
            self.stop()
            self.start()

    def log(self) -> str:
        """The end of what the processes have written."""
        return (self.folder / "log").read_text()[-6000:]

    def arm(self, *kill_points: str) -> None:
        """Die right after these commits, each once. Commits are counted from now on.

        A kill point is a label and which commit of that label it is: ``auctions.bid_placed#2``.
        """
        (self.folder / "commits").unlink(missing_ok=True)
        (self.folder / "kill").write_text("\n".join(kill_points))

    def still_armed(self) -> list[str]:
        """Kill points that have not been reached."""
        return (self.folder / "kill").read_text().split()

    def commits(self) -> list[str]:
        """Labels of all commits since ``arm``, numbered: ``label#1``, ``label#2``…"""
        numbered: list[str] = []
        for label in (self.folder / "commits").read_text().splitlines():
            earlier = sum(point.rpartition("#")[0] == label for point in numbered)
            numbered.append(f"{label}#{earlier + 1}")
        return numbered

    def move_clock(self, moment: datetime, *, past: timedelta = timedelta(0)) -> None:
        """Make it ``past`` after ``moment`` for every process of the site."""
        ahead = clock.move_to(moment + past)
        if POSTGRES:
            seconds = ahead.total_seconds()
            admin(f"UPDATE public.story_clock SET ahead = interval '{seconds} s'", database=self.database)
