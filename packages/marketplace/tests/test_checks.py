from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.files.base import ContentFile

from chowk_marketplace.evidence import evidence_storage
from chowk_marketplace.listing_types import ListingType

pytestmark = pytest.mark.django_db


class UserType(ListingType):
    model = "contenttypes.ContentType"


class MissingModel(ListingType):
    model = "goods.Spaceship"


class MissingSerializer(ListingType):
    serializer = "tests.nowhere.Serializer"


class WrongImporter(ListingType):
    importer = "tests.test_checks.UserType"


def errors():
    return [(error.id, error.msg) for error in run_checks() if error.id.startswith("chowk_marketplace")]


def test_the_settings_of_the_tests_are_sound():
    assert errors() == []


@pytest.mark.parametrize(
    ("change", "id_", "words"),
    [
        ({"LISTING_TYPES": {"x": "tests.test_checks.UserType"}}, "E001", "is not a kind of"),
        ({"LISTING_TYPES": {"x": "tests.test_checks.MissingModel"}}, "E001", "no model goods.Spaceship"),
        ({"LISTING_TYPES": {"x": "tests.test_checks.MissingSerializer"}}, "E001", "does not import"),
        ({"LISTING_TYPES": {"x": "tests.test_checks.WrongImporter"}}, "E001", "importing.Importer"),
        ({"LISTING_TYPES": {"x": "tests.goods.models.Book"}}, "E001", "listing_types.ListingType"),
        ({"IMAGE_STORAGE": "moon"}, "E002", "moon"),
        ({"ADMIN": {"Wish": "x.Y"}}, "E003", "Wish"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(settings, change, id_, words):
    settings.CHOWK_MARKETPLACE = change

    [(found, message)] = errors()

    assert found == f"chowk_marketplace.{id_}"
    assert words in message


def test_complaints_files_are_private_without_being_told_so(settings):
    """On a plain site, which has no storage for them: outside MEDIA_ROOT, and without an address."""
    assert "private" not in settings.STORAGES
    storage = evidence_storage()

    name = storage.save("evidence/of-nothing/x.pdf", ContentFile(b"%PDF-"))

    assert Path(storage.path(name)).is_file()
    assert not Path(storage.path(name)).is_relative_to(settings.MEDIA_ROOT)
    with pytest.raises(ValueError, match="not accessible via a URL"):
        storage.url(name)


@pytest.mark.parametrize(
    ("alias", "found"), [("default", "W006"), ("public", "W006"), ("moon", "E005"), ("private", "")]
)
def test_a_public_place_for_complaints_files_is_warned_of(settings, alias, found):
    settings.CHOWK_MARKETPLACE = {"EVIDENCE_STORAGE": alias}

    assert [id_ for id_, _message in errors()] == ([f"chowk_marketplace.{found}"] if found else [])
