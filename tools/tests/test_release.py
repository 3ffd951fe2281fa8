"""A release: version, changelog, tag and what is built agree, or nothing is built."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import release
from new_package import make


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a workspace of its own."""
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return make.make("loyalty", root=tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["release.py", *arguments])
    release.main()


def test_a_version_makes_changelog_wheel_and_tag(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "changes" / "7.fixed.md").write_text("Points no longer vanish.\n")
    run(monkeypatch, "loyalty", "1.2.0", "--out", str(tmp_path / "dist"))
    changelog = (package / "CHANGELOG.md").read_text()
    assert "## 1.2.0 (" in changelog
    assert "- Points no longer vanish. (#7)" in changelog
    assert "- The first version." in changelog
    assert not list((package / "changes").glob("*.md"))
    assert {path.name for path in (tmp_path / "dist").glob("*.*")} >= {
        "chowk_loyalty-1.2.0-py3-none-any.whl",
        "chowk_loyalty-1.2.0.tar.gz",
    }
    assert "git tag chowk-loyalty-v1.2.0" in capsys.readouterr().out

    shutil.rmtree(tmp_path / "dist")
    run(monkeypatch, "--tag", "chowk-loyalty-v1.2.0", "--out", str(tmp_path / "dist"))
    assert (tmp_path / "dist" / "chowk_loyalty-1.2.0-py3-none-any.whl").exists()
    with pytest.raises(SystemExit, match=r"the package's version is 1\.2\.0"):
        run(monkeypatch, "--tag", "chowk-loyalty-v1.3.0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["loyalty", "1.2"], "not a version"),
        (["lamps", "1.2.0"], "there is no packages/lamps"),
        (["--tag", "v1.2.0"], "not of the form"),
        (["loyalty"], r"CHANGELOG.md does not tell of 0\.1\.0"),
    ],
)
def test_what_does_not_agree_is_refused(
    arguments: list[str], message: str, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, *arguments)


def test_nothing_to_tell_is_nothing_to_release(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(package / "changes")
    with pytest.raises(SystemExit, match="nothing to release"):
        run(monkeypatch, "loyalty", "1.2.0")
