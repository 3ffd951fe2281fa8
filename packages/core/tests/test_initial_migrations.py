"""chowk_initial_migrations: the same two files from the same models, whoever writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.migrations.writer import MigrationWriter

from chowk_core.two_phase import initial_migrations
from tests.sites import Site

LIBRARY = Path(__file__).parent / "library" / "migrations"
MODELS = """
from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Lower

class Till(models.Model):
    code = models.CharField(max_length=9)
    amount = models.IntegerField(default=0)
    clerk = models.ForeignKey(User, models.CASCADE, null=True)
    helpers = models.ManyToManyField(User, related_name="+")

    class Meta:
        unique_together = [("code", "clerk")]
        indexes = [models.Index(Lower("code"), name="till_code"), models.Index("clerk", name="till_clerk")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0) | models.Q(code=""), name="till_amount"),
            models.CheckConstraint(condition=~models.Q(amount=models.F("clerk_id")), name="till_odd"),
            models.UniqueConstraint(fields=["code"], include=["clerk"], name="till_covering"),
        ]

class ExpressTill(Till):
    limit = models.IntegerField(default=10)
"""


def test_what_is_written_depends_on_the_models_alone() -> None:
    for migration in initial_migrations(apps.get_app_config("library")):
        written = MigrationWriter(migration, include_header=False).as_string()
        assert written == (LIBRARY / f"{migration.name}.py").read_text()


def test_landed_migrations_are_kept() -> None:
    with pytest.raises(CommandError, match=r"0001_tables\.py, 0002_relations\.py exist"):
        call_command("chowk_initial_migrations", "library")
    with pytest.raises(CommandError, match="No installed app"):
        call_command("chowk_initial_migrations", "nowhere")


def test_scalars_come_first_and_what_points_elsewhere_second(tmp_path: Path) -> None:
    site = Site(tmp_path, "phases")
    site.write(models=MODELS)
    done = site.manage("chowk_initial_migrations", "shop")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "shop" / "migrations"
    tables, relations = (folder / "0001_tables.py").read_text(), (folder / "0002_relations.py").read_text()
    for name in ("till_code", "till_amount", "ExpressTill", "till_ptr"):
        assert name in tables
        assert f"'{name}'" not in relations
    for name in ("till_clerk", "till_odd", "till_covering", "unique_together", "'clerk'", "helpers"):
        assert name not in tables
        assert name in relations
    assert "AUTH_USER_MODEL" in relations
    done = site.manage("makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout

    assert site.manage("chowk_initial_migrations", "shop", "--overwrite").returncode == 0
    assert (folder / "0001_tables.py").read_text() == tables
    (folder / "0003_later.py").write_text("")
    done = site.manage("chowk_initial_migrations", "shop", "--overwrite")
    assert done.returncode == 1
    assert "0003_later.py stand on the first migration" in done.stderr


def test_what_connects_most_comes_last(tmp_path: Path) -> None:
    """Migrating renders for each step every model that keys connect with it."""
    site = Site(tmp_path, "reach")
    site.write(
        models="""
from django.contrib.auth.models import User
from django.db import models

class Shelf(models.Model):
    owner = models.ForeignKey(User, models.CASCADE)

class Book(models.Model):
    reader = models.ForeignKey(User, models.CASCADE)
    shelf = models.ForeignKey(Shelf, models.CASCADE)

    class Meta:
        indexes = [models.Index("reader", "shelf", name="book_read"), models.Index("shelf", name="on_shelf")]
"""
    )
    assert site.manage("chowk_initial_migrations", "shop").returncode == 0
    relations = (tmp_path / "shop" / "migrations" / "0002_relations.py").read_text()
    steps = ["name='shelf'", "'on_shelf'", "name='owner'", "name='reader'", "'book_read'"]
    assert sorted(steps, key=relations.index) == steps


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (
            "class Wallet(models.Model):\n"
            "    owner = models.OneToOneField(User, models.CASCADE, primary_key=True)",
            "shop.Wallet.owner is a relation and the primary key",
        ),
        (
            "class Team(models.Model):\n    people = models.ManyToManyField(User, through='Seat')\n"
            "class Seat(models.Model):\n    team = models.ForeignKey(Team, models.CASCADE)\n"
            "    person = models.ForeignKey(User, models.CASCADE)",
            "shop.Team.people names a through model",
        ),
        (
            "class Track(models.Model):\n    user = models.ForeignKey(User, models.CASCADE)\n"
            "    class Meta:\n        order_with_respect_to = 'user'",
            "Track uses order_with_respect_to",
        ),
        (
            "class Lamp(models.Model):\n    class Meta:\n        swappable = 'SHOP_LAMP_MODEL'\n"
            "class TallLamp(Lamp):\n    pass",
            "TallLamp inherits the table of shop.lamp, which a site may replace",
        ),
    ],
    ids=["key that is a relation", "through", "order", "child of a swappable model"],
)
def test_what_cannot_be_made_in_two_phases_is_refused(models: str, message: str, tmp_path: Path) -> None:
    site = Site(tmp_path, "phases")
    header = "from django.contrib.auth.models import User\nfrom django.db import models\n"
    site.write(models=header + models, settings='SHOP_LAMP_MODEL = "shop.Lamp"')
    done = site.manage("chowk_initial_migrations", "shop")
    assert done.returncode == 1
    assert message in done.stderr
    assert not (tmp_path / "shop" / "migrations").exists()
