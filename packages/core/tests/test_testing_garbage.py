from __future__ import annotations

import gc

from chowk_core.testing.garbage import THRESHOLDS


def test_what_was_imported_is_passed_over_and_the_rest_collected_soon():
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == THRESHOLDS
