"""What every benchmark shares: paired timing, statement counts, worker processes and one table.

Absolute figures differ from machine to machine and from minute to minute, so a peer is always timed in turn
with its limit (A B A B …) and the median of the pairwise ratios is what counts.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Operation = Callable[[], Any]
Worker = Callable[[int], Operation]
"""Given a worker's number, in its own process, returns the operation to repeat (connections made inside)."""


@dataclass(frozen=True)
class Result:
    """One line of the table: ``ours`` and ``limit`` are medians of operations a second."""

    name: str
    ours: float
    limit: float
    ratio: float
    aim: float | None = None
    statements: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the ratio reaches its aim (true without one)."""
        return self.aim is None or self.ratio >= self.aim

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON-ready data."""
        return {**asdict(self), "met": self.met}


def raw_dsn() -> str:
    """How psycopg reaches the database as Django does; commits of both wait for the disk, or of none."""
    import psycopg
    from django.db import connection

    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "options")
    keep = {name: parameters[name] for name in names if parameters.get(name)}
    return psycopg.conninfo.make_conninfo(**keep)


def rate(operation: Operation, *, seconds: float) -> float:
    """Operations a second of ``operation`` repeated for ``seconds`` in this thread."""
    done, start = 0, time.perf_counter()
    end = start + seconds
    while (now := time.perf_counter()) < end:
        operation()
        done += 1
    return done / (now - start)


def compare(
    name: str,
    ours: Operation,
    limit: Operation,
    *,
    seconds: float = 1.5,
    repeats: int = 5,
    aim: float | None = None,
    statements: str = "",
    note: str = "",
) -> Result:
    """Time ``ours`` and ``limit`` in turn, single-threaded, after one uncounted round of each."""
    for operation in (ours, limit):
        rate(operation, seconds=seconds / 5)
    pairs = [(rate(ours, seconds=seconds), rate(limit, seconds=seconds)) for _ in range(repeats)]
    return _result(name, pairs, aim=aim, statements=statements, note=note)


def compare_prepared(
    name: str,
    ours: Callable[[Any], Any],
    limit: Callable[[Any], Any],
    prepare: Callable[[], Sequence[Any]],
    *,
    repeats: int = 7,
    aim: float | None = None,
    statements: str = "",
    note: str = "",
) -> Result:
    """Time ``ours`` and ``limit`` in turn on what ``prepare`` makes, uncounted, for each turn anew.

    For work that uses something up, such as an order of a cart. The note gains both sides' median of single
    operations in milliseconds.
    """
    taken: dict[str, list[float]] = {"ours": [], "limit": []}
    pairs = []
    for turn in range(repeats + 1):
        times = {
            side: durations(operation, prepare()) for side, operation in (("ours", ours), ("limit", limit))
        }
        if turn:  # the first warms up
            pairs.append((len(times["ours"]) / sum(times["ours"]), len(times["limit"]) / sum(times["limit"])))
            for side, found in times.items():
                taken[side] += found
    mine, raw = (statistics.median(found) * 1000 for found in taken.values())
    note = "; ".join(filter(None, [f"p50 {mine:.1f} ms, raw {raw:.1f} ms", note]))
    return _result(name, pairs, aim=aim, statements=statements, note=note)


def durations(operation: Callable[[Any], Any], items: Sequence[Any]) -> list[float]:
    """How many seconds ``operation`` takes for each of ``items``."""
    found = []
    for item in items:
        start = time.perf_counter()
        operation(item)
        found.append(time.perf_counter() - start)
    return found


def compare_processes(
    name: str,
    ours: Worker,
    limit: Worker,
    *,
    processes: int = 8,
    seconds: float = 3.0,
    repeats: int = 3,
    aim: float | None = None,
    statements: str = "",
    note: str = "",
) -> Result:
    """Time ``ours`` and ``limit`` in turn with ``processes`` at once; rates are the sums over processes."""
    pairs = [
        (_parallel_rate(ours, processes, seconds), _parallel_rate(limit, processes, seconds))
        for _ in range(repeats)
    ]
    return _result(name, pairs, aim=aim, statements=statements, note=note)


