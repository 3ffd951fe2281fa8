"""Four winners in a row do not pay: orders, stock and ledger balance, whatever commit a power cut follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import OpenSite
from story.chain import Chain, end_of
from story.databases import manage
from story.server import Site
from story.state import assert_ledger_is_zero, assert_log_is_whole

pytestmark = pytest.mark.slow


REMINDER = "auctions.settlement_reminder"
"""Whether a buyer is reminded once more before the deadline ends it, is chance."""


def kill_points_of(commits: list[str]) -> list[str]:
    """Those that wrote an event from the close on, in any order: handlers run in either process."""
    told = [point for point in commits if "." in point.rpartition("#")[0] and REMINDER not in point]
    return told[told.index("auctions.sold#1") :]


@pytest.fixture(scope="module")
def site(open_site: OpenSite) -> Iterator[Site]:
    with open_site() as started:
        yield started


def test_four_defaults_in_a_row_with_a_kill_after_every_commit(site: Site) -> None:
    """Once undisturbed, then with SIGKILL after each commit that wrote an event from the close on."""
    site.arm()
    undisturbed = Chain(site)
    undisturbed.run()
    expected = end_of(undisturbed)
    kill_points = kill_points_of(site.commits())

    starts = site.starts
    site.arm(*kill_points)
    disturbed = Chain(site)
    disturbed.run()
    site.revive()
    assert not site.still_armed()
    assert starts < site.starts <= starts + len(kill_points)  # two processes may have been killed at once
    found = end_of(disturbed)

    assert found == expected
    assert found["auction"] == ("sold", 5, 1200_00, "bidder-4")
    assert found["settled"] == (True, None, False)
    assert [order[:3] for order in found["orders"]] == [
        (1, "bidder-0", "cancelled"),
        (2, "bidder-1", "cancelled"),
        (3, "bidder-2", "cancelled"),
        (4, "bidder-3", "cancelled"),
        (5, "bidder-4", "completed"),
    ]
    assert set(found["listing"]) == {"sold"}
    assert [status for *_rest, status in found["offers"]] == ["accepted"] * 4
    assert found["wallet"] == "1176.00"
    assert_ledger_is_zero()
    assert_log_is_whole()
    manage(site.folder, site.database, "chowk_check_ledger")
