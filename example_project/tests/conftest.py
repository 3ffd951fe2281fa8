from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Throttles count in the cache."""
    cache.clear()


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def user(db: None) -> Any:
    return UserFactory()


@pytest.fixture
def sign_in() -> Callable[[Any], Client]:
    """A browser in which a user is signed in."""

    def signed_in(user: Any) -> Client:
        client = Client()
        assert client.login(username=user.email, password=PASSWORD)
        return client

    return signed_in
