"""Runs every suite of the workspace on every database that answers, three at a time, the longest first.

    .venv/bin/python tools/run_tests.py [--slow] [--require-servers] [--only NAME …]

A package's suite runs as it is and with every model replaced (tests/settings_swapped.py), on SQLite and,
where one answers, on PostgreSQL (PGHOST, PGPORT, PGUSER, PGPASSWORD; 127.0.0.1:5432 and postgres by
default). Redis is looked for at REDIS_URL (redis://127.0.0.1:6379/0 by default). ``--slow`` adds the long
proofs, and each package's swap matrix on SQLite. A line tells of each suite as it ends. The last line sums
all: ``N passed, N failed, N skipped``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from junit import failed_tests, tally

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".cache" / "tests"
TIMEOUTS = {"normal": 1200, "slow": 2400, "matrix": 1200}
"""Seconds after which a suite counts as hung."""
SELECTED = {"normal": "not slow", "slow": "slow and not swap_matrix", "matrix": "swap_matrix"}
"""The tests of a suite by their marks."""
TITLES = {"slow": ["long proofs"], "matrix": ["swap matrix"]}
LANES = 3
"""Suites at a time: two fill two cores but while they wait, for a server, a clock or a browser."""
NEWS = 60
"""Seconds without a suite ended after which a line says what runs."""
NO_TESTS = 5
"""pytest's exit code where the selection is empty."""

running: dict[subprocess.Popen[bytes], tuple[str, float]] = {}
"""The processes with the names of their suites and when they started."""
running_lock = threading.Lock()


@dataclass(frozen=True)
class Suite:
    """One run of pytest: a folder's tests, on a database, with the models as shipped or replaced."""

    folder: Path
    database: str
    models: str = "shipped"
    speed: str = "normal"

    @property
    def name(self) -> str:
        package = self.folder.relative_to(ROOT).as_posix().removeprefix("packages/")
        parts = [package, self.database]
        parts += ["models replaced"] if self.models == "replaced" else []
        return " · ".join(parts + TITLES.get(self.speed, []))

    @property
    def in_corners(self) -> bool:
        """Whether ``.ci/run`` has tox run it, from the wheel: a package's, but for its long proofs."""
        return self.folder.parent.name == "packages" and self.speed != "slow"

    @property
    def length(self) -> tuple[bool, bool, int, bool]:
        """Sorts suites by how long they probably take: there is as much to run as there is written.

        What goes through all packages takes longest.
        """
        files = [path for path in self.folder.rglob("test_*.py") if ".venv" not in path.parts]
        written = sum(path.stat().st_size for path in files)
        return self.speed == "slow", self.folder.parent == ROOT, written, self.database == "postgres"

    def command(self, results: Path) -> list[str]:
        """The pytest command; ``results`` is where it writes what passed."""
        command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider"]
        command += ["-m", SELECTED[self.speed], f"--junit-xml={results}"]
        if self.models == "replaced":
            # It starts from the shipped models whatever the suite's settings: once is enough.
            command += ["--ds=tests.settings_swapped", "--ignore=tests/test_swapping.py"]
        return command


@dataclass(frozen=True)
class Outcome:
    """What a suite came to."""

    suite: Suite
    passed: int
    failed: int
    skipped: int
    seconds: float
    log: Path
    failed_tests: tuple[str, ...] = ()


def postgres_problem() -> str | None:
    """Why PostgreSQL cannot be used, or None."""
    try:
        import psycopg  # noqa: PLC0415 - only where the tests are installed

        address = {
            "host": os.environ.get("PGHOST", "127.0.0.1"),
            "user": os.environ.get("PGUSER", "postgres"),
        }
        psycopg.connect(dbname="postgres", connect_timeout=3, **address).close()
    except (ImportError, psycopg.Error) as error:
        return str(error).strip().splitlines()[0]
    return None


def redis_problem(url: str) -> str | None:
    """Why Redis cannot be used, or None."""
    try:
        import redis  # noqa: PLC0415 - only where the tests are installed

        redis.Redis.from_url(url, socket_connect_timeout=3).ping()
    except (ImportError, redis.RedisError) as error:
        return str(error).strip().splitlines()[0]
    return None


def suites(databases: Sequence[str], *, slow: bool) -> Iterator[Suite]:
    """Every suite; the long proofs on the best database only, the swap matrix on the quickest.

    tox goes through the matrix on PostgreSQL.
    """
    packages = sorted(path.parent for path in ROOT.glob("packages/*/tests"))
    others = [ROOT / name for name in ("example_project", "tests", "tools/tests") if (ROOT / name).is_dir()]
    for database in databases:
        for folder in (*packages, *others):
            if database == "sqlite" or folder != ROOT / "tools/tests":
                yield Suite(folder, database)
            if (folder / "tests" / "settings_swapped.py").exists():
                yield Suite(folder, database, "replaced")
    if slow:
        for folder in (*packages, *others):
            yield Suite(folder, databases[-1], speed="slow")
        for folder in packages:
            yield Suite(folder, databases[0], speed="matrix")


