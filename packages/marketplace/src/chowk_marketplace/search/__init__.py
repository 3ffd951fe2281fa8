"""Searching listings by words: full text with django-modelsearch if installed, else by comparing texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q
from django.utils.module_loading import import_string

try:
    from modelsearch.index import Indexed, SearchField
except ImportError:  # without the extra "search"
    Indexed, SearchField = object, None

MOST_WORDS = 12
RELEVANCE = "relevance"


class Search(Protocol):
    """How listings are found by words: the contract of ``SEARCH``."""

    def narrow(self, *, rows: Any, text: str, fields: Sequence[str]) -> Any:
        """The rows that fit, annotated with ``relevance`` where there is such a thing.

        ``fields`` are the columns that a plain comparison reads.
        """
        ...

    def index(self, *, listing: Any) -> None:
        """Take a listing's words into the index, if there is one."""
        ...

    def forget(self, *, listing: Any) -> None:
        """Take a listing that is about to be deleted out of the index."""
        ...


class SearchIndexed(Indexed):  # type: ignore[misc, valid-type]
    """Makes a listing known to modelsearch. Without the extra it adds nothing.

    Saving does not index (``search_auto_update``): a handler does, off the request, when a listing is offered
    or changed.
    """

    search_auto_update = False
    search_fields: Any = ("title",)

    @classmethod
    def get_search_fields(cls) -> list[Any]:
        return [SearchField("title", boost=2.0), SearchField("search_text")]

    @classmethod
    def get_indexed_objects(cls) -> Any:
        """Listings of exactly this type: each stands in the index once, as what it is."""
        listings: Any = cls
        return listings.objects.filter(polymorphic_ctype=ContentType.objects.get_for_model(listings))


class PlainSearch:
    """Every word stands somewhere in the title or the other fields, whatever its case."""

    def narrow(self, *, rows: Any, text: str, fields: Sequence[str]) -> Any:
        for word in text.split()[:MOST_WORDS]:
            rows = rows.filter(reduce(or_, [Q(**{f"{name}__icontains": word}) for name in fields]))
        return rows

    def index(self, *, listing: Any) -> None:
        """There is none."""

    def forget(self, *, listing: Any) -> None:
        """There is none."""


class InstalledSearch:
    """Full text where modelsearch is an installed app, else the plain comparison: the default of SEARCH."""

    def narrow(self, *, rows: Any, text: str, fields: Sequence[str]) -> Any:
        return _installed().narrow(rows=rows, text=text, fields=fields)

    def index(self, *, listing: Any) -> None:
        _installed().index(listing=listing)

    def forget(self, *, listing: Any) -> None:
        _installed().forget(listing=listing)


def has_full_text() -> bool:
    """Whether this site has modelsearch, over a database that it knows here."""
    return apps.is_installed("modelsearch") and connection.vendor in {"postgresql", "sqlite"}


def _installed() -> Search:
    if not has_full_text():
        return PlainSearch()
    return import_string("chowk_marketplace.search.full_text.FullTextSearch")()
