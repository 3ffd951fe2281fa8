from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from chowk_marketplace.policies import is_staff


class StaffOrReadOnly(BasePermission):
    """Everybody reads, staff write."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or is_staff(request.user)
