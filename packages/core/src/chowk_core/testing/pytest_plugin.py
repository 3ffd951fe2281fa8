"""Marks for tests that need a server, or much time, loaded by pytest wherever chowk-core is installed.

``@pytest.mark.postgres``: left out of a run on another database; CHOWK_TEST_DATABASE chooses.
``@pytest.mark.redis``: skipped, with the reason, where no Redis answers. Fixture ``redis_url``: its address.
``@pytest.mark.rabbitmq``: left out where no RabbitMQ answers. Fixture ``amqp_url``: its address.
``@pytest.mark.crowd``: opens dozens of connections, of which a PostgreSQL allows a hundred by default; begins
when no other such test of this user's is under way on the machine, in whatever run.
``@pytest.mark.swap_matrix``: a site of ``chowk_core.testing.swapping``; always ``slow`` as well.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, for ``--strict-markers``."""
    config.addinivalue_line("markers", "postgres: needs PostgreSQL; left out of a run on another database")
    config.addinivalue_line("markers", "redis: needs Redis; skipped where none answers")
    config.addinivalue_line("markers", "crowd: opens dozens of connections; one at a time on a machine")
    config.addinivalue_line("markers", "swap_matrix: a site with replaced models; slow as well")
    config.addinivalue_line("markers", "rabbitmq: needs RabbitMQ; left out where none answers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the run's database cannot do, and what only a rare server could."""
    # Looked at only where a test asks: a run without Django's settings has no databases to look at.
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out and settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        left_out = []
    marked = [item for item in items if item.get_closest_marker("rabbitmq")]
    if marked and not _answers(_amqp_url(), 5672):
        left_out += marked
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a Redis that does not answer."""
    if item.get_closest_marker("redis") and not _answers(_redis_url(), 6379):
        pytest.skip(f"no Redis answers at {_redis_url() or 'an address: CHOWK_TEST_REDIS_URL is empty'}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let one crowd in at a time."""
    if not item.get_closest_marker("crowd"):
        return (yield)
    import fcntl  # noqa: PLC0415 - not on Windows, where the rest of this works

    with (Path(gettempdir()) / f"chowk-crowd-{os.getuid()}").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # ends with the process, however that ends
        try:
            return (yield)
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)  # also where a process that was forked has it still open


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Where the tests' Redis is."""
    return _redis_url()


@pytest.fixture(scope="session")
def amqp_url() -> str:
    """Where the tests' RabbitMQ is."""
    return _amqp_url()


def _amqp_url() -> str:
    return os.environ.get("CHOWK_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672")


def _redis_url() -> str:
    return os.environ.get("CHOWK_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def _answers(url: str, port: int) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or port), timeout=2).close()
    except OSError:
        return False
    return True
