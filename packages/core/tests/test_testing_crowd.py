"""Tests that open dozens of connections take turns, across processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CROWD = """
import fcntl, os, pytest, tempfile
from pathlib import Path

def alone():
    with (Path(tempfile.gettempdir()) / f"chowk-crowd-{os.getuid()}").open("a") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True

@pytest.mark.crowd
def test_of_many():
    assert not alone(), "another could begin"

def test_of_few():
    assert alone()
"""


def test_a_crowd_keeps_others_out_until_it_ends(tmp_path: Path) -> None:
    (tmp_path / "test_crowd.py").write_text(CROWD)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -p no:django\n")
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout
