"""Rates by scope, without requiring the site to name every scope."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle

from chowk_core.conf import core_settings


class ScopeThrottle(ScopedRateThrottle):
    """Limits a view's action by its scope: ``throttle_scopes = {"create": "bids"}`` or ``throttle_scope``.

    The rate comes from DRF's DEFAULT_THROTTLE_RATES, else from ``CHOWK_CORE["THROTTLE_RATES"]``; a scope that
    neither names is not limited. Counted per user, or per address for visitors.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        scopes: dict[str, str] = getattr(view, "throttle_scopes", {})
        scope = scopes.get(getattr(view, "action", None) or "") or getattr(view, "throttle_scope", None)
        rates: dict[str, Any] = {**core_settings.THROTTLE_RATES, **api_settings.DEFAULT_THROTTLE_RATES}
        rate = rates.get(scope) if scope else None
        if rate is None:
            return True
        self.scope, self.rate = scope, rate
        self.num_requests, self.duration = self.parse_rate(rate)
        return super(ScopedRateThrottle, self).allow_request(request, view)
