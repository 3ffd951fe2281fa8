"""A database and real servers for the realtime tests. Every test uses streams of its own."""

import secrets

import pytest

from chowk_core.testing.forked import run_python
from chowk_core.testing.settings import databases
from tests.realtime_site.serving import CORE, PATIENCE, Redis, Server, environment


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """The name of a migrated database, of the kind CHOWK_TEST_DATABASE says."""
    settings = databases("core_realtime")["default"]
    if settings["ENGINE"].endswith("sqlite3"):
        name = str(tmp_path_factory.mktemp("realtime") / "site.sqlite3")
        _manage(name, "migrate", "--verbosity", "0")
        yield name
        return
    import psycopg  # an extra: only where the database is PostgreSQL

    name = settings["TEST"]["NAME"]
    keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    server = {ours: settings[key] for key, ours in keys.items()}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as postgres:
        postgres.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        postgres.execute(f'CREATE DATABASE "{name}"')
        _manage(name, "migrate", "--verbosity", "0")
        yield name
        postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _manage(database, *command):
    done = run_python(
        "-m", "django", *command, folder=CORE, environment=environment(database), timeout=2 * PATIENCE
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def server(database, tmp_path_factory):
    """A server with the default settings: in memory."""
    served = Server(environment(database), tmp_path_factory.mktemp("server") / "log")
    yield served
    served.stop()


@pytest.fixture
def serve(database, tmp_path):
    """Starts servers with other settings; those of one test share a Redis prefix."""
    started = []
    shared = environment(database)

    def start(**core):
        started.append(Server(shared, tmp_path / f"log{len(started)}", **core))
        return started[-1]

    yield start
    for served in started:
        served.stop()


@pytest.fixture
def redis(tmp_path):
    started = Redis(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def stream():
    """The name of a stream that nobody used."""
    return f"demo.room:{secrets.token_hex(6)}"


@pytest.fixture
def username():
    return f"user{secrets.token_hex(4)}"
