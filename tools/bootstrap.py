"""Makes ``.venv`` and installs the workspace into it, from nothing but Python 3.11 and a network.

    python3 tools/bootstrap.py demo     what the example project needs
    python3 tools/bootstrap.py test     that, every optional part, and the development tools

A stamp makes a second run return at once, until a pyproject.toml, the constraints or the Python change.

Debian ships venv without ensurepip unless python3-venv is installed, so pip is taken from the first place
that has one: ensurepip, the interpreter's own pip, Debian's wheel folder, a package index that the
environment or pip.conf names, pip's zipapp, Debian's archive. CHOWK_PIP_ZIPAPP is another address or path
of that zipapp, or of a wheel of pip.
Nothing is written outside ``.venv`` (and the caches of pip and uv); root is not needed.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here, before an import that such a Python lacks
    raise SystemExit(f"chowk: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")

import configparser
import hashlib
import importlib.util
import os
import re
import subprocess
import tempfile
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ZIPAPP = "https://bootstrap.pypa.io/pip/pip.pyz"
DEBIAN_WHEELS = Path("/usr/share/python-wheels")
PIP_CONFIGS = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
TIMEOUT = 60
"""Seconds that one download of pip itself may take to answer."""


def say(text: str) -> None:
    """One line about what happens now."""
    print(f"chowk: {text}", flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a step that must succeed; its output is the user's."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False)
    if done.returncode:
        raise SystemExit(
            f"chowk: {Path(command[0]).name} failed with exit code {done.returncode}; see above."
        )


def fingerprint() -> str:
    """Changes when what is installed would: the requirements, this script, the Python."""
    digest = hashlib.sha256(f"{sys.version} {sys.prefix} {ROOT}".encode())
    inputs = [ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__)]
    inputs += [*sorted(ROOT.glob("packages/*/pyproject.toml")), ROOT / "example_project" / "pyproject.toml"]
    for path in inputs:
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def make_venv() -> None:
    """An environment that runs, made anew where it is missing, broken or of another Python."""
    version = "import sys; print(sys.version)"
    if PYTHON.exists():
        found = subprocess.run([PYTHON, "-c", version], capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout.strip() == sys.version.strip():
            return
    say(f"making .venv with Python {sys.version.split()[0]}")
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(VENV)


def index() -> str:
    """The package index that this machine names in the place of the public one; "" on a plain machine."""
    named = [os.environ.get(name, "") for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL")]
    configs = [os.environ["PIP_CONFIG_FILE"]] if "PIP_CONFIG_FILE" in os.environ else PIP_CONFIGS
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(Path(path).expanduser() for path in configs)
    named.append(parser.get("global", "index-url", fallback=""))
    return next((url.rstrip("/") for url in named if url), "")


def download(url: str, folder: Path) -> Path:
    """``url``, or a path, as a file in ``folder``. Raises OSError."""
    source = url if "://" in url else Path(url).resolve().as_uri()
    path = folder / urllib.parse.unquote(urllib.parse.urlsplit(source).path.rsplit("/", 1)[-1])
    with urllib.request.urlopen(source, timeout=TIMEOUT) as answer:  # noqa: S310 - the user's own choice
        path.write_bytes(answer.read())
    return path


def pip_wheel(simple: str, folder: Path) -> Path:
    """The newest pip wheel of a simple index. Raises OSError, or ValueError where it lists none."""
    page = f"{simple}/pip/"
    with urllib.request.urlopen(page, timeout=TIMEOUT) as answer:  # noqa: S310 - the user's own index
        text = answer.read().decode()
    wheels = re.findall(r'href="([^"#]*pip-([\d.]+)-py3-none-any\.whl)', text)
    if not wheels:
        raise ValueError(f"{simple} lists no pip")
    link = max(wheels, key=lambda found: [int(part) for part in found[1].split(".")])[0]
    return download(urllib.parse.urljoin(page, link), folder)


def debian_wheel(folder: Path) -> Path:
    """The pip wheel of Debian's python3-pip-whl, fetched but not installed. Raises OSError."""
    commands = [["apt-get", "update"]] if os.geteuid() == 0 else []
    commands += [["apt-get", "download", "python3-pip-whl"], ["sh", "-c", "dpkg-deb -x ./*.deb deb"]]
    for command in commands:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return next(folder.glob("deb/usr/share/python-wheels/pip-*.whl"))


