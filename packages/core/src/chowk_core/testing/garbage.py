"""Looks for garbage where there is some. For ``-p chowk_core.testing.garbage``.

What has been imported stays until the end, so Python's collector need not go through it again and again. And
migrating makes thousands of classes that their successors replace: as long as they are there, each new one
takes longer. Collected soon, they let the example project migrate in two thirds of the time.
"""

from __future__ import annotations

import gc

THRESHOLDS = (5000, 3, 1)
"""Python's own are (700, 10, 10): objects made, then collections of the next younger generation."""


def spare_imports() -> None:
    """Pass over what there is by now, and go through all of the rest often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def pytest_collection_finish() -> None:
    """The tests have been imported."""
    spare_imports()
