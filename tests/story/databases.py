"""A database per run, copied from one that is migrated once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from story.clock import POSTGRES_CLOCK

ROOT = Path(__file__).parents[2]
POSTGRES = os.environ.get("CHOWK_TEST_DATABASE", "sqlite") == "postgres"
SUFFIX = os.environ.get("CHOWK_TEST_DATABASE_SUFFIX", "")


def environment(folder: Path, database: str) -> dict[str, str]:
    """What a process of the site under test needs to know."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "story.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "example_project")]),
        "STORY_FOLDER": str(folder),
        "STORY_CLOCK": str(folder / "clock"),
        "STORY_DATABASE": database,
    }


def manage(folder: Path, database: str, *arguments: str) -> str:
    """Run a management command on a run's database; its output. Fails with it."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "example_project/manage.py"), *arguments],
        env=environment(folder, database),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {' '.join(arguments)}\n{done.stdout}"
    return done.stdout


def admin(*statements: str, database: str = "postgres") -> None:
    """Run statements outside a transaction on the PostgreSQL server."""
    with psycopg.connect(
        host=os.environ.get("PGHOST", "127.0.0.1"),
        port=os.environ.get("PGPORT", "5432"),
        user=os.environ.get("PGUSER", "postgres"),
        password=os.environ.get("PGPASSWORD", ""),
        dbname=database,
        autocommit=True,
    ) as connection:
        for statement in statements:
            connection.execute(statement)


class Databases:
    """The template, empty at first, and the copies of it. Names carry the process id: runs do not collide."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = self._name("template")
        self.made = [self.template]
        if POSTGRES:
            admin(f'DROP DATABASE IF EXISTS "{self.template}"', f'CREATE DATABASE "{self.template}"')
            admin(POSTGRES_CLOCK, database=self.template)

    def _name(self, kind: str) -> str:
        name = f"chowk_story{SUFFIX}_{os.getpid()}_{kind}"
        return name if POSTGRES else str(self.folder / f"{name}.sqlite3")

    def copy(self, kind: str) -> str:
        """A fresh copy of the template; its name."""
        name = self._name(kind)
        if POSTGRES:
            admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        else:
            shutil.copyfile(self.template, name)
        self.made.append(name)
        return name

    def drop(self) -> None:
        """Remove all of them."""
        for name in self.made:
            if POSTGRES:
                admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            else:
                Path(name).unlink(missing_ok=True)
