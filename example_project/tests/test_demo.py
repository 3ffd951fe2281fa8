"""The demonstration, started for real."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from chowk_core.testing.ports import free_port

PROJECT = Path(__file__).parents[1]
UP_WITHIN, FRAME_WITHIN, DOWN_WITHIN = 120, 90, 30
"""Seconds, on a machine that does much else. What hangs takes longer: an open socket would wait for ever."""


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


class House:
    """A demonstration in a process group of its own, as a terminal would start it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.var = folder / "var"
        self.address = f"127.0.0.1:{self.port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        self.log = folder / "demo.log"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", *options],
            cwd=PROJECT,
            env=environment | {"VAR": str(self.var), "PORT": str(self.port)},
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Until it answers."""
        began = time.monotonic()
        while time.monotonic() - began < UP_WITHIN:
            assert self.process.poll() is None, self.log.read_text()
            try:
                assert get(f"http://{self.address}/healthz") == "ok"
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError(f"no answer: {self.log.read_text()}")

    def interrupt(self) -> None:
        """Ctrl-C; until everything has ended."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=DOWN_WITHIN)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    started = House(tmp_path, "--pace", "0.3")
    yield started
    started.kill()


async def first_bid(house: House) -> dict[str, Any]:
    """The first bid frame of any lot, with the socket left open."""
    lots = re.findall(r"/auctions/([0-9a-f-]{36})/", get(f"http://{house.address}/auctions/"))
    assert len(set(lots)) >= 5
    async with connect(f"ws://{house.address}/ws/", origin=f"http://{house.address}") as ws:  # type: ignore[arg-type]
        for lot in dict.fromkeys(lots):
            await ws.send(json.dumps({"type": "subscribe", "stream": f"auctions.auction:{lot}"}))
        async with asyncio.timeout(FRAME_WITHIN):
            while True:
                frame = json.loads(await ws.recv())
                if frame["type"] == "auctions.bid_placed":
                    await asyncio.to_thread(house.interrupt)  # while the socket is open
                    return dict(frame)


@pytest.mark.slow
def test_the_house_opens_bids_and_closes_on_ctrl_c(house: House, tmp_path: Path) -> None:
    house.wait()
    frame = asyncio.run(first_bid(house))
    assert frame["data"]["bid_count"] >= 1
    assert "maximum" not in json.dumps(frame)
    log = house.log.read_text()
    assert "Traceback" not in log, log
    assert house.process.returncode == 0
    assert "ben@chowk.example" in log
    again = House(tmp_path)
    try:
        again.wait()
        again.interrupt()
        assert "Traceback" not in again.log.read_text()
    finally:
        again.kill()


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "manage.py", "demo"],
            cwd=PROJECT,
            env=os.environ | {"VAR": str(tmp_path), "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    said = f"Cannot listen on 127.0.0.1:{port}: something is there already. Set PORT to another."
    assert ended.stderr.strip() == f"CommandError: {said}"
    assert ended.stdout == ""
    assert ended.returncode == 1
    assert not (tmp_path / "chowk.sqlite3").exists()
