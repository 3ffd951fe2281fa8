"""What pytest's JUnit files say.

``tools/junit.py FILE …`` prints the tests that failed, a line each, and ``N passed, N failed, N skipped``.
"""

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


def failed_tests(file: Path) -> list[str]:
    """The tests that failed or could not be set up, as ``module::name``."""
    cases = ElementTree.parse(file).getroot().iter("testcase")  # noqa: S314 - pytest wrote it
    return [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]


def main() -> None:
    """Print them."""
    files = [Path(name) for name in sys.argv[1:]]
    for file in files:
        for test in failed_tests(file):
            print(f"FAILED {file.stem}: {test}")
    print("{} passed, {} failed, {} skipped".format(*tally(files)))


if __name__ == "__main__":
    main()
