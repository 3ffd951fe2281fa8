"""The quick way to empty the database between tests leaves what Django's leaves."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection

from chowk_core.testing.emptying import MANY, empty
from tests.library.models import Shelf

pytestmark = pytest.mark.django_db(transaction=True)

REFUSE = {
    "postgresql": """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$;
        CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()
    """,
    "sqlite": "CREATE TRIGGER kept BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'kept'); END",
}


@pytest.fixture
def refusing():
    """Shelves whose rows the database does not let go."""
    table = Shelf._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(REFUSE[connection.vendor].format(table=table))
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER kept {f'ON {table}' if connection.vendor == 'postgresql' else ''}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION refuse()")


@pytest.mark.parametrize("number", [1, MANY])
def test_rows_go_and_what_belongs_to_the_models_stays(number):
    kept = set(ContentType.objects.values_list("pk")), set(Permission.objects.values_list("pk"))
    Shelf.objects.bulk_create(Shelf(name=f"shelf {n}") for n in range(number))
    empty(connection)
    assert not Shelf.objects.exists()
    assert kept == (set(ContentType.objects.values_list("pk")), set(Permission.objects.values_list("pk")))
    assert all(kept)


def test_a_guarded_table_is_emptied_and_guarded_again(refusing):
    Shelf.objects.create(name="old")
    empty(connection)
    assert not Shelf.objects.exists()
    shelf = Shelf.objects.create(name="new")
    with pytest.raises(DatabaseError, match="kept"):
        shelf.delete()
