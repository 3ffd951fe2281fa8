"""A page of 20 listings beside raw SQL: ``python -m benchmarks.listing_page [--json FILE]``.

The limit fetches the same data (the count, the rows with seller, category and type, each one's primary image,
the categories' paths) with psycopg, a statement each, and for the API makes the same JSON of it. Ours is the
selector that pages stand on, and the API through Django's handler and middleware.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.harness import Result, compare, count, database, report, statements
from chowk_core.testing.settings import DJANGO_APPS, MIDDLEWARE, TEMPLATES, databases

SIZE = 20
ROWS = (10_000, 40_000)
SELLERS = 50
IMAGES = 3

NAMES = (
    *("id", "title", "slug", "sale_format", "price", "currency", "stock", "condition", "city", "country"),
    *("status", "created_at", "activated_at"),
)
COUNT = "SELECT count(*) FROM chowk_marketplace_listing WHERE status = 'active'"
PAGE = f"""
SELECT l.id, l.title, l.slug, l.sale_format, l.price, l.price_currency, l.stock, l.condition, l.city,
       l.country, l.status, l.created_at, l.activated_at, u.id, u.username, u.first_name, u.last_name,
       c.slug, c.name, c.path, t.app_label, t.model
FROM chowk_marketplace_listing l
JOIN auth_user u ON u.id = l.seller_id
JOIN chowk_marketplace_category c ON c.id = l.category_id
LEFT JOIN django_content_type t ON t.id = l.polymorphic_ctype_id
WHERE l.status = 'active' ORDER BY l.created_at DESC, l.id DESC LIMIT {SIZE}
"""
PICTURES = """
SELECT DISTINCT ON (listing_id) listing_id, id, image, alt_text, width, height, thumbnail_widths
FROM chowk_marketplace_listingimage WHERE listing_id = ANY(%s) ORDER BY listing_id, position
"""
PATHS = "SELECT path, slug, name FROM chowk_marketplace_category WHERE path = ANY(%s)"


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Print a table, and return ``{"results": [a dict a line], "met": whether every aim was reached}``."""
    parser = argparse.ArgumentParser(prog="benchmarks.listing_page", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each measurement takes")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of measurements")
    options = parser.parse_args(arguments)
    set_up()
    with database("listing_page"):
        results = measure(seconds=options.seconds, repeats=options.repeats)
    return report("Listing page of 20, medians of paired runs", results, options.json)


def set_up() -> None:
    """Django on PostgreSQL with the marketplace alone."""
    import os

    os.environ["CHOWK_TEST_DATABASE"] = "postgres"
    settings.configure(
        SECRET_KEY="benchmarks",
        INSTALLED_APPS=[
            *DJANGO_APPS,
            *("rest_framework", "django_filters", "drf_spectacular", "polymorphic", "treebeard"),
            *("chowk_core", "chowk_marketplace"),
        ],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=TEMPLATES,
        DATABASES=databases("bench_listing_page"),
        ROOT_URLCONF="chowk_marketplace.api.urls",
        STATIC_URL="/static/",
        MEDIA_URL="/media/",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    )
    django.setup()


def measure(*, seconds: float, repeats: int) -> list[Result]:
    """The page and the API with few rows and with many; statements must not change between them."""
    from django.db import connection
    from django.test import Client

    from chowk_marketplace import selectors

    client = Client()

    def page() -> Any:
        return selectors.browse(None, size=SIZE)

    def api() -> bytes:
        return client.get(f"/listings/?size={SIZE}").content

    def raw() -> dict[str, Any]:
        return fetch(connection)

    def raw_json() -> bytes:
        return json.dumps(fetch(connection), default=str).encode()

    results, present, seen = [], 0, set()
    for rows in ROWS:
        add(rows - present, first=present)
        present = rows
        assert page()[0] == raw()["count"] == json.loads(api())["count"] == rows
        assert [str(row.pk) for row in page()[1]] == [card["id"] for card in json.loads(api())["results"]]
        taken = {"page": taken_by(page), "API": taken_by(api)}
        seen.add(tuple(taken.values()))
        for name, ours, limit in (("page", page, raw), ("API", api, raw_json)):
            results.append(
                compare(
                    f"listing {name}, {rows:,} rows",
                    ours,
                    limit,
                    seconds=seconds,
                    repeats=repeats,
                    statements=taken[name],
                    note="raw: 4 statements",
                )
            )
    assert len(seen) == 1, f"statements depend on the number of rows: {seen}"
    assert all(int(number) <= 4 for number in next(iter(seen))), f"more than 4 statements: {seen}"
    return results


