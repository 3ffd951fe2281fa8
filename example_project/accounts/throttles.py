"""How often one address may try passwords or open accounts, over the API and the pages together."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class CredentialsThrottle(SimpleRateThrottle):
    """Counts tries per client address, whoever is signed in. The rate is ``credentials``."""

    scope = "credentials"

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}  # type: ignore[arg-type]


def too_many_tries(request: HttpRequest) -> bool:
    """Count a page's try; True where it is one too many."""
    return not CredentialsThrottle().allow_request(request, None)  # type: ignore[arg-type]
