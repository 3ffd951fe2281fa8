"""A site that replaces a model wrongly is told what, where and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chowk_core.swapping_checks import problems
from tests.sites import Site

FAULTY = """
from django.db import models
from tests.library.abstract_models import AbstractBook, AbstractReadingNote, AbstractShelf

class Shelf(models.Model):
    name = models.CharField(max_length=40)

class Book(AbstractBook):
    class Meta:
        pass

class ReadingNote(AbstractReadingNote):
    text = None
"""
SETTINGS = """
LIBRARY_SHELF_MODEL = "shop.Shelf"
LIBRARY_BOOK_MODEL = "shop.Book"
LIBRARY_READING_NOTE_MODEL = "shop.ReadingNote"
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    site = Site(tmp_path_factory.mktemp("site"), "checks")
    site.write(models=FAULTY, settings=SETTINGS)
    done = site.manage("check")
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    "message",
    [
        "(chowk_core.E103) LIBRARY_SHELF_MODEL names shop.Shelf, which is not a subclass of AbstractShelf.",
        "(chowk_core.E104) shop.Book lacks the constraints library_book_price, library_book_place of "
        "library.Book.",
        "HINT: Let its Meta inherit AbstractBook.Meta.",
        "(chowk_core.W106) shop.Book lacks the indexes library_book_title, library_book_lent of "
        "library.Book.",
        "(chowk_core.E105) shop.ReadingNote lacks the fields text of library.ReadingNote.",
    ],
)
def test_a_faulty_replacement_is_reported(output: str, message: str) -> None:
    assert message in output


def test_a_replacement_that_keeps_the_meta_is_not_reported(output: str) -> None:
    assert "ReadingNote lacks the indexes" not in output
    assert "ReadingNote lacks the constraints" not in output


@pytest.mark.parametrize(
    ("value", "code"),
    [("Book", "E101"), ("a.b.Book", "E101"), (None, "E101"), ("shop.Book", "E102"), ("library.Tome", "E102")],
)
def test_a_setting_that_names_no_model_is_reported(value: object, code: str) -> None:
    (message,) = problems("library.Book", value)
    assert message.id == f"chowk_core.{code}"
    assert "LIBRARY_BOOK_MODEL" in message.msg


def test_a_forgotten_app_is_reported_by_check(tmp_path: Path) -> None:
    site = Site(tmp_path, "checks")
    site.write(settings='LIBRARY_BOOK_MODEL = "shop.Tome"')
    done = site.manage("check")
    assert done.returncode == 1
    assert "(chowk_core.E102) LIBRARY_BOOK_MODEL names shop.Tome, which is not installed." in done.stderr