def taken_by(operation: Callable[[], Any]) -> str:
    """How many statements one run of ``operation`` sends."""
    with statements() as found:
        operation()
    return count(found)


def add(number: int, *, first: int) -> None:
    """Insert active listings with pictures, without decoding any."""
    from django.contrib.auth import get_user_model
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from moneyed import Money

    from chowk_marketplace import services
    from chowk_marketplace.models import get_category_model, get_listing_image_model, get_listing_model

    users, model, pictures = get_user_model().objects, get_listing_model(), get_listing_image_model()
    if first == 0:
        users.bulk_create(users.model(username=f"seller{one}") for one in range(SELLERS))
        for top in range(5):
            parent = services.create_category(name=f"Category {top}")
            for below in range(4):
                services.create_category(name=f"Category {top}.{below}", parent=parent)
    sellers = list(users.order_by("pk"))
    categories = list(get_category_model().objects.filter(depth=2))
    kind = ContentType.objects.get_for_model(model)
    listings = [
        model(
            seller=sellers[one % SELLERS],
            category=categories[one % len(categories)],
            title=f"Listing {one}",
            slug=f"listing-{one}",
            description="What it is, how old it is, and why it is for sale. " * 8,
            price=Money(one + 1, "USD"),
            status="active",
            city="Lahore",
            country="PK",
            polymorphic_ctype=kind,
        )
        for one in range(first, first + number)
    ]
    model._base_manager.bulk_create(listings, batch_size=2000)
    pictures._base_manager.bulk_create(
        (
            pictures(
                listing=listing,
                position=position,
                image=f"listings/{listing.pk}/{position}.jpg",
                width=1600,
                height=1200,
                thumbnail_widths=[320, 640, 1280],
                alt_text="From the front",
            )
            for listing in listings
            for position in range(IMAGES)
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fetch(connection: Any) -> dict[str, Any]:
    """The page's data by SQL, as plain dicts."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        total = cursor.fetchone()[0]
        cursor.execute(PAGE)
        rows = cursor.fetchall()
        cursor.execute(PICTURES, [[row[0] for row in rows]])
        pictures = {row[0]: row for row in cursor.fetchall()}
        wanted = {row[19][:end] for row in rows for end in range(4, len(row[19]) + 1, 4)}
        cursor.execute(PATHS, [list(wanted)])
        paths = {path: {"slug": slug, "name": name} for path, slug, name in cursor.fetchall()}
    return {"count": total, "results": [card(row, pictures.get(row[0]), paths) for row in rows]}


def card(row: Sequence[Any], picture: Sequence[Any] | None, paths: dict[str, Any]) -> dict[str, Any]:
    """One row as the API shows it."""
    found = dict(zip(NAMES, row, strict=False))
    found["seller"] = {"id": row[13], "name": f"{row[15]} {row[16]}".strip() or row[14]}
    found["category"], found["category_name"], found["type"] = row[17], row[18], row[21]
    found["category_path"] = [paths[row[19][:end]] for end in range(4, len(row[19]) + 1, 4)]
    if picture is not None:
        stem = picture[2].rsplit(".", 1)[0]
        found["primary_image"] = {
            "id": picture[1],
            "url": f"/media/{picture[2]}",
            "alt_text": picture[3],
            "width": picture[4],
            "height": picture[5],
            "thumbnails": {width: f"/media/{stem}-{width}.webp" for width in json.loads(picture[6])},
        }
    return found


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