def _parallel_rate(worker: Worker, processes: int, seconds: float) -> float:
    context = multiprocessing.get_context("fork")
    barrier, rates = context.Barrier(processes), context.Queue()
    children = [
        context.Process(target=_work, args=(worker, number, barrier, rates, seconds))
        for number in range(processes)
    ]
    for child in children:
        child.start()
    answers = [rates.get(timeout=seconds + 60) for _ in children]
    for child in children:
        child.join()
    failures = [answer for answer in answers if isinstance(answer, str)]
    if failures:
        raise RuntimeError(failures[0])
    return sum(answers)


def _work(worker: Worker, number: int, barrier: Any, rates: Any, seconds: float) -> None:
    try:
        operation = worker(number)
        operation()
        barrier.wait(timeout=60)
        rates.put(rate(operation, seconds=seconds))
    except Exception as error:
        rates.put(f"worker {number}: {error!r}")
        raise
    finally:
        rates.close()
        rates.join_thread()
        os._exit(0)


def _result(
    name: str, pairs: Sequence[tuple[float, float]], *, aim: float | None, statements: str, note: str
) -> Result:
    return Result(
        name=name,
        ours=statistics.median(ours for ours, _ in pairs),
        limit=statistics.median(limit for _, limit in pairs),
        ratio=statistics.median(ours / limit for ours, limit in pairs),
        aim=aim,
        statements=statements,
        note=note,
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that Django sends, transaction control included as "BEGIN"/"COMMIT" lines."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found.extend(query["sql"] for query in captured.captured_queries)


def count(found: Sequence[str]) -> str:
    """``"3 +2"``: three statements and two of transaction control."""
    words = [sql.split(None, 1)[0].rstrip(";").upper() for sql in found]
    control = sum(word in {"BEGIN", "COMMIT", "ROLLBACK"} for word in words)
    return f"{len(found) - control} +{control}" if control else str(len(found))


def print_table(title: str, results: Sequence[Result]) -> None:
    """One line a result; an unmet aim is marked."""
    print(f"\n{title}")
    print(f"{'operation':44}{'ours /s':>11}{'limit /s':>11}{'ratio':>8}{'aim':>7}  {'SQL':8}note")
    for result in results:
        aim = "" if result.aim is None else f"{result.aim:.2f}"
        mark = "" if result.met else "  BELOW AIM"
        print(
            f"{result.name:44}{result.ours:>11,.0f}{result.limit:>11,.0f}{result.ratio:>8.2f}{aim:>7}  "
            f"{result.statements:8}{result.note}{mark}"
        )


def report(title: str, results: Sequence[Result], path: Path | None) -> dict[str, Any]:
    """Print the table, write the results to ``path`` if there is one, and return what ``main`` returns."""
    print_table(title, results)
    found = [result.as_dict() for result in results]
    if path:
        path.write_text(json.dumps(found))
    return {"results": found, "met": all(result.met for result in results)}


@contextmanager
def database(name: str) -> Iterator[None]:
    """Set Django up on a fresh PostgreSQL database, migrated, and drop it afterwards.

    Call after ``django.setup()`` with settings whose DATABASES points at PostgreSQL.
    """
    from django.core.management import call_command
    from django.db import connections
    from psycopg import sql

    # SQLite would be another benchmark, and its files would stay where it is killed.
    assert connections["default"].vendor == "postgresql", "DATABASES names no PostgreSQL"
    runner = connections["default"].creation
    settings = connections["default"].settings_dict
    original = settings["NAME"]
    settings["TEST"]["NAME"] = f"bench_{name}{os.environ.get('CHOWK_TEST_DATABASE_SUFFIX', '')}"
    runner.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        call_command("check")
        yield
    finally:
        connections.close_all()
        made, settings["NAME"] = settings["NAME"], original
        # By force: a benchmark that broke may have left raw connections, its processes may still be dying.
        with runner._nodb_cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(made)))
