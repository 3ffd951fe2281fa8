"""Lists of 20 from 100,000 listings: filtered, searched for, and counted by facet, each beside raw SQL.

``python -m benchmarks.listing_search [--json FILE]``. The rows are made by set-based inserts. Ours is the API
through Django's handler and middleware; the limit fetches the same data with psycopg, a statement each, and
makes JSON of it. Medians of single calls (p50, milliseconds) of both stand in the note.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings

from benchmarks.harness import Result, compare, count, database, report, statements
from benchmarks.listing_page import PICTURES
from chowk_core.testing.settings import DJANGO_APPS, MIDDLEWARE, TEMPLATES, databases

ROWS = 100_000
MOST_STATEMENTS = 6
FILTERS = {
    "category": "category-1",
    "condition": "used",
    "price_min": "200",
    "price_max": "900",
    "size": "20",
}
FILTERED = """l.status = 'active' AND c.path LIKE (SELECT path FROM chowk_marketplace_category
 WHERE slug = 'category-1') || '%%' AND l.condition = 'used' AND l.price >= 200 AND l.price <= 900"""
WORDS = "walnut cabinet"
FOUND = """l.status = 'active' AND l.id IN (SELECT object_id::uuid FROM modelsearch_indexentry
 WHERE body @@ to_tsquery('walnut & cabinet:*'))"""
JOINED = """chowk_marketplace_listing l JOIN auth_user u ON u.id = l.seller_id
 JOIN chowk_marketplace_category c ON c.id = l.category_id"""
FACETS = ("condition", "sale_format", "upper(city)", "country")
INSERT = """
INSERT INTO chowk_marketplace_listing (id, seller_id, category_id, polymorphic_ctype_id, title, slug,
    description,
    sale_format, price, price_currency, stock, condition, city, country, featured, status,
    external_reference, created_at, updated_at, activated_at)
SELECT gen_random_uuid(), s.ids[1 + n %% 50], c.ids[1 + n %% array_length(c.ids, 1)], %(kind)s,
    (ARRAY['Walnut','Oak','Brass','Blue','Silk','Copper','Iron','Jade','Olive','Cedar'])[1 + n %% 10]
    || ' ' ||
    (ARRAY['cabinet','chair','lamp','vase','rug','table','box','clock','bowl','mirror','stool'])[1 + n %% 11]
    || ' ' || n, 'listing-' || n,
    repeat('What it is, how old it is, and why it is for sale. ', 8), 'fixed_price', 1 + n %% 1500, 'USD', 1,
    (ARRAY['used','used','new','refurbished'])[1 + n %% 4], 'City ' || n %% 40,
    (ARRAY['PK','DE'])[1 + n %% 2],
    n %% 100 = 0, 'active', '', now() - n * interval '1 minute', now(), now()
FROM generate_series(1, %(rows)s) n,
    (SELECT array_agg(id) ids FROM auth_user) s,
    (SELECT array_agg(id) ids FROM chowk_marketplace_category WHERE depth = 2) c
"""
IMAGES = """
INSERT INTO chowk_marketplace_listingimage (id, listing_id, position, image, width, height, thumbnail_widths,
    alt_text, created_at)
SELECT gen_random_uuid(), id, p, 'listings/' || id || '/' || p || '.jpg', 1600, 1200, '[320, 640, 1280]',
    '', now()
FROM chowk_marketplace_listing, generate_series(0, 1) p
"""
INDEX = """
INSERT INTO modelsearch_indexentry (content_type_id, object_id, title_norm, autocomplete, title, body,
    title_text, body_text)
SELECT %(kind)s, id::text, 1, '', setweight(to_tsvector(title), 'A'),
    to_tsvector(title || ' ' || description || ' ' || city), title, ''
FROM chowk_marketplace_listing
"""


def main(arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Print a table, and return ``{"results": [a dict a line], "met": whether every aim was reached}``."""
    parser = argparse.ArgumentParser(prog="benchmarks.listing_search", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each measurement takes")
    parser.add_argument("--repeats", type=int, default=3, help="pairs of measurements")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many listings there are")
    options = parser.parse_args(arguments)
    set_up()
    with database("listing_search"):
        results = measure(rows=options.rows, seconds=options.seconds, repeats=options.repeats)
    return report(f"Of {options.rows:,} listings, medians of paired runs", results, options.json)


def set_up() -> None:
    """Django on PostgreSQL with the marketplace and its full text search."""
    import os

    os.environ["CHOWK_TEST_DATABASE"] = "postgres"
    settings.configure(
        SECRET_KEY="benchmarks",
        INSTALLED_APPS=[
            *DJANGO_APPS,
            *("rest_framework", "django_filters", "drf_spectacular", "polymorphic", "treebeard"),
            *("modelsearch", "chowk_core", "chowk_marketplace"),
        ],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=TEMPLATES,
        DATABASES=databases("bench_listing_search"),
        ROOT_URLCONF="chowk_marketplace.api.urls",
        STATIC_URL="/static/",
        MEDIA_URL="/media/",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    django.setup()


def fill(rows: int) -> None:
    """So many active listings in 20 categories with two pictures each, and their words in the index."""
    from django.contrib.auth import get_user_model
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from chowk_marketplace import services
    from chowk_marketplace.models import get_listing_model

    users = get_user_model().objects
    users.bulk_create(users.model(username=f"seller{one}") for one in range(50))
    for top in range(5):
        parent = services.create_category(name=f"Category {top}")
        for below in range(4):
            services.create_category(name=f"Category {top}.{below}", parent=parent)
    kind = ContentType.objects.get_for_model(get_listing_model()).pk
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"kind": kind, "rows": rows})
        cursor.execute(IMAGES)
        cursor.execute(INDEX, {"kind": kind})
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # and its index, as `enable_trigram` does
        cursor.execute("CREATE INDEX ON modelsearch_indexentry USING gin (title_text gin_trgm_ops)")
        cursor.execute("VACUUM ANALYZE")


