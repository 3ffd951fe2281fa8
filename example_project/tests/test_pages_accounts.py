from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from accounts.throttles import CredentialsThrottle
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

FORM = {"display_name": "New Person", "email": "new@example.com", "password": "a long enough phrase"}


def test_register_signs_in_and_goes_on(client: Client) -> None:
    response = client.post("/register/", FORM | {"next": "/orders/"})
    assert response.status_code == 302
    assert response["Location"] == "/orders/"
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_register_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(client: Client) -> None:
    UserFactory(email="new@example.com")
    page = client.post("/register/", FORM).content.decode()
    assert "There is an account with this email already" in page
    assert 'value="New Person"' in page
    assert 'aria-invalid="true"' in page
    assert FORM["password"] not in page


def test_nobody_is_sent_to_another_site(client: Client) -> None:
    response = client.post("/register/", FORM | {"next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


def test_sign_in_and_out(client: Client, user: User) -> None:
    response = client.post(
        "/sign-in/", {"username": user.email.upper(), "password": PASSWORD, "next": "/wallet/"}
    )
    assert response["Location"] == "/wallet/"
    assert client.get("/wallet/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/wallet/").status_code == 302


def test_wrong_password_and_unknown_address_look_the_same(client: Client, user: User) -> None:
    sentence = "This email and password do not belong together"
    for email in (user.email, "nobody@example.com"):
        page = client.post("/sign-in/", {"username": email, "password": "wrong"}).content.decode()
        assert sentence in page


@pytest.fixture
def shared_cache(settings: Any, redis_url: str) -> None:
    """The cache of a site with several processes. Never emptied, for that would empty all of Redis."""
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": redis_url, "KEY_PREFIX": uuid4().hex}}


@pytest.mark.parametrize(
    "caches", [(), pytest.param(("shared_cache",), marks=pytest.mark.redis)], ids=["own", "shared"]
)
def test_tries_are_counted_over_api_and_pages_together(
    client: Client, user: User, monkeypatch: Any, request: pytest.FixtureRequest, caches: tuple[str, ...]
) -> None:
    for fixture in caches:
        request.getfixturevalue(fixture)
    monkeypatch.setattr(CredentialsThrottle, "THROTTLE_RATES", {"credentials": "2/min"})
    wrong = {"email": user.email, "password": "wrong"}
    assert client.post("/api/token/", wrong, content_type="application/json").status_code == 401
    assert client.post("/sign-in/", {"username": user.email, "password": "wrong"}).status_code == 200
    page = client.post("/sign-in/", {"username": user.email, "password": PASSWORD}, follow=True)
    assert "Too many tries" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_signed_in_people_are_not_asked_again(sign_in: Callable[[Any], Client], user: User) -> None:
    client = sign_in(user)
    assert client.get("/sign-in/").status_code == 302
    assert client.get("/register/").status_code == 302