def run(suite: Suite, number: int, redis_url: str) -> Outcome:
    """Run one suite in a process group of its own, its output into a log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{number:02d}-{suite.name.replace(' · ', '-').replace(' ', '-').replace('/', '-')}.log"
    environment = {
        **os.environ,
        "CHOWK_TEST_DATABASE": suite.database,
        "CHOWK_TEST_DATABASE_SUFFIX": f"_{os.getpid()}_{number}",
        "CHOWK_TEST_REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
    }
    # What is of a site that runs from this machine; and where no bytecode is kept, each of the many processes
    # compiles Django anew, which takes longer than all else that it does.
    for name in ("DJANGO_SETTINGS_MODULE", "REDIS_URL", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as room, log.open("wb") as output:
        results = Path(room) / "results.xml"
        process = subprocess.Popen(
            suite.command(results),
            cwd=suite.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with running_lock:
            running[process] = suite.name, started
        try:
            code = process.wait(timeout=TIMEOUTS[suite.speed])
        except subprocess.TimeoutExpired:
            output.write(f"\nhung: ended after {TIMEOUTS[suite.speed]} s\n".encode())
            code = -1
        finally:
            end(process)
        seconds = time.monotonic() - started
        failures = tuple(failed_tests(results)) if results.exists() else ()
        return Outcome(suite, *counts(suite, code, results), seconds, log, failures)


def counts(suite: Suite, code: int, results: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped. A run that broke off, or an empty suite, counts as one failure."""
    if code == NO_TESTS and suite.speed != "normal":
        return 0, 0, 0
    if code not in (0, 1) or not results.exists():
        return 0, 1, 0
    passed, failed, skipped = tally([results])
    return passed, max(failed, code), skipped


def end(process: subprocess.Popen[bytes]) -> None:
    """End the suite's whole process group: a test may have started servers."""
    with running_lock:
        running.pop(process, None)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def report(outcome: Outcome, place: str) -> None:
    """A line a suite, with the end of its output where it failed."""
    mark = "FAIL" if outcome.failed else "ok  "
    line = f"{outcome.passed:>4} passed"
    line += "".join(
        f", {number} {what}"
        for number, what in ((outcome.failed, "failed"), (outcome.skipped, "skipped"))
        if number
    )
    tell(f"{place} {mark} {outcome.suite.name:<40} {line:<22} {duration(outcome.seconds)}")
    if outcome.failed:
        lines = outcome.log.read_text(errors="replace").splitlines()
        print("\n".join(f"     | {line}" for line in lines[-60:]))
        print(f"     the whole output: {outcome.log.relative_to(ROOT)}", flush=True)


def duration(seconds: float) -> str:
    """``75`` -> ``"1:15"``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def tell(line: str) -> None:
    """A line of its own; on a terminal it takes the place of the news below it."""
    print(f"\r\x1b[K{line}" if sys.stdout.isatty() else line, flush=True)


def tell_news() -> None:
    """What runs just now and for how long: on a terminal in one line that changes."""
    with running_lock:
        now = [f"{name} {duration(time.monotonic() - started)}" for name, started in running.values()]
    news = f"running: {', '.join(now)}"
    if sys.stdout.isatty():
        print(f"\r\x1b[K{news[: os.get_terminal_size().columns - 1]}", end="", flush=True)
    else:
        print(f"        {news}", flush=True)


def run_all(planned: Sequence[Suite], redis_url: str) -> list[Outcome]:
    """LANES suites at a time, the longest first."""
    waiting = sorted(planned, key=lambda suite: suite.length, reverse=True)
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(LANES) as lanes:
        started = {lanes.submit(run, suite, number, redis_url) for number, suite in enumerate(waiting, 1)}
        try:
            while started:
                patience = 1 if sys.stdout.isatty() else NEWS
                done, started = wait(started, timeout=patience, return_when=FIRST_COMPLETED)
                if not done:
                    tell_news()
                for future in done:
                    outcomes.append(future.result())
                    report(outcomes[-1], f"[{len(outcomes):>2}/{len(planned)}]")
        except KeyboardInterrupt:
            lanes.shutdown(wait=False, cancel_futures=True)
            for process in tuple(running):
                end(process)
            raise SystemExit(130) from None
    return outcomes


def main() -> int:
    """Find the servers, run what can run on them, say what was left out for want of which."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--slow", action="store_true", help="the long proofs too")
    parser.add_argument(
        "--require-servers", action="store_true", help="a skipped test or absent server fails"
    )
    parser.add_argument("--but-corners", action="store_true", help="without what tox runs in .ci/run")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="suites whose name contains one of these")
    options = parser.parse_args()
    redis_url = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"
    missing = {"PostgreSQL": postgres_problem(), "Redis": redis_problem(redis_url)}
    databases = ["sqlite"] if missing["PostgreSQL"] else ["sqlite", "postgres"]
    planned = [
        suite
        for suite in suites(databases, slow=options.slow)
        if not (options.but_corners and suite.in_corners)
        and (not options.only or any(part in suite.name for part in options.only))
    ]
    titles = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    servers = " and ".join(titles[name] for name in databases)
    print(f"chowk: {len(planned)} suites on {servers}, {LANES} at a time,")
    print(f"       the longest first; their whole output is in {LOGS.relative_to(ROOT)}/", flush=True)
    outcomes = run_all(planned, "" if missing["Redis"] else redis_url)

    passed, failed, skipped = (sum(getattr(o, k) for o in outcomes) for k in ("passed", "failed", "skipped"))
    print()
    for database, title in titles.items():
        ran = [o for o in outcomes if o.suite.database == database]
        if ran:
            print(f"ran on {title}: {sum(o.passed for o in ran)} tests in {len(ran)} suites")
    if not missing["Redis"]:
        print("ran with Redis: what uses it")
    if missing["PostgreSQL"]:
        print(f"skipped for want of PostgreSQL: the same suites on it ({missing['PostgreSQL']})")
    if missing["Redis"]:
        print(f"skipped for want of Redis: the tests marked redis ({missing['Redis']})")
    if not options.slow:
        print("left out: the long proofs (make test ARGS=--slow)")
    for outcome in outcomes:
        if outcome.failed:
            for test in outcome.failed_tests or ("the whole suite",):
                print(f"FAILED {outcome.suite.name}: {test}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    absent = skipped or any(missing.values())
    return 1 if failed or not outcomes or (options.require_servers and absent) else 0


if __name__ == "__main__":
    sys.exit(main())