def measure(*, rows: int, seconds: float, repeats: int) -> list[Result]:
    """The three lists; their statements are counted and their answers compared with the raw ones."""
    from django.db import connection
    from django.test import Client

    fill(rows)
    client = Client()

    def get(path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(client.get(f"{path}?{urlencode(query)}").content)
        return answer

    def filtered() -> Any:
        return get("/listings/", **FILTERS)

    def searched() -> Any:
        return get("/listings/", search=WORDS, ordering="-created_at", size="20")

    def facets() -> Any:
        return get("/listings/facets/", **{name: text for name, text in FILTERS.items() if name != "size"})

    def misspelled() -> Any:
        return get("/listings/", search="wallnut cabinett", size="20")

    cases: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        ("filtered list", filtered, lambda: page(connection, FILTERED)),
        ("search of two words", searched, lambda: page(connection, FOUND)),
        ("facets of a filtered list", facets, lambda: counted(connection)),
    ]
    results = []
    for name, ours, limit in cases:
        assert ours()["count"] == limit()["count"] > 20, (name, ours()["count"], limit()["count"])
        with statements() as sent:
            ours()
        if "list" in name.split()[:2] or "search" in name:
            assert len(sent) <= MOST_STATEMENTS, f"{name}: {len(sent)} statements"
        note = f"p50 {p50(ours):.1f} ms, raw {p50(limit):.1f} ms"
        results.append(
            compare(name, ours, limit, seconds=seconds, repeats=repeats, statements=count(sent), note=note)
        )
    assert misspelled()["count"] > 0
    print(f"two misspelled words, by trigrams: p50 {p50(misspelled, times=9):.0f} ms")
    print(f"modelsearch's own query for the same two words: p50 {p50(library_search, times=9):.0f} ms")
    return results


def library_search() -> list[Any]:
    """The first 20 as the library's own database backend finds them."""
    from modelsearch.backends import get_search_backend

    from chowk_marketplace.models import get_listing_model

    rows = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
    return list(get_search_backend().search(WORDS, rows)[:20])


def p50(operation: Callable[[], Any], *, times: int = 21) -> float:
    """The median of single calls, in milliseconds."""
    taken = []
    for _time in range(times):
        start = time.perf_counter()
        operation()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def page(connection: Any, condition: str) -> dict[str, Any]:
    """Count, 20 rows with seller and category, their pictures: three statements, as JSON and back."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {JOINED} WHERE {condition}", ())
        total = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT l.*, u.username, c.slug, c.name FROM {JOINED} WHERE {condition} "
            "ORDER BY l.created_at DESC, l.id DESC LIMIT 20",
            (),
        )
        rows = cursor.fetchall()
        cursor.execute(PICTURES, [[row[0] for row in rows]])
        pictures = cursor.fetchall()
    answer: dict[str, Any] = json.loads(
        json.dumps({"count": total, "results": rows, "pictures": pictures}, default=str)
    )
    return answer


def counted(connection: Any) -> dict[str, Any]:
    """The same counts by SQL: each facet without its own filter where it has one."""
    bare = "l.status = 'active' AND " + FILTERED.split("AND", 1)[1]
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {JOINED} WHERE {bare}", ())
        found["count"] = cursor.fetchone()[0]
        without = bare.replace("AND l.condition = 'used'", "")
        for facet in FACETS:
            condition = without if facet == "condition" else bare
            cursor.execute(f"SELECT {facet}, count(*) FROM {JOINED} WHERE {condition} GROUP BY 1", ())
            found[facet] = cursor.fetchall()
        cursor.execute(f"SELECT count(*) FROM {JOINED} WHERE {bare} AND l.featured", ())
        open_price = bare.replace("AND l.price >= 200 AND l.price <= 900", "")
        cursor.execute(f"SELECT min(price), max(price), count(price) FROM {JOINED} WHERE {open_price}", ())
        found["price"] = cursor.fetchall()
        cursor.execute(
            f"SELECT c.path, count(*) FROM {JOINED} WHERE l.status = 'active' AND l.condition = 'used' "
            "AND l.price >= 200 AND l.price <= 900 GROUP BY 1",
            (),
        )
        found["categories"] = cursor.fetchall()
    answer: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return answer


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
