"""The installation that each README and each package's page promises, in a new project, from built wheels.

The instructions are read from the pages, up to and with the block that migrates: shell lines, and Python
under a line ``# settings.py`` or ``# urls.py``, or with such a comment at its end, added to that file.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))
PAGES = [
    page
    for name in PACKAGES
    for page in (ROOT / f"packages/{name}/README.md", ROOT / f"docs/packages/{name}.md")
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^(.*?) *# (settings|urls)\.py$")
SHELL = {"", "bash", "console", "sh"}
ELSEWHERE = {"cd", "django-admin", "uvicorn"}
"""Words of shell lines that the test does in its own way, or that run until somebody stops them."""
ENDLESS = {"createsuperuser", "runserver"}

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path) -> str:
    """Run a command that must succeed; its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    environment.pop("PYTHONPATH", None)
    environment.setdefault("UV_HTTP_TIMEOUT", "300")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def uv() -> str:
    """uv, which the workspace is built with."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    assert found, "uv is not installed"
    return found


@pytest.fixture(scope="session")
def wheels(uv: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each package's wheel by the name of its distribution."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in PACKAGES:
        run(uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT / "packages" / name, folder=folder)
    return {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in folder.glob("*.whl")}


@pytest.fixture(scope="session")
def environment_of(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The Python of an environment of its own for each package, which both of its pages install into."""

    @cache
    def made(package: str) -> Path:
        folder = tmp_path_factory.mktemp(package)
        run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", folder=folder)
        return folder / "venv/bin/python"

    return made


class Project:
    """A new project."""

    def __init__(self, folder: Path, uv: str, python: Path, wheels: dict[str, Path]) -> None:
        self.folder, self.uv, self.python, self.wheels = folder, uv, python, wheels
        self.did: list[str] = []

    def install(self, requirements: list[str]) -> None:
        """``pip install``: our packages from their wheels, and nothing else of ours."""
        if not (self.folder / "manage.py").exists():
            requirements = [*requirements, "chowk-core"]
        found = [self._requirement(one) for one in requirements]
        run(self.uv, "pip", "install", "--quiet", "--python", self.python, *found, folder=self.folder)
        if not (self.folder / "manage.py").exists():
            run(self.python, "-m", "django", "startproject", "shop", ".", folder=self.folder)

    def _requirement(self, text: str) -> str:
        name, extras = re.fullmatch(r"([\w-]+)(\[.*\])?", text).groups()  # type: ignore[union-attr]
        return f"{name}{extras or ''} @ {self.wheels[name].as_uri()}" if name in self.wheels else text

    def follow(self, language: str, text: str) -> None:
        """Do what a block says, as far as it is an instruction."""
        if language == "python":
            self.write(text)
        elif language in SHELL:
            for line in text.splitlines():
                for command in line.removeprefix("$ ").split(" && "):
                    self.shell(command)

    def write(self, text: str) -> None:
        """Add Python to the file that it is for."""
        file = ""
        for line in text.splitlines():
            rest = line
            if found := FILE.match(line):
                rest, file = found[1], found[2]
                self.did.append(file)
            if file:
                self.append(file, rest)

    def append(self, file: str, line: str) -> None:
        """Add a line to settings or urls. Who writes ``include`` imports it."""
        path = self.folder / "shop" / f"{file}.py"
        written = path.read_text()
        if "include(" in line:
            written = written.replace("import path\n", "import include, path\n")
        path.write_text(f"{written}\n{line}")

    def shell(self, command: str) -> None:
        """Do one shell command."""
        words = shlex.split(command, comments=True)
        if not words or words[0] in ELSEWHERE:
            return
        if words[:2] == ["pip", "install"]:
            self.install(words[2:])
            self.did.append("install")
        elif words[:2] == ["python", "manage.py"]:
            once = ["--once"] if words[2:] == ["chowk_tick"] else []
            if words[2] not in ENDLESS:
                run(self.python, *words[1:], *once, folder=self.folder)
            self.did.append(words[2])
        else:
            run("sh", "-c", command, folder=self.folder)
            self.did += re.findall(r">> shop/(settings|urls)\.py", command)


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_the_promised_installation_works(
    document: Path,
    tmp_path: Path,
    uv: str,
    environment_of: Callable[[str], Path],
    wheels: dict[str, Path],
) -> None:
    folder = document.parent
    name = document.stem if folder.name == "packages" else folder.name
    project = Project(tmp_path, uv, environment_of(name), wheels)
    for language, text in FENCE.findall(document.read_text()):
        if "install" in project.did or "pip install" in text:
            project.follow(language, text)
        if "migrate" in project.did:
            break
    assert {"install", "settings", "migrate"} <= set(project.did), f"{document.name} says only {project.did}"
    run(project.python, "manage.py", "check", "--fail-level", "WARNING", folder=tmp_path)
    run(project.python, "manage.py", "makemigrations", "--check", folder=tmp_path)
    listed = run(uv, "pip", "list", "--python", project.python, folder=tmp_path)
    ours = {line.split()[0] for line in listed.splitlines() if line.startswith("chowk-")}
    assert ours == {"chowk-core", f"chowk-{name}"}
