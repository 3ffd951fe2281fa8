"""Full text by django-modelsearch.

The index is modelsearch's (``IndexEntry``: tsvectors under GIN on PostgreSQL, FTS5 on SQLite), and so is
``rebuild_modelsearch_index``. Its own queries serve Elasticsearch and OpenSearch. With a database, 1.3.2
joins the index to a listing by a cast of the listing's key: on SQLite it finds nothing by a UUID key, whose
text has no hyphens there, and PostgreSQL reads the whole index, since none stands on ``title || body``.
So here the index is asked by its own GIN or FTS table, and its keys are cast to the listing's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    FloatField,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Replace
from django.utils.module_loading import import_string
from modelsearch.backends import get_search_backend
from modelsearch.conf import get_app_config
from modelsearch.utils import get_descendants_content_types_pks

from chowk_marketplace.search import MOST_WORDS, RELEVANCE
from chowk_marketplace.search.words import words_of

MOST_FOUND = 10_000
"""So many keys are taken from a search server."""


class FullTextSearch:
    """All words, the last one also as the beginning of a longer one."""

    def narrow(self, *, rows: Any, text: str, fields: Sequence[str]) -> Any:
        words = words_of(text)[:MOST_WORDS]
        if not words:
            return rows.none() if text.strip() else rows
        backend = get_search_backend()
        if not _is_database(backend):
            found = backend.search(" ".join(words), rows.model.objects.all())[:MOST_FOUND]
            return rows.filter(pk__in=[row.pk for row in found])
        if connection.vendor == "postgresql":
            narrow = import_string("chowk_marketplace.search.postgres.matching")
            return _of_listings(rows, *narrow(entries_of(rows.model), words, config=backend.config))
        return _of_listings(rows, *_matching_on_sqlite(entries_of(rows.model), words))

    def index(self, *, listing: Any) -> None:
        backend = get_search_backend()
        index = backend.get_index_for_model(type(listing))
        if _is_database(backend):
            # Each addition would read the whole index for the average title's length; the rebuild does that.
            index._refresh_title_norms = lambda full=False: None
        index.add_items(type(listing), [listing])

    def forget(self, *, listing: Any) -> None:
        backend = get_search_backend()
        if _is_database(backend):
            entries_of(type(listing)).filter(object_id=str(listing.pk)).delete()
        else:
            backend.delete(listing)


def entries_of(model: type[Any]) -> Any:
    """Index entries of ``model`` and of its children."""
    entries: Any = get_app_config().get_model("IndexEntry")
    return entries._default_manager.filter(content_type__in=get_descendants_content_types_pks(model))


def _matching_on_sqlite(entries: Any, words: list[str]) -> tuple[Any, Any]:
    table = f"{entries.model._meta.db_table}_fts"
    query = " AND ".join(f'"{word}"{"*" if word == words[-1] else ""}' for word in words)
    rows = f"SELECT rowid FROM {table} WHERE {table} MATCH %s"  # noqa: S608 - the words are a parameter
    titled = When(title__icontains=words[0], then=Value(1.0))
    relevance = Case(titled, default=Value(0.0), output_field=FloatField())
    return entries.filter(pk__in=RawSQL(rows, [query])), relevance  # noqa: S611


def _of_listings(rows: Any, entries: Any, relevance: Any) -> Any:
    """The rows that the entries are of, with the entries' relevance."""
    key = rows.model._meta.pk
    while key.remote_field:
        key = key.target_field
    kind = key.get_internal_type()
    of_row: Any = OuterRef("pk")
    if kind == "UUIDField" and connection.vendor == "sqlite":  # kept as 32 digits, indexed with hyphens
        in_index: Any = Replace(F("object_id"), Value("-"), Value(""))
        entry_of_row: Any = entries.annotate(digits=in_index).filter(digits=of_row)
    else:
        in_index = Cast("object_id", BigIntegerField() if "Auto" in kind else key.clone())
        entry_of_row = entries.filter(object_id=Cast(of_row, CharField(max_length=50)))
    first = entry_of_row.annotate(here=relevance).values("here")[:1]
    rows = rows.filter(pk__in=entries.annotate(listing_key=in_index).values("listing_key"))
    return rows.annotate(**{RELEVANCE: Subquery(first, output_field=FloatField())})


def _is_database(backend: Any) -> bool:
    return type(backend).__module__.startswith("modelsearch.backends.database")
