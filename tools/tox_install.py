"""Installs one package's built wheel and the core's into the tox environment that runs this, and nothing else
of ours.

    python tools/tox_install.py auctions 5.2 .tox/wheels

Wheels are built once per state of the sources. That no other package of the workspace can be imported is
proved before the tests start; so a run here finds undeclared dependencies and files missing from a wheel.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
UV = Path(sys.executable).parent / "uv"


def fingerprint(package: Path) -> str:
    """Changes with anything that could go into the wheel."""
    digest = hashlib.sha256()
    files = [package / "pyproject.toml", package / "README.md", *sorted((package / "src").rglob("*"))]
    for path in files:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def wheel(name: str, store: Path) -> Path:
    """The wheel of ``packages/<name>`` as it is now, built unless it has been."""
    package = ROOT / "packages" / name
    folder = store / f"{name}-{fingerprint(package)}"
    store.mkdir(parents=True, exist_ok=True)
    with (store / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # environments may run in parallel
        if not list(folder.glob("*.whl")):
            run(UV, "build", "--wheel", "--no-sources", "--quiet", "--out-dir", folder, package)
    return next(folder.glob("*.whl"))


def run(*command: str | Path) -> None:
    """Run a step that must succeed."""
    subprocess.run([str(part) for part in command], check=True)


def extras(name: str) -> str:
    """Every extra of a package, in brackets: its tests cover its optional parts."""
    project = tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text())["project"]
    names = sorted(project.get("optional-dependencies", {}))
    return f"[{','.join(names)}]" if names else ""


def prove_alone(wanted: set[str]) -> None:
    """Exit unless exactly the wanted packages of ours are installed, as copies and not as links."""
    ours = {d.name.removeprefix("chowk-"): d for d in distributions() if d.name.startswith("chowk-")}
    importable = {name for name in PACKAGES if importlib.util.find_spec(f"chowk_{name}")}
    if set(ours) != wanted or importable != wanted:
        raise SystemExit(
            f"wanted {sorted(wanted)}; installed {sorted(ours)}, importable {sorted(importable)}"
        )
    for name in wanted:
        origin = Path(str(importlib.util.find_spec(f"chowk_{name}").origin))  # type: ignore[union-attr]
        if not origin.is_relative_to(sys.prefix):
            raise SystemExit(f"chowk_{name} comes from {origin}, not from a wheel")
    print(f"installed from wheels, and nothing else of ours: {', '.join(sorted(wanted))}")


def main(name: str, django: str, store: str) -> None:
    """Install, then prove what is there."""
    wanted = sorted({"core", name})
    requirements = [f"chowk-{n}{extras(n)} @ {wheel(n, Path(store)).resolve().as_uri()}" for n in wanted]
    reinstall = [part for n in wanted for part in ("--reinstall-package", f"chowk-{n}")]
    python = ["--python", sys.executable]
    run(UV, "pip", "install", *python, "--quiet", *reinstall, *requirements, f"django~={django}.0")
    prove_alone(set(wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
