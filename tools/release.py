"""Prepares the release of one package: ``tools/release.py auctions 1.2.0``.

With a version: sets it in pyproject.toml and lets towncrier make the changelog of ``changes/``.
Always: checks that version and changelog agree, builds sdist and wheel without the workspace's sources, and
prints the tag that releases them. ``--tag chowk-auctions-v1.2.0`` (a release job) checks a tag that exists.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
TAG = re.compile(r"chowk-(?P<name>[a-z][a-z0-9_-]*)-v(?P<version>.+)")


def project(package: Path) -> dict[str, object]:
    """The ``[project]`` table."""
    found: dict[str, object] = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    return found


def set_version(package: Path, version: str) -> None:
    """Write the version and make the changelog of the fragments. Raises SystemExit where there are none."""
    fragments = [path for path in (package / "changes").glob("*.*") if path.name != ".gitkeep"]
    if not fragments:
        raise SystemExit(f"{package.name}: changes/ is empty, so there is nothing to release")
    path = package / "pyproject.toml"
    text = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', path.read_text(), count=1)
    path.write_text(text)
    towncrier = [sys.executable, "-m", "towncrier", "build", "--yes", "--version", version]
    subprocess.run(towncrier, cwd=package, check=True)


def check_changelog(package: Path, version: str) -> None:
    """The changelog tells of the version, and no fragment waits. Raises SystemExit."""
    changelog = (package / "CHANGELOG.md").read_text()
    if not re.search(rf"(?m)^## {re.escape(version)}( |$)", changelog):
        raise SystemExit(f"{package.name}: CHANGELOG.md does not tell of {version}")
    waiting = sorted(path.name for path in (package / "changes").glob("*.*") if path.name != ".gitkeep")
    if waiting:
        raise SystemExit(f"{package.name}: not in the changelog yet: {', '.join(waiting)}")


def build(package: Path, out: Path) -> list[Path]:
    """sdist and wheel, from declared dependencies only. Raises SystemExit for a wheel without its parts."""
    shutil.rmtree(out, ignore_errors=True)
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "build", "--no-sources", "--quiet", "--out-dir", str(out), str(package)]
    subprocess.run(command, check=True)
    wheel = next(out.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (f"chowk_{package.name}/py.typed", f"chowk_{package.name}/migrations/__init__.py"):
        if needed not in names:
            raise SystemExit(f"{wheel.name} lacks {needed}")
    return sorted(out.glob("*.*"))


def chosen(options: argparse.Namespace) -> tuple[str, str | None]:
    """The package and the version that the arguments ask for. Raises SystemExit."""
    if options.tag:
        match = TAG.fullmatch(options.tag)
        if not match:
            raise SystemExit(f"{options.tag} is not of the form chowk-NAME-vVERSION")
        return match["name"].replace("-", "_"), None
    if options.version and not VERSION.fullmatch(options.version):
        raise SystemExit(f"{options.version} is not a version such as 1.2.0 or 1.2.0rc1")
    return options.name, options.version


def main() -> None:
    """Check, build, say what to do next."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", help="the folder under packages/")
    parser.add_argument("version", nargs="?", help="the new version; without it, that of pyproject.toml")
    parser.add_argument("--tag", help="a tag that exists: its version must be the package's")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    options = parser.parse_args()
    name, version = chosen(options)
    package = ROOT / "packages" / str(name)
    if not (package / "pyproject.toml").exists():
        raise SystemExit(f"there is no packages/{name}")
    if version:
        set_version(package, version)
    found = str(project(package)["version"])
    tag = f"chowk-{name.replace('_', '-')}-v{found}"
    if options.tag and options.tag != tag:
        raise SystemExit(f"{options.tag}: the package's version is {found}")
    check_changelog(package, found)
    for path in build(package, options.out):
        print(path.name)
    print(f"Commit, then:  git tag {tag} && git push origin {tag}")


if __name__ == "__main__":
    main()
