"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chowk_core.targets import Target

MOST_STATEMENTS = 16
CARD = {"method": "card", "number": "4242 4242 4242 4242", "expiry": "12/40", "security_code": "123"}
SignIn = Callable[[Any], Client]


def statements(client: Client, url: str) -> int:
    """How many SQL statements a page costs once its caches are warm."""
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, response.content[:500]
    return len(captured)


def pay_url(order: Any) -> str:
    """Where an order is paid."""
    target = Target.of(order)
    return f"/pay/?type={target.type}&id={target.id}"
