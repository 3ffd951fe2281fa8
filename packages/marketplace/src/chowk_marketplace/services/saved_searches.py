"""Saved searches, and which of them a listing fits.

A search's filters are kept twice: as they were sent, and as criteria in rows. A listing is turned into the
same terms and numbers, and finds its searches by one statement, however many searches there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from chowk_core.publishing import publish, publish_all
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import MatchingContinued, SavedSearchMatched
from chowk_marketplace.exceptions import EmptySearch, TooManySearches, UnsavableFilter
from chowk_marketplace.facets import LISTING_FACETS, Facet
from chowk_marketplace.listing_types import PlainListing, listing_type, type_name, type_of
from chowk_marketplace.models import (
    get_category_model,
    get_listing_model,
    get_saved_search_criterion_model,
    get_saved_search_match_model,
    get_saved_search_model,
)
from chowk_marketplace.search.words import words_of

EXACT = ("category", "currency", "seller", "store")
MOST_WORDS = 500
"""So many different words of a listing are looked for."""
TRIES = 5
Query = Mapping[str, list[str]]


@transaction.atomic
def save_search(*, user: Any, name: str, query: Query, listing_type: str = "", alerts: bool = True) -> Any:
    """Keep a search of ``user``. ``query`` holds the valid filters of a list by name, each with its values.

    Raises EmptySearch, UnsavableFilter, TooManySearches, UnknownListingType.
    """
    searches = get_saved_search_model()._default_manager
    if searches.filter(user=user).count() >= marketplace_settings.SAVED_SEARCHES:
        raise TooManySearches(most=marketplace_settings.SAVED_SEARCHES)
    search = searches.model(user=user, name=name, listing_type=listing_type, alerts=alerts)
    _write(search, normalised(query))
    return search


@transaction.atomic
def update_search(*, search: Any, **changes: Any) -> Any:
    """Change name, alerts, query or listing type of a search. Locks it. Raises as ``save_search`` does."""
    search = get_saved_search_model()._default_manager.select_for_update().get(pk=search.pk)
    for field in ("name", "alerts", "listing_type"):
        setattr(search, field, changes.get(field, getattr(search, field)))
    _write(search, normalised(changes["query"]) if "query" in changes else search.query)
    return search


@transaction.atomic
def delete_search(*, search: Any) -> None:
    """Forget a saved search."""
    search.delete()


@transaction.atomic
def tell_saved_searches(*, listing: Any) -> int:
    """Tell the saved searches that an active listing fits, each of it once; return how many that were.

    At most FAN_OUT_BATCH of them: where more may wait, ``marketplace.matching_continued`` has its handler go
    on in a transaction of its own, so that a killed process loses none. The seller's own searches are not
    told. Locks nothing: that a search was told is a row, which there is once.
    """
    rows: Any = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
    root = rows.filter(pk=listing.pk, status="active").first()
    if root is None:
        return 0
    found = _take_batch(root)
    publish_all(
        [
            SavedSearchMatched(
                search_id=str(search.pk),
                user_id=str(search.user_id),
                search_name=search.name,
                listing_id=str(root.pk),
                title=root.title,
            )
            for search in found
        ]
    )
    if len(found) == marketplace_settings.FAN_OUT_BATCH:
        publish(MatchingContinued(listing_id=str(root.pk)), stream=f"marketplace.listing:{root.pk}")
    return len(found)


def _take_batch(root: Any) -> list[Any]:
    """Some of the searches that were not told of a listing, noted as told.

    Raises IntegrityError where others are so quick that there is a search to collide about each time.
    """
    matches = get_saved_search_match_model()
    waiting = (
        searches_for(root.get_real_instance())
        .filter(alerts=True)
        .exclude(user=root.seller_id)
        .exclude(pk__in=matches._default_manager.filter(listing=root.pk).values("search"))
        .order_by("pk")[: marketplace_settings.FAN_OUT_BATCH]
    )
    for attempt in range(1, TRIES + 1):
        found = list(waiting.all())
        try:
            with transaction.atomic():
                matches._default_manager.bulk_create(
                    matches(search=search, listing_id=root.pk) for search in found
                )
        except IntegrityError:  # somebody told one of them at the same moment: it no longer waits
            if attempt == TRIES:
                raise
        else:
            return found
    raise AssertionError("the loop returns or raises")


def searches_for(listing: Any) -> Any:
    """The saved searches that a listing fits, whoever's they are."""
    terms, numbers, words = _values_of(listing)
    holds = Q(field__in=[f"word:{word}" for word in words], value="")
    for field, values in terms.items():
        holds |= Q(field=field, value__in=list(values))
    for field, number in numbers.items():
        above = Q(low__isnull=True) | Q(low__lte=number)
        holds |= above & (Q(high__isnull=True) | Q(high__gte=number)) & Q(field=field, value="")
    met = (
        get_saved_search_criterion_model()
        ._default_manager.filter(holds)
        .values("search")
        .annotate(met=Count("field", distinct=True))
        .filter(met=F("search__criteria_count"))
    )
    return get_saved_search_model()._default_manager.filter(pk__in=met.values("search"))


