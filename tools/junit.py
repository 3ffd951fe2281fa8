"""Counts from pytest's JUnit files: ``tools/junit.py FILE …`` prints ``N passed, N failed, N skipped``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree


def tally(files: Iterable[Path]) -> tuple[int, int, int]:
    """Passed, failed (errors included) and skipped tests in all ``files``."""
    total = failed = skipped = 0
    for file in files:
        for suite in ElementTree.parse(file).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


if __name__ == "__main__":
    print("{} passed, {} failed, {} skipped".format(*tally(Path(name) for name in sys.argv[1:])))
