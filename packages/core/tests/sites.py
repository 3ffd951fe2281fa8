"""Throw-away site projects, with commands run in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chowk_core.testing.forked import run_python


@dataclass
class Site:
    """A project on ``tests.settings`` with one app, ``shop``, in ``folder``."""

    folder: Path
    database: str

    def write(self, *, models: str = "", settings: str = "") -> None:
        """(Re)write the app's models and what the settings add."""
        (self.folder / "shop").mkdir(exist_ok=True)
        (self.folder / "shop" / "__init__.py").touch()
        (self.folder / "shop" / "models.py").write_text(models)
        (self.folder / "shop_settings.py").write_text(
            "from tests.settings import *\n"
            "from chowk_core.testing.settings import databases\n"
            "INSTALLED_APPS = [*INSTALLED_APPS, 'shop']\n"
            f"DATABASES = databases({self.database!r}, folder={str(self.folder)!r})\n{settings}\n"
        )

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a management command."""
        return self.python("-m", "django", *command)

    def shell(self, code: str) -> str:
        """What ``code`` prints, with Django set up. Fails the test with its traceback."""
        done = self.python("-c", f"import django; django.setup()\n{code}")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def drop_database(self) -> None:
        """Remove the site's database."""
        self.shell("from chowk_core.testing.swap_site import drop_database; drop_database()")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), *(os.path.abspath(entry) for entry in sys.path)])
        environment = {**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "shop_settings"}
        return run_python(*arguments, folder=self.folder, environment=environment, timeout=60)