def normalised(query: Query) -> dict[str, list[str]]:
    """The query with sorted names and values, without empty ones: equal searches are kept equally."""
    cleaned = {
        name: sorted({str(value).strip() for value in values if str(value).strip()})
        for name, values in sorted(query.items())
    }
    return {name: values for name, values in cleaned.items() if values}


def _write(search: Any, query: dict[str, list[str]]) -> None:
    kind = listing_type(search.listing_type) if search.listing_type else PlainListing()
    criteria = list(_criteria(kind, search.listing_type, query))
    if not criteria:
        raise EmptySearch
    search.query = query
    search.criteria_count = len({criterion["field"] for criterion in criteria})
    search.save()
    rows = get_saved_search_criterion_model()
    rows._default_manager.filter(search=search).delete()
    rows._default_manager.bulk_create(rows(search=search, **criterion) for criterion in criteria)


def _criteria(kind: Any, type_named: str, query: Query) -> Iterable[dict[str, Any]]:
    facets: dict[str, Facet] = {
        name: facet for facet in (*LISTING_FACETS, *kind.facets) for name in facet.parameters
    }
    if type_named:
        yield {"field": "type", "value": type_named}
    ranges: dict[str, dict[str, Any]] = {}
    for name, values in query.items():
        facet = facets.get(name)
        if facet is not None and facet.kind == "range":
            number = _number(name, values[0])
            ends = (
                ("low",) if name.endswith("_min") else ("high",) if name.endswith("_max") else ("low", "high")
            )
            ranges.setdefault(facet.name, {"field": facet.name}).update(dict.fromkeys(ends, number))
        elif name == "search":
            yield from ({"field": f"word:{word}"} for word in words_of(" ".join(values)))
        elif name == "type":
            yield {"field": "type", "value": values[0]}
        elif facet is not None or name in EXACT or name in kind.exact_filters:
            for value in values:
                yield {"field": name, "value": _term(value)}
        else:
            raise UnsavableFilter(name=name)
    yield from ranges.values()


def _term(text: str) -> str:
    """A value as it is compared: whatever its case, and the blanks after its commas."""
    return ",".join(piece.strip() for piece in text.casefold().split(","))[:140]


def _number(name: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise UnsavableFilter(name=name) from error


def _values_of(listing: Any) -> tuple[dict[str, set[str]], dict[str, Any], list[str]]:
    kind = type_of(type(listing))
    category: Any = listing.category
    paths = get_category_model().ancestor_paths(category.path)
    above = get_category_model()._default_manager.filter(path__in=paths).values_list("slug", "pk")
    terms: dict[str, set[str]] = {
        "type": {type_name(type(listing))},
        "category": {str(key).casefold() for pair in above for key in pair},
        "seller": {str(listing.seller_id).casefold()},
        "currency": {listing.price.currency.code.casefold()} if listing.price is not None else set(),
        "store": {listing.store.slug.casefold()} if listing.store is not None else set(),
    }
    numbers: dict[str, Any] = {}
    for facet in (*LISTING_FACETS, *kind.facets):
        for value in _column(listing, facet.column.split("__")):
            if facet.kind == "range":
                numbers[facet.name] = getattr(value, "amount", value)
            else:
                terms.setdefault(facet.name, set()).add(_term(str(getattr(value, "code", value))))
    for name, values in kind.exact_terms(listing).items():
        terms.setdefault(name, set()).update(_term(value) for value in values)
    return terms, numbers, words_of(listing.search_text)[:MOST_WORDS]


def _column(row: Any, steps: list[str]) -> list[Any]:
    """The values that a column, or a path of relations to one, has for ``row``."""
    value = getattr(row, steps[0], None)
    if value is None or value == "":
        return []
    if len(steps) == 1:
        return [value]
    rows = value.all() if hasattr(value, "all") else [value]
    return [found for one in rows for found in _column(one, steps[1:])]
