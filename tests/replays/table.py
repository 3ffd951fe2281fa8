"""The table: what to send to each endpoint, by the method of the view that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLResolver, get_resolver
from rest_framework.response import Response
from rest_framework.test import APIClient

PACKAGES = ("chowk_marketplace.", "chowk_auctions.", "chowk_payments.")
UNSAFE = ("post", "put", "patch", "delete")


@dataclass(frozen=True)
class Scene:
    """A request that is ready to be sent, and by whom."""

    user: Any
    path: str
    body: dict[str, Any] | Callable[[], dict[str, Any]] = field(default_factory=dict)
    verb: str = "post"
    format: str = "json"

    def send(self, key: str, **more: Any) -> Response:
        """Send it under ``key``, with ``more`` in its body."""
        client = APIClient()
        client.force_authenticate(self.user)
        body = {**(self.body() if callable(self.body) else self.body), **more}
        answer: Response = getattr(client, self.verb)(
            f"/api/{self.path}", body, format=self.format, headers={"Idempotency-Key": key}
        )
        return answer


Maker = Callable[[], Scene]

TABLE: dict[str, Maker] = {}

ELSEWHERE = {
    "WebhookView.post": "gateways send no key: each event once, by its own id (test_webhook_storm)",
    "ConnectedAccountViewSet.create": "needs a payment provider: payments' tests of Stripe have one",
    "ConnectedAccountViewSet.onboarding": "needs a payment provider, and changes nothing here",
}
"""Endpoints without a row, and why."""


def row(endpoint: str) -> Callable[[Maker], Maker]:
    """Names the endpoint that a scene is for, as ``ViewSet.method``."""

    def put(maker: Maker) -> Maker:
        assert endpoint not in TABLE, endpoint
        TABLE[endpoint] = maker
        return maker

    return put


def endpoints() -> set[str]:
    """Every unsafe method of the packages' views that the site's addresses lead to."""
    return {
        method.__qualname__
        for view in _views(get_resolver().url_patterns)
        for method in _methods(view)
        if method.__module__.startswith(PACKAGES)
    }


def _views(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        elif hasattr(pattern.callback, "cls"):
            yield pattern.callback


def _methods(view: Any) -> Iterator[Any]:
    actions = getattr(view, "actions", None) or {verb: verb for verb in UNSAFE if hasattr(view.cls, verb)}
    for verb, name in actions.items():
        if verb in UNSAFE:
            yield getattr(view.cls, name)
