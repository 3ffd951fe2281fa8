"""Reads of seller profiles and stores. Both are public, but for profiles that their sellers closed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chowk_core.api.texts import is_storable
from chowk_core.exceptions import NotFound
from chowk_marketplace.models import get_listing_model, get_seller_profile_model, get_store_model
from chowk_marketplace.policies import is_staff


def seller_profiles(viewer: Any = None) -> QuerySet[Any]:
    """The profiles that are not closed, and the viewer's own; staff see all. With users, newest first."""
    rows = get_seller_profile_model()._default_manager.select_related("user")
    if is_staff(viewer):
        return rows
    shown = Q(closed_at=None)
    known = viewer is not None and viewer.is_authenticated
    return rows.filter(shown | Q(user=viewer.pk) if known else shown)


def stores() -> QuerySet[Any]:
    """All stores with their owners' profiles and ``listing_count`` (active), by name."""
    listings = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
    active = (
        listings.filter(Q(status="active"), store=OuterRef("pk"))
        .order_by()
        .values("store")
        .annotate(total=Count("pk"))
        .values("total")
    )
    rows = get_store_model()._default_manager.select_related("owner", "owner__seller_profile")
    return rows.annotate(listing_count=Coalesce(Subquery(active), 0))


def store_for(slug: str) -> Any:
    """The store at ``slug``. Raises NotFound."""
    found = stores().filter(slug=slug).first() if is_storable(slug) else None
    if found is None:
        raise NotFound
    return found
