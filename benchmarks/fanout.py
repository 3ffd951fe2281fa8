"""Socket fan-out: one server process, one stream, 500 sockets, bursts of 50 events and one of 300.

Ours: ``publish()`` into the log in PostgreSQL, hints over Redis, the hub behind uvicorn. The limit: a bare
``websockets`` server that broadcasts what Redis publishes, of the same size, to the same clients, on the same
event loop. Both in turn. A burst is timed to its last frame; from the first PUBLISH to Redis there, from the
COMMIT here: what the log itself costs is measured by ``place_bid``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import redis
import uvloop
from django.db import connection, transaction

from benchmarks import fanout_site  # noqa: F401 - configures Django
from benchmarks.fanout_bare import CHANNEL
from benchmarks.fanout_clients import Crowd, gather_crowd
from benchmarks.fanout_stream import STREAM, Told
from benchmarks.harness import Result, database, print_table
from chowk_core.events import Published
from chowk_core.publishing import publish
from chowk_core.realtime.frames import dumps, event_frame

FILLER = "x" * 150
BURST, LARGE_BURST = 50, 300
AIM = 0.5
ROUTE = "/ws/room/1/"


@dataclass
class Side:
    """One server's figures: deliveries a second of each burst, and milliseconds of each delivery."""

    name: str
    crowd: Crowd
    publisher: Connection
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    lost: int = 0

    async def burst(self, sockets: int, count: int, *, counted: bool = True) -> float:
        """Publish ``count`` events. Returns deliveries a second."""
        self.crowd.expect(sockets * count)
        self.publisher.send(count)
        self.lost += await self.crowd.complete(60)
        began = await asyncio.to_thread(self.publisher.recv)
        arrivals = self.crowd.arrivals
        rate = sockets * count / (arrivals[-1][0] - began)
        if counted:
            self.rates.append(rate)
            for at, frames in arrivals:
                self.latencies += [(at - began) * 1000] * frames
        return rate

    def latency(self, percent: int) -> float:
        """A percentile of the time from the burst's first publish to a delivery, in milliseconds."""
        return statistics.quantiles(self.latencies, n=100)[percent - 1]


def publish_ours(pipe: Connection) -> None:
    """In a process of its own: a burst is a transaction."""
    while count := pipe.recv():
        with transaction.atomic():
            for n in range(count):
                publish(Told(n=n, filler=FILLER), stream=STREAM)
            began = time.monotonic()
        pipe.send(began)


def publish_bare(pipe: Connection, frame: str) -> None:
    """In a process of its own: the same frames, straight to Redis."""
    client = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
    while count := pipe.recv():
        began = time.monotonic()
        for _ in range(count):
            client.publish(CHANNEL, frame)
        pipe.send(began)


def a_frame() -> str:
    """A frame as ours sends it, for the bare server to send."""
    with transaction.atomic():
        event: Published = publish(Told(n=10, filler=FILLER), stream=STREAM)
    return dumps(event_frame(event, event.payload))


@contextmanager
def process(target: Any, *args: Any) -> Iterator[Connection]:
    """A publisher in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=target, args=(theirs, *args), daemon=True)
    child.start()
    try:
        yield ours
    finally:
        ours.send(0)
        child.join()


@contextmanager
def server(*command: str, port: int) -> Iterator[None]:
    """A server in a process of its own; waits until it listens."""
    environment = {**os.environ, "FANOUT_DATABASE": connection.settings_dict["NAME"]}
    child = subprocess.Popen([sys.executable, *command], env=environment)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert child.poll() is None, f"{command} ended"
            time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.wait()


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def measure(
    sockets: int, repeats: int, ports: tuple[int, int], pipes: tuple[Connection, Connection]
) -> tuple[Side, Side, list[float]]:
    """Bursts on both servers in turn. Returns both sides and the ratio of each pair."""
    ours = Side("chowk", await gather_crowd(sockets, port=ports[0], path=ROUTE, greetings=2), pipes[0])
    bare = Side("bare", await gather_crowd(sockets, port=ports[1], path=ROUTE, greetings=0), pipes[1])
    for side in (ours, bare):
        for _ in range(3):
            await side.burst(sockets, BURST, counted=False)
    ratios = []
    for _ in range(repeats):
        ratios.append(await ours.burst(sockets, BURST) / await bare.burst(sockets, BURST))
    for side in (ours, bare):
        rate = await side.burst(sockets, LARGE_BURST, counted=False)
        print(f"{side.name:6} burst of {LARGE_BURST}: {rate:,.0f} deliveries/s, {side.lost} lost")
    return ours, bare, ratios


def run(sockets: int, repeats: int) -> tuple[Side, Side, list[float]]:
    """Start everything, measure, stop everything."""
    ports = free_port(), free_port()
    uvicorn = ["-m", "uvicorn", "benchmarks.fanout_site:application", "--port", str(ports[0])]
    frame = a_frame()
    connection.close()  # the publishers are forked: each opens its own
    quiet = ["--ws-per-message-deflate", "false", "--log-level", "warning"]
    with (
        server(*uvicorn, *quiet, port=ports[0]),
        server("-m", "benchmarks.fanout_bare", str(ports[1]), port=ports[1]),
        process(publish_ours) as ours,
        process(publish_bare, frame) as bare,
    ):
        return uvloop.run(measure(sockets, repeats, ports, (ours, bare)))


def main() -> int:
    """Run, print, and write the results as JSON where asked to."""
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the results")
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    with database("fanout"):
        ours, bare, ratios = run(options.sockets, options.repeats)
    print(f"{'server':8}{'deliveries/s':>14}{'p50 ms':>9}{'p95 ms':>9}{'lost':>6}")
    for side in (ours, bare):
        rate = statistics.median(side.rates)
        print(f"{side.name:8}{rate:>14,.0f}{side.latency(50):>9.1f}{side.latency(95):>9.1f}{side.lost:>6}")
    result = Result(
        name=f"socket fan-out, {options.sockets} sockets",
        ours=statistics.median(ours.rates),
        limit=statistics.median(bare.rates),
        ratio=statistics.median(ratios),
        aim=AIM,
        statements="1 +2",
        note=f"deliveries; {ours.lost} lost",
    )
    print_table("Fan-out, medians of paired bursts", [result])
    if options.json:
        options.json.write_text(json.dumps([result.as_dict()]))
    return 1 if ours.lost else 0


if __name__ == "__main__":
    sys.exit(main())
