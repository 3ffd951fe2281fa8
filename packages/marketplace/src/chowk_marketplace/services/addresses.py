"""Where users have things sent."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from chowk_marketplace.exceptions import InvalidPlace
from chowk_marketplace.models import get_address_model
from chowk_marketplace.services.locking import locked


@transaction.atomic
def save_address(*, user: Any, address: Any = None, **fields: Any) -> Any:
    """Add an address of ``user``, or change ``address``. The first one, or one with ``is_default``, is the
    default, and no other is. Locks the user. Raises InvalidPlace (no city, or one of another country)."""
    locked(get_user_model()._default_manager.all(), user.pk)
    row = address or get_address_model()(user=user)
    for name, value in fields.items():
        setattr(row, name, value)
    if row.city is None and not row.city_name:
        raise InvalidPlace
    if row.city is not None and row.city.province.country != row.country:
        raise InvalidPlace
    others = get_address_model()._default_manager.filter(user=user).exclude(pk=row.pk)
    row.is_default = row.is_default or not others.filter(is_default=True).exists()
    if row.is_default:
        others.filter(is_default=True).update(is_default=False)
    row.save()
    return row


@transaction.atomic
def delete_address(*, address: Any) -> None:
    """Remove an address; the newest other one becomes the default if it was. Locks its user."""
    locked(get_user_model()._default_manager.all(), address.user_id)
    rows = get_address_model()._default_manager.filter(user=address.user_id)
    rows.filter(pk=address.pk).delete()
    newest = rows.order_by("-created_at", "pk").first()
    if newest is not None and not rows.filter(is_default=True).exists():
        rows.filter(pk=newest.pk).update(is_default=True)
