"""Reads of wishes, alerts, saved searches and views: each user's own, of listings that they may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from chowk_marketplace import selectors
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.guests import fingerprint
from chowk_marketplace.models import (
    get_price_alert_model,
    get_saved_search_match_model,
    get_saved_search_model,
    get_view_model,
    get_wish_model,
)


def wishes(viewer: Any) -> Any:
    """The viewer's wishes with their listings' cards, newest first."""
    return _of_listings(_own(get_wish_model(), viewer), viewer)


def price_alerts(viewer: Any) -> Any:
    """The viewer's price alerts with their listings' cards, newest first."""
    return _of_listings(_own(get_price_alert_model(), viewer), viewer)


def saved_searches(viewer: Any) -> QuerySet[Any]:
    """The viewer's saved searches, newest first."""
    return _own(get_saved_search_model(), viewer)


def matches_of(viewer: Any, search: Any) -> Any:
    """The listings that a saved search of the viewer was told of, newest match first."""
    matches = get_saved_search_match_model()._default_manager.filter(search=search)
    rows = selectors.visible_listings(viewer).filter(pk__in=matches.values("listing"))
    return selectors.for_cards(rows).order_by("-activated_at", "-pk")


def recently_viewed(viewer: Any, session_key: str = "") -> Any:
    """What the viewer, or the visitor of a session, looked at last, newest first."""
    views = get_view_model()._default_manager
    if viewer is not None and viewer.is_authenticated:
        own = views.filter(user=viewer)
    else:
        own = views.filter(user=None, visitor=fingerprint(session_key)) if session_key else views.none()
    return _of_listings(own, viewer).order_by("-viewed_at", "-pk")


def wished(viewer: Any, listings: Any) -> set[Any]:
    """The keys of those of ``listings`` that the viewer wishes for."""
    if viewer is None or not viewer.is_authenticated:
        return set()
    keys = [listing.pk for listing in listings]
    return set(_own(get_wish_model(), viewer).filter(listing__in=keys).values_list("listing", flat=True))


def similar_listings(viewer: Any, listing: Any) -> Any:
    """Listings like ``listing``, the likest first, as ``SIMILAR`` finds them."""
    rows = selectors.visible_listings(viewer, type(listing))
    return selectors.for_cards(marketplace_settings.SIMILAR(listing=listing, rows=rows))


def _own(model: type[Any], viewer: Any) -> Any:
    rows = model._default_manager
    return rows.filter(user=viewer) if viewer is not None and viewer.is_authenticated else rows.none()


def _of_listings(rows: Any, viewer: Any) -> Any:
    visible = selectors.visible_listings(viewer)
    cards = Prefetch("listing", queryset=selectors.for_cards(visible))
    return rows.filter(listing__in=visible.order_by().values("pk")).prefetch_related(cards)
