"""The runner's counting: what passed, failed, broke off and was left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import run_tests

GREEN = "def test_one(): pass\ndef test_two(): pass\n"
RED = "import pytest\ndef test_one(): assert 0\n@pytest.mark.skipif('True')\ndef test_two(): pass\n"


@pytest.mark.parametrize(
    ("text", "counted", "failed_tests"),
    [
        (GREEN, (2, 0, 0), ()),
        (RED, (0, 1, 1), ("test_lamps::test_one",)),
        ("raise RuntimeError\n", (0, 1, 0), ("::test_lamps",)),
        ("", (0, 1, 0), ()),
        ("import os\ndef test_one(): os._exit(3)\n", (0, 1, 0), ()),
    ],
    ids=["green", "red and skipped", "does not import", "empty", "dies"],
)
def test_a_suite_is_counted(
    text: str,
    counted: tuple[int, int, int],
    failed_tests: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "LOGS", tmp_path / "logs")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    folder = tmp_path / "packages" / "lamps"
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:django\nmarkers =\n    slow: long\n")
    (folder / "test_lamps.py").write_text(text)
    outcome = run_tests.run(run_tests.Suite(folder, "sqlite"), 1, "")
    assert (outcome.passed, outcome.failed, outcome.skipped) == counted
    assert outcome.failed_tests == failed_tests


def test_a_hung_suite_is_ended_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(run_tests, "TIMEOUTS", {"normal": 1})
    (tmp_path / "test_lamps.py").write_text("import threading\ndef test_one(): threading.Event().wait()\n")
    outcome = run_tests.run(run_tests.Suite(tmp_path, "sqlite"), 1, "")
    assert (outcome.passed, outcome.failed) == (0, 1)
    assert "hung: ended after 1 s" in outcome.log.read_text()


def test_suites_cover_databases_and_replaced_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    (tmp_path / "packages" / "lamps" / "tests").mkdir(parents=True)
    (tmp_path / "packages" / "lamps" / "tests" / "settings_swapped.py").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tools" / "tests").mkdir(parents=True)
    suites = list(run_tests.suites(["sqlite", "postgres"], slow=True))
    assert [suite.name for suite in suites if suite.in_corners] == [
        "lamps · sqlite",
        "lamps · sqlite · models replaced",
        "lamps · postgres",
        "lamps · postgres · models replaced",
        "lamps · sqlite · swap matrix",
    ]
    assert [suite.name for suite in suites] == [
        "lamps · sqlite",
        "lamps · sqlite · models replaced",
        "tests · sqlite",
        "tools/tests · sqlite",
        "lamps · postgres",
        "lamps · postgres · models replaced",
        "tests · postgres",
        "lamps · postgres · long proofs",
        "tests · postgres · long proofs",
        "tools/tests · postgres · long proofs",
        "lamps · sqlite · swap matrix",
    ]
