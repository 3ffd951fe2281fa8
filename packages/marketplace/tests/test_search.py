from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from chowk_core.testing.events import deliver_all
from chowk_marketplace import services
from chowk_marketplace.checks import check_search
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import get_listing_model
from tests.factories import ActiveListingFactory, ListingFactory
from tests.goods.models import Book

pytestmark = pytest.mark.django_db
URL = "/api/listings/"
PLAIN = override_settings(CHOWK_MARKETPLACE={"SEARCH": "chowk_marketplace.search.PlainSearch"})
full_text = pytest.mark.skipif(not apps.is_installed("modelsearch"), reason="needs the extra search")


def found(**query):
    answer = APIClient().get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [card["title"] for card in answer.json()["results"]]


def make():
    ActiveListingFactory(title="Oak chair", description="From Chiniot")
    ActiveListingFactory(title="Walnut table", description="Goes with an oak chair", city="Lahore")
    ActiveListingFactory(title="Divan", listing_model=Book, author="Ghalib")
    ListingFactory(title="Oak chair, pending")
    deliver_all()


@full_text
def test_words_anywhere_and_the_title_first():
    make()

    assert found(search="oak") == ["Oak chair", "Walnut table"]
    assert found(search="chairs lahore") == (["Walnut table"] if connection.vendor == "postgresql" else [])
    assert found(search="chair lahore") == ["Walnut table"]
    assert found(search="CHINI") == ["Oak chair"]
    assert found(search="oak", ordering="-title") == ["Walnut table", "Oak chair"]
    assert found(search="divan") == ["Divan"]
    assert found(search="oak zebra") == []
    assert found(search="divan", type="book") == ["Divan"]


@full_text
@pytest.mark.parametrize(
    "text", ["'", '"', "%", "*", "oak' OR '1'='1", 'oak" OR "x', "NEAR(oak)", "-", "🚗", "\\"]
)
def test_no_text_breaks_the_query(text):
    make()

    assert set(found(search=text)) <= {"Oak chair", "Walnut table", "Divan"}


@full_text
def test_a_change_and_an_end_are_known_to_the_index(seller):
    listing = ActiveListingFactory(seller=seller, title="Bicycle")
    deliver_all()
    services.update_listing(listing=listing, actor=seller, title="Tricycle")
    deliver_all()

    assert (found(search="bicycle"), found(search="tricycle")) == ([], ["Tricycle"])
    services.archive_listing(listing=listing)
    services.delete_listing(listing=listing)
    assert not apps.get_model("modelsearch", "IndexEntry").objects.exists()


@full_text
def test_the_index_is_rebuilt_by_the_library():
    make()
    entries = apps.get_model("modelsearch", "IndexEntry").objects
    entries.all().delete()
    assert found(search="oak") == []

    call_command("rebuild_modelsearch_index", verbosity=0)

    assert entries.count() == 4
    assert found(search="oak") == ["Oak chair", "Walnut table"]
    assert found(search="divan") == ["Divan"]


@full_text
@pytest.mark.postgres
def test_a_misspelled_word_finds_titles_like_it():
    make()
    ActiveListingFactory(title="Toyota Corolla")
    deliver_all()
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    assert found(search="toyata") == ["Toyota Corolla"]
    assert found(search="toyta corola") == ["Toyota Corolla"]
    assert found(search="xylophone") == []


@PLAIN
def test_without_full_text_every_word_is_compared():
    make()

    assert set(found(search="OAK chair")) == {"Oak chair", "Walnut table"}
    assert found(search="chini") == ["Oak chair"]
    assert found(search="zebra") == []


def test_the_check_says_so_where_there_is_no_full_text(settings):
    here = [message.id for message in check_search()]
    assert here == ([] if apps.is_installed("modelsearch") else ["chowk_marketplace.I004"])
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "modelsearch"]
    assert [message.id for message in check_search()] == ["chowk_marketplace.I004"]
    make()
    assert set(found(search="oak")) == {"Oak chair", "Walnut table"}
    marketplace_settings.SEARCH.forget(listing=get_listing_model().objects.first())
    with PLAIN:
        assert check_search() == []
