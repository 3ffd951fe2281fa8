"""Reads of variants and of what there is of them, scoped to a viewer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from chowk_core.api.texts import is_storable
from chowk_core.exceptions import NotFound
from chowk_marketplace.models import get_stock_change_model, get_variant_model
from chowk_marketplace.policies import is_staff


def manages(viewer: Any, listing: Any) -> bool:
    """Whether ``viewer`` sees and changes everything of ``listing``: its seller, and staff."""
    return is_staff(viewer) or (viewer.is_authenticated and viewer.pk == listing.seller_id)


def visible_variants(viewer: Any, listing: Any) -> QuerySet[Any]:
    """The variants of a listing that ``viewer`` may see, with their stocks, in order.

    Those that are switched off are for who manages the listing. ``listing`` is one that ``viewer`` may see.
    """
    rows = get_variant_model()._default_manager.filter(listing=listing.pk).select_related("stock")
    rows = rows.order_by("position", "pk")
    return rows if manages(viewer, listing) else rows.filter(active=True)


def managed_variant(viewer: Any, listing: Any, key: Any) -> Any:
    """A variant of a listing that ``viewer`` manages, with its stock. Raises NotFound."""
    if not manages(viewer, listing) or not is_storable(str(key)):
        raise NotFound
    rows = visible_variants(viewer, listing)
    try:
        return rows.get(pk=key)
    except (rows.model.DoesNotExist, ValidationError, ValueError) as error:
        raise NotFound from error


def stock_history(variant: Any) -> QuerySet[Any]:
    """What happened to a variant's stock, the latest first, each with its actor."""
    rows = get_stock_change_model()._default_manager.filter(stock=variant.stock.pk)
    return rows.select_related("actor").order_by("-at", "-pk")
