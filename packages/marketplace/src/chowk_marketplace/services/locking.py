"""Fetching a row under its lock, and refusing actors. Shared by the services; not public."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from chowk_core.exceptions import NotFound
from chowk_marketplace.exceptions import NotOwner
from chowk_marketplace.models import get_listing_model, get_order_model
from chowk_marketplace.policies import is_staff


def locked(queryset: Any, pk: Any) -> Any:
    """The row ``pk`` of ``queryset``, locked until the transaction ends. Raises NotFound."""
    try:
        return queryset.select_for_update(of=("self",)).get(pk=pk)
    except (queryset.model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise NotFound from error


def locked_listing(pk: Any) -> Any:
    """The listing ``pk`` as the root of its types, locked. Raises NotFound."""
    return locked(get_listing_model().objects.non_polymorphic(), pk)  # type: ignore[attr-defined]


def locked_order(pk: Any) -> Any:
    """The order ``pk``, locked. Raises NotFound."""
    return locked(get_order_model()._default_manager.all(), pk)


def require_owner(listing: Any, actor: Any) -> None:
    """Raises NotOwner unless ``actor`` is the seller, staff, or None (the site itself)."""
    if actor is not None and actor.pk != listing.seller_id and not is_staff(actor):
        raise NotOwner
