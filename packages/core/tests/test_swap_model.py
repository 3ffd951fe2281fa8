"""chowk_swap_model moves a migrated site, with its data, to a model of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sites import Site

SETTING = 'LIBRARY_BOOK_MODEL = "shop.Book"'
MODEL = """
from django.db import models
from tests.library.abstract_models import AbstractBook

class Book(AbstractBook):
    {fields}
    class Meta(AbstractBook.Meta):
        db_table = "{table}"
"""
FILL = """
from chowk_core.testing.swap_site import make_database
from django.core.management import call_command
from tests.library.round_trip import round_trip

make_database()
call_command("migrate", verbosity=0)
round_trip()
"""
PROVE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
call_command("makemigrations", check_changes=True, dry_run=True)
"""
READ = """
from tests.library.models import get_book_model, get_reading_note_model
note = get_reading_note_model().objects.get()
book = note.book
print(book.title, note.target.get().title, note.target.type, book.sequels.count(), book.shelf.name)
print(get_book_model()._meta.label, get_book_model().objects.count())
"""
NAMES = """
from django.db import connection
with connection.cursor() as cursor:
    found = connection.introspection.get_constraints(cursor, "library_book")
print(*sorted(name for name in found if name.endswith(("_price", "_place", "_title", "_lent"))))
"""


def own_model(*, fields: str = "", table: str = "library_book") -> str:
    return MODEL.format(fields=fields, table=table)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A migrated site with rows, on the package's own models; a refusal leaves it so."""
    yield from migrated_site(tmp_path_factory.mktemp("site"), "swap_refused")


@pytest.fixture
def moving_site(tmp_path: Path) -> Iterator[Site]:
    """The same, for a test that moves it."""
    yield from migrated_site(tmp_path, "swap_model")


def migrated_site(folder: Path, database: str) -> Iterator[Site]:
    site = Site(folder, database)
    site.write()
    site.shell(FILL)
    yield site
    site.drop_database()


def swap(site: Site, *options: str) -> subprocess.CompletedProcess[str]:
    return site.manage("chowk_swap_model", "library.Book", "shop.Book", *options)


def ready(site: Site, **model: str) -> None:
    """The site as the command wants it."""
    site.write(models=own_model(**model), settings=SETTING)
    done = site.manage("makemigrations", "shop")
    assert done.returncode == 0, done.stderr


def test_a_migrated_site_keeps_its_rows_and_can_grow(moving_site: Site) -> None:
    ready(moving_site)
    done = swap(moving_site, "--check")
    assert done.returncode == 0
    assert "rename the content type library.book to shop.book" in done.stdout
    assert "Nothing was changed." in done.stdout
    assert "InconsistentMigrationHistory" in moving_site.manage("migrate").stderr

    done = swap(moving_site)
    assert done.returncode == 0, done.stderr
    assert "record shop.0001_initial as run" in done.stdout
    assert moving_site.shell(PROVE + READ + NAMES).splitlines()[-3:] == [
        "A Time of Gifts Between the Woods shop.book 1 Travel",
        "shop.Book 2",
        "shop_book_lent shop_book_place shop_book_price shop_book_title",
    ]
    done = swap(moving_site)
    assert done.returncode == 1
    assert "the site has been moved" in done.stderr

    grown = own_model(fields="pages = models.PositiveIntegerField(default=310)")
    moving_site.write(models=grown, settings=SETTING)
    assert moving_site.manage("makemigrations", "shop").returncode == 0
    pages = "from tests.library.models import get_book_model as g; print(*g().objects.values_list('pages'))"
    assert moving_site.shell(f"{PROVE}{pages}\n{NAMES}").splitlines()[-2:] == [
        "(310,) (310,)",
        "shop_book_lent shop_book_place shop_book_price shop_book_title",
    ]


def test_a_new_database_of_the_moved_site_migrates_from_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path, "swap_new")
    ready(site)
    site.shell(FILL)
    site.drop_database()


@pytest.mark.parametrize(
    ("model", "settings", "migrate", "message"),
    [
        (own_model(), "", False, 'Set LIBRARY_BOOK_MODEL = "shop.Book" first'),
        (own_model(), SETTING, False, "Run makemigrations shop first."),
        (own_model(table="shop_book"), SETTING, True, 'db_table = "library_book"'),
        (
            own_model(fields="pages = models.IntegerField()"),
            SETTING,
            True,
            "differs from library_book in pages",
        ),
        (own_model(fields="id = models.BigAutoField(primary_key=True)"), SETTING, True, "in id."),
        (
            own_model() + "\nclass Till(models.Model):\n    name = models.CharField(max_length=9)\n",
            SETTING,
            True,
            "shop.0001_initial is also about till",
        ),
    ],
    ids=["no setting", "no migration", "another table", "another field", "another key", "another model"],
)
def test_what_is_not_ready_is_refused(
    site: Site, model: str, settings: str, migrate: bool, message: str
) -> None:
    site.write(models=model, settings=settings)
    shutil.rmtree(site.folder / "shop" / "migrations", ignore_errors=True)
    if migrate:
        assert site.manage("makemigrations", "shop").returncode == 0
    done = swap(site)
    assert done.returncode == 1
    assert message in done.stderr
