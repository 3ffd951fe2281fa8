"""``make lint``: ruff, import contracts, types, and models that have their migrations.

``tools/lint.py [STEP …]`` runs the named steps only. Exit code 1 when one failed; every step runs regardless.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
EXAMPLE = ROOT / "example_project"


def run(*command: str | Path, folder: Path = ROOT, settings: str = "") -> bool:
    """Whether a command succeeded; its output is the user's."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if settings:
        environment["DJANGO_SETTINGS_MODULE"] = settings
        environment["PYTHONPATH"] = environment["MYPYPATH"] = str(folder)
    return subprocess.run([str(c) for c in command], cwd=folder, env=environment, check=False).returncode == 0


def style() -> bool:
    """ruff's rules and its format."""
    return all([run(BIN / "ruff", "check", "."), run(BIN / "ruff", "format", "--check", ".")])


def imports() -> bool:
    """No package imports another, core imports none, layers point one way."""
    return run(BIN / "lint-imports")


def types() -> bool:
    """mypy, each package under its own test settings, then the example project under its own."""
    mypy = (BIN / "mypy", "--config-file", ROOT / "pyproject.toml")
    results = []
    for package in PACKAGES:
        print(f"-- {package.name}", flush=True)
        results.append(run(*mypy, "src", folder=package, settings="tests.settings"))
    if EXAMPLE.exists():
        print("-- example_project", flush=True)
        results.append(run(*mypy, ".", folder=EXAMPLE, settings="config.settings.testing"))
    return all(results)


def migrations() -> bool:
    """No model, shipped or replaced, waits for a migration."""
    check = (sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run")
    results = [run(*check, folder=package, settings="tests.settings") for package in PACKAGES]
    if EXAMPLE.exists():
        results.append(run(*check, folder=EXAMPLE, settings="config.settings.testing"))
    return all(results)


STEPS: dict[str, Callable[[], bool]] = {
    "style": style,
    "imports": imports,
    "types": types,
    "migrations": migrations,
}


def main() -> int:
    """Run the steps, then a line each."""
    results = {}
    for name in sys.argv[1:] or STEPS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        results[name] = (STEPS[name](), time.monotonic() - started)
    print()
    for name, (fine, seconds) in results.items():
        print(f"{'ok  ' if fine else 'FAIL'} {name:<12} {seconds:.0f} s")
    return 0 if all(fine for fine, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
