"""How people look on other packages' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from chowk_core.cards import Card


def user_cards(ids: Sequence[str], viewer: Any) -> Mapping[str, Card]:
    """The public name of each active user, whoever asks."""
    try:
        rows = User.objects.filter(pk__in=ids, is_active=True).only("pk", "display_name")
        return {str(user.pk): Card(title=user.display_name) for user in rows}
    except (ValidationError, ValueError):
        return {}
