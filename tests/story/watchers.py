"""People at a socket: they see frames, send commands, and come back after a cut from where they were."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from story.people import Person
from story.server import STARTING, Site

Frame = dict[str, Any]
CUT = (ConnectionClosed, InvalidHandshake, OSError, EOFError, TimeoutError)
FOR_GOOD = range(4400, 4405)
"""Close codes after which nobody comes back by themselves."""


class Watcher:
    """A socket on one auction's route, kept open by a thread.

    ``events`` are the frames of events, whose numbers are checked as they come: none missing or twice, over
    any number of cuts. ``answers`` are those to commands, by ``ref``.
    """

    def __init__(self, site: Site, auction: str, person: Person | None = None) -> None:
        self.site, self.auction, self.person = site, auction, person
        self.name = person.name if person else "anonymous"
        self.events: list[Frame] = []
        self.answers: dict[int, Frame] = {}
        self.snapshots: list[Frame] = []
        self.seq, self.epoch = 0, ""
        self.connections = 0
        self._refs = itertools.count(1)
        self._socket: ClientConnection | None = None
        self._news = threading.Condition()
        self._failure: BaseException | None = None
        self._leaving = False
        self._thread = threading.Thread(target=self._run, name=f"watcher-{self.name}", daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        self.wait(lambda: self.snapshots, "a first snapshot")
        return self

    def __exit__(self, *error: object) -> None:
        with self._news:
            self._leaving = True
            socket = self._socket
        if socket is not None:
            socket.close()
        self._thread.join(STARTING)
        assert not self._thread.is_alive(), f"{self.name}'s socket does not end"

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until ``condition`` holds; its value. Fails with what this socket saw."""
        deadline = time.monotonic() + STARTING
        while True:
            with self._news:
                if found := condition():
                    return found
                if self._failure is not None:
                    raise AssertionError(f"{self.name}'s socket failed") from self._failure
                self._news.wait(0.2)
            assert time.monotonic() < deadline, f"{self.name} waits for {what}; saw {self.names()}"
            self.site.revive()

    def wait_for_event(self, name: str, count: int = 1) -> Frame:
        """The ``count``-th event of that name."""

        def seen() -> list[Frame]:
            found = [frame for frame in self.events if frame["type"] == name]
            return found[count - 1 : count]

        return self.wait(seen, f"{name} (no. {count})")[0]

    def names(self) -> list[str]:
        """Names of the events seen, in order."""
        return [frame["type"] for frame in self.events]

    def command(self, **message: Any) -> Frame:
        """Send a command; the answer's frame. A command whose answer got lost in a cut is sent again."""
        ref = next(self._refs)
        while True:
            connection = self.connections
            socket = self.wait(lambda: self._socket, "a connection")
            try:
                socket.send(json.dumps({**message, "ref": ref}))
            except CUT:
                self.wait(lambda since=connection: self.connections > since, "a reconnection")
                continue
            self.wait(
                lambda since=connection: ref in self.answers or self.connections > since,
                f"an answer to {message}",
            )
            if ref in self.answers:
                return self.answers[ref]

    def do(self, done_before: str, **message: Any) -> Frame:
        """A command that should succeed; sent again after a cut it may be refused with ``done_before``."""
        connections = self.connections
        answer = self.command(**message)
        cut = self.connections > connections
        assert answer["type"] == "ok" or (cut and answer["code"] == done_before), answer
        return answer

    def _run(self) -> None:
        try:
            while not self._leaving:
                try:
                    self._stay()
                except CUT as error:
                    self._cut(error)
        except BaseException as error:
            with self._news:
                self._failure = error
                self._news.notify_all()

    def _cut(self, error: BaseException) -> None:
        """Come back, unless the site said that there is nothing to come back for."""
        if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code in FOR_GOOD:
            raise error
        with self._news:
            self._socket = None
        if not self._leaving:
            self.site.revive()

    def _stay(self) -> None:
        headers = {"Authorization": f"Bearer {self.person.token}"} if self.person else {}
        position = f"?since={self.seq}&epoch={self.epoch}" if self.snapshots else ""
        address = f"ws://{self.site.address}/ws/auction/{self.auction}/{position}"
        with connect(
            address, additional_headers=headers, origin=f"http://{self.site.address}", open_timeout=STARTING
        ) as socket:
            for text in socket:
                frame = json.loads(text)
                with self._news:
                    self._take(frame)
                    if frame["type"] == "subscribed":
                        self._socket, self.connections = socket, self.connections + 1
                    self._news.notify_all()
                    if self._leaving:
                        return
        if not self._leaving:
            raise EOFError("the site closed the socket")

    def _take(self, frame: Frame) -> None:
        kind = frame["type"]
        if "." in kind or kind == "skip":
            self._number(frame, frame.get("from_seq", frame["seq"]))
            self.seq = frame["seq"]
        if "." in kind:
            self.events.append(frame)
        elif kind == "subscribed" and self.snapshots:
            assert frame["complete"], f"{self.name} lost history: {frame}"
            self._number(frame, frame["from_seq"])
        elif kind == "subscribed":
            self.snapshots.append(frame["snapshot"])
            self.seq, self.epoch = frame["to_seq"], frame["epoch"]
        elif kind in {"ok", "error"}:
            assert "ref" in frame, f"{self.name} got {frame}"
            self.answers[frame["ref"]] = frame

    def _number(self, frame: Frame, first: int) -> None:
        assert first == self.seq + 1, f"{self.name} has {self.seq} and got {frame}"
        assert frame["epoch"] == self.epoch, f"{self.name} is in {self.epoch} and got {frame}"
