"""Words in modelsearch's index on PostgreSQL: by its GIN indexes; by trigrams where nothing has the words."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, FloatField, Func, Value
from modelsearch.backends.database.postgres.query import Lexeme

LIKENESS = 0.4
"""From which word similarity (pg_trgm) a title is like what was asked for: "toyata" is 0.44 like "Toyota"."""

SET_LIKENESS = """
SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)
FROM pg_extension WHERE extname = 'pg_trgm'
"""


def matching(entries: Any, words: list[str], *, config: str | None) -> tuple[Any, Any]:
    """The entries that hold all words, else those whose titles are like them; and their relevance."""
    lexemes = reduce(and_, [Lexeme(word, prefix=word == words[-1]) for word in words])
    query = SearchQuery(lexemes, search_type="raw", config=config)
    found = entries.filter(body=query)
    if found.exists() or not has_trigrams():
        title: Any = SearchRank(F("title"), query)
        return found, title * Value(2.0) + SearchRank(F("body"), query)
    asked = Value(" ".join(words))
    alike: Any = Func(asked, F("title_text"), function="word_similarity", output_field=FloatField())
    return entries.filter(TrigramWordSimilar(F("title_text"), asked)), alike


def has_trigrams() -> bool:
    """Whether the database has pg_trgm (``manage.py enable_trigram``); sets the session's LIKENESS if so."""
    with connection.cursor() as cursor:
        cursor.execute(SET_LIKENESS, [str(LIKENESS)])
        return cursor.fetchone() is not None
