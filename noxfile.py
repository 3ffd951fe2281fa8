"""Chores. ``nox -l`` lists them; the matrix of tests is tox's."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "docs"]

ROOT = Path(__file__).parent


def workspace(session: nox.Session) -> None:
    """Everything, as ``make test`` has it: one environment serves all chores."""
    session.run("python3", "tools/bootstrap.py", "test", external=True)


def python(session: nox.Session, *arguments: str) -> None:
    """Run the workspace's Python."""
    session.run(str(ROOT / ".venv" / "bin" / "python"), *arguments, external=True)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """ruff's rules and format, and who may import whom."""
    workspace(session)
    python(session, "tools/lint.py", "style", "imports", "migrations")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """mypy with django-stubs, each package under its own settings."""
    workspace(session)
    python(session, "tools/lint.py", "types")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """The documentation, into docs/_build; a warning is an error."""
    workspace(session)
    python(session, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build")
    session.log("docs/_build/index.html")


@nox.session(venv_backend="none")
def demo(session: nox.Session) -> None:
    """The example project, alive."""
    session.run("make", "demo", external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """The hot paths beside raw SQL and a bare socket server."""
    session.run("make", "bench", f"ARGS={' '.join(session.posargs)}", external=True)


@nox.session(name="new-package", venv_backend="none")
def new_package(session: nox.Session) -> None:
    """nox -s new-package -- NAME: a package that passes its tests and swap matrix at once."""
    workspace(session)
    python(session, "tools/new_package/make.py", *session.posargs)
    workspace(session)


@nox.session(venv_backend="none")
def release(session: nox.Session) -> None:
    """nox -s release -- NAME [VERSION]: version, changelog, sdist and wheel; says which tag to push."""
    workspace(session)
    python(session, "tools/release.py", *session.posargs)


@nox.session(venv_backend="none")
def pins(session: nox.Session) -> None:
    """constraints.txt anew: the newest of everything that the example project allows."""
    workspace(session)
    options = [
        "--universal",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
    ]
    wanted = ["--extra", "production", "example_project/pyproject.toml"]
    uv = str(ROOT / ".venv" / "bin" / "uv")
    found = session.run(uv, "pip", "compile", "-q", *options, *wanted, external=True, silent=True)
    comment = "# What the example is deployed with; `nox -s pins` renews it. No addresses: any index will do."
    lines = [line for line in str(found).splitlines() if not line.startswith("-e ")]
    (ROOT / "constraints.txt").write_text("\n".join([comment, *lines]) + "\n")
