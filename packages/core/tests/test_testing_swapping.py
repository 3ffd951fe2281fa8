"""The swap matrix on a small package, and that it fails where it should."""

from pathlib import Path

from chowk_core.testing.swap_site import SwapSite
from chowk_core.testing.swapping import SwappingTests, joined_pairs, run_site, subsets


class TestSwapping(SwappingTests):
    app_label = "library"
    round_trip = "tests.library.round_trip.round_trip"


def test_the_matrix_fails_for_a_first_migration_in_one_phase(tmp_path: Path) -> None:
    settings = {"MIGRATION_MODULES": {"library": "tests.library.one_file_migrations"}}
    replaced = ("library.Book",)
    site = SwapSite("library", "tests.settings", replaced, TestSwapping.round_trip, settings=settings)
    done = run_site(site, tmp_path, "replacement")
    assert done.returncode != 0
    assert "Related model 'swapsite.ownbook' cannot be resolved" in done.stderr


def test_pairs_are_those_joined_by_a_key() -> None:
    assert joined_pairs("library") == {
        ("library.Book", "library.Shelf"),
        ("library.Book", "library.ReadingNote"),
    }
    assert len(subsets("library", every_pair=False)) == 6
    assert len(subsets("library", every_pair=True)) == 7