def places(folder: Path) -> Iterator[tuple[str, list[str | Path]]]:
    """Ways to run pip for ``.venv``, each with what it is called; a download happens when its turn comes."""
    if importlib.util.find_spec("pip"):
        yield "this Python's pip", [sys.executable, "-m", "pip", "--python", PYTHON]
    for wheel in sorted(DEBIAN_WHEELS.glob("pip-*.whl"), reverse=True):
        yield "Debian's pip wheel", [PYTHON, wheel / "pip"]
    chosen = os.environ.get("CHOWK_PIP_ZIPAPP")
    if index() and not chosen:
        try:
            yield "the pip of the configured index", [PYTHON, pip_wheel(index(), folder) / "pip"]
        except (OSError, ValueError) as error:
            say(f"no pip from the configured index: {error}")
    try:
        found = download(chosen or ZIPAPP, folder)
        yield "pip's zipapp", [PYTHON, found / "pip" if found.suffix == ".whl" else found]
    except OSError as error:
        say(f"no pip from {chosen or ZIPAPP}: {error}")
    try:
        yield "the pip of Debian's archive", [PYTHON, debian_wheel(folder) / "pip"]
    except OSError as error:
        say(f"no pip from Debian's archive: {error}")


def install_uv() -> None:
    """uv in ``.venv``, by whatever pip can be had."""
    if (VENV / "bin" / "uv").exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("ensurepip._bundled"):
            say("installing pip from ensurepip")
            run(PYTHON, "-m", "ensurepip", "--default-pip")
            run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.8")
            return
        for name, command in places(Path(folder)):
            say(f"installing uv with {name}")
            run(*command, "install", "--quiet", "--disable-pip-version-check", "uv>=0.8")
            return
    raise SystemExit(
        "chowk: no pip to be had. Install python3-venv, or set CHOWK_PIP_ZIPAPP to a copy of pip.pyz."
    )


def requirements(level: str) -> list[str | Path]:
    """uv's arguments: the packages editable, with all their extras and the tools at level ``test``."""
    found: list[str | Path] = []
    for package in sorted(ROOT.glob("packages/*/pyproject.toml")):
        declared = tomllib.loads(package.read_text()).get("project", {}).get("optional-dependencies", {})
        extras = f"[{','.join(sorted(declared))}]" if declared and level == "test" else ""
        found += ["--editable", f"packages/{package.parent.name}{extras}"]
    example = ROOT / "example_project" / "pyproject.toml"
    if example.exists():
        found += ["-r", example.relative_to(ROOT)]
        if level == "test":
            found += ["--all-extras"]
    if level == "test":
        found += ["--group", "dev", "--group", "docs", "--group", "bench"]
    return found


def install(level: str) -> None:
    """The workspace at ``level`` in ``.venv``, exactly as pinned for the example's deployment."""
    pins = ["--constraints", "constraints.txt"] if (ROOT / "constraints.txt").exists() else []
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    environment.setdefault("UV_HTTP_TIMEOUT", "180")
    if index():
        # uv does not read pip's configuration; without this it would look past a company's mirror.
        environment.setdefault("UV_DEFAULT_INDEX", index())
    run(VENV / "bin" / "uv", "pip", "install", *pins, *requirements(level), env=environment)


def main() -> None:
    """Bring ``.venv`` to the level that was asked for, or return at once where it is there."""
    level = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if level not in ("demo", "test"):
        raise SystemExit("usage: bootstrap.py demo|test")
    stamp, wanted = VENV / f".chowk-{level}", fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    make_venv()
    install_uv()
    say(
        f"installing the packages into .venv, with what `make {level}` needs (a minute or two the first time)"
    )
    install(level)
    stamp.write_text(wanted)
    if level == "test":
        (VENV / ".chowk-demo").write_text(wanted)
    say(".venv is ready")


if __name__ == "__main__":
    main()
