"""Where pip comes from on a machine that has none, and that what is installed is not installed again."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import bootstrap
import pytest


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """A package index that holds two pips."""
    page = tmp_path / "simple" / "pip"
    page.mkdir(parents=True)
    wheels = ("pip-9.0-py3-none-any.whl", "pip-25.1-py3-none-any.whl", "pip-25.1.tar.gz")
    (page / "index.html").write_text("".join(f'<a href="../../files/{w}#sha256=1">{w}</a>' for w in wheels))
    (tmp_path / "files").mkdir()
    for name in wheels:
        (tmp_path / "files" / name).write_text(name)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without pip, on a machine that names no index."""
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "CHOWK_PIP_ZIPAPP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "DEBIAN_WHEELS", Path("/nonexistent"))


def test_the_newest_pip_of_the_configured_index_is_taken(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index}/")
    name, command = next(bootstrap.places(tmp_path))
    assert name == "the pip of the configured index"
    assert command[-1] == tmp_path / "pip-25.1-py3-none-any.whl" / "pip"
    assert (tmp_path / "pip-25.1-py3-none-any.whl").read_text() == "pip-25.1-py3-none-any.whl"


def test_pip_conf_names_the_index_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://packages.example.org/simple/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert bootstrap.index() == "https://packages.example.org/simple"


@pytest.mark.parametrize("name", ["pip.pyz", "pip-25.1-py3-none-any.whl"])
def test_a_chosen_zipapp_or_wheel_is_taken_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("pip")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("CHOWK_PIP_ZIPAPP", str(tmp_path / name))
    room = tmp_path / "room"
    room.mkdir()
    chosen, command = next(bootstrap.places(room))
    assert chosen == "pip's zipapp"
    assert command[-1] == (room / name / "pip" if name.endswith(".whl") else room / name)


def test_without_any_pip_the_user_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "places", lambda folder: iter(()))
    with pytest.raises(SystemExit, match="Install python3-venv, or set CHOWK_PIP_ZIPAPP"):
        bootstrap.install_uv()


def test_the_fingerprint_follows_the_requirements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("one")
    before = bootstrap.fingerprint()
    assert bootstrap.fingerprint() == before
    (tmp_path / "pyproject.toml").write_text("two")
    assert bootstrap.fingerprint() != before
