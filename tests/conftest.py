"""One migrated database for the whole run, copied for each site that is started."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker
from story.databases import Databases
from story.server import Site

from chowk_marketplace.services import create_category

OpenSite = Callable[[], AbstractContextManager[Site]]


@pytest.fixture(scope="session")
def databases(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Databases]:
    """The migrated template."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    look_at(made.template)
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
    connections.close_all()
    yield made
    connections.close_all()
    made.drop()


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases) -> None:
    """The database of tests that need no site is a copy as well."""
    look_at(databases.copy("tests"))


@pytest.fixture(scope="module")
def database(
    databases: Databases, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A fresh copy of the database for a module that needs no running site; its name."""
    name = databases.copy(request.module.__name__)
    look_at(name)
    with django_db_blocker.unblock():
        create_category(name="Cars", slug="cars")
        yield name
        connections.close_all()


def look_at(database: str) -> None:
    """From now on this process's ORM reads and writes that one."""
    connections.close_all()
    connections["default"].settings_dict["NAME"] = database


@pytest.fixture(scope="session")
def open_site(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> OpenSite:
    """Start a site on a fresh copy of the database; this process's ORM looks at the same copy."""
    numbers = itertools.count(1)

    @contextmanager
    def start() -> Iterator[Site]:
        name = f"site{next(numbers)}"
        site = Site(tmp_path_factory.mktemp(name), databases.copy(name))
        os.environ["STORY_CLOCK"] = str(Path(site.folder) / "clock")
        look_at(site.database)
        with django_db_blocker.unblock(), site:
            create_category(name="Cars", slug="cars")
            yield site
            connections.close_all()

    return start
