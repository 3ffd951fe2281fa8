from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.throttles import CredentialsThrottle
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = {"email": "New.Person@Example.com", "password": "a long enough phrase", "display_name": "New Person"}


def codes(response: Any) -> set[tuple[str | None, str]]:
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def test_register_opens_an_account_and_hides_the_password(api: APIClient) -> None:
    response = api.post("/api/auth/register/", NEW)
    assert response.status_code == 201, response.json()
    assert response.json()["email"] == "new.person@example.com"
    assert "password" not in response.json()
    assert User.objects.get().check_password(NEW["password"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"email": "no address"}, ("email", "invalid")),
        ({"email": ""}, ("email", "blank")),
        ({"password": "short"}, ("password", "password_too_short")),
        ({"password": "12345678901"}, ("password", "password_entirely_numeric")),
        ({"password": "new.person@example.com"}, ("password", "password_too_similar")),
        ({"display_name": " "}, ("display_name", "blank")),
        ({"display_name": "x" * 61}, ("display_name", "max_length")),
        ({"kind": "robot"}, ("kind", "invalid_choice")),
        ({"display_name": "a\x00b"}, ("display_name", "null_characters_not_allowed")),
    ],
)
def test_register_refuses_with_a_stable_code(api: APIClient, change: Any, expected: Any) -> None:
    response = api.post("/api/auth/register/", NEW | change)
    assert response.status_code == 400
    assert expected in codes(response)
    assert not User.objects.exists()


def test_an_email_has_one_account_whatever_its_case(api: APIClient) -> None:
    UserFactory(email="new.person@example.com")
    response = api.post("/api/auth/register/", NEW | {"email": "NEW.person@EXAMPLE.com"})
    assert response.status_code == 400
    assert codes(response) == {("email", "email_taken")}
    assert User.objects.count() == 1


def test_token_by_email_in_any_case_opens_the_profile(api: APIClient, user: User) -> None:
    pair = api.post("/api/token/", {"email": user.email.upper(), "password": PASSWORD}).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    profile = api.get("/api/auth/profile/")
    assert profile.status_code == 200
    assert profile.json()["id"] == str(user.pk)


def test_wrong_password_unknown_and_closed_accounts_get_one_answer(api: APIClient, user: User) -> None:
    closed = UserFactory(is_active=False)
    answers = {
        (response.status_code, response.content)
        for response in (
            api.post("/api/token/", {"email": email, "password": password})
            for email, password in (
                (user.email, "wrong"),
                ("nobody@example.com", PASSWORD),
                (closed.email, PASSWORD),
            )
        )
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401


def test_refresh_rotates_and_kills_the_old_token(api: APIClient, user: User) -> None:
    pair = api.post("/api/token/", {"email": user.email, "password": PASSWORD}).json()
    second = api.post("/api/token/refresh/", {"refresh": pair["refresh"]})
    assert second.status_code == 200
    assert second.json()["refresh"] != pair["refresh"]
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert api.post("/api/token/refresh/", {"refresh": second.json()["refresh"]}).status_code == 200


def test_blacklist_signs_out(api: APIClient, user: User) -> None:
    pair = api.post("/api/token/", {"email": user.email, "password": PASSWORD}).json()
    assert api.post("/api/token/blacklist/", {"refresh": pair["refresh"]}).status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_changed_password_kills_access_tokens(api: APIClient, user: User) -> None:
    pair = api.post("/api/token/", {"email": user.email, "password": PASSWORD}).json()
    user.set_password("something else entirely")
    user.save()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert api.get("/api/auth/profile/").status_code == 401


def test_profile_is_ones_own_and_the_email_stays(api: APIClient, user: User) -> None:
    assert api.get("/api/auth/profile/").status_code == 401
    api.force_authenticate(user)
    response = api.patch("/api/auth/profile/", {"display_name": "Renamed", "email": "other@example.com"})
    assert response.status_code == 200
    user.refresh_from_db()
    assert (user.display_name, response.json()["email"]) == ("Renamed", user.email)


def test_passwords_cannot_be_tried_without_end(api: APIClient, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(CredentialsThrottle, "THROTTLE_RATES", {"credentials": "3/min"})
    tries = [api.post("/api/token/", {"email": user.email, "password": "wrong"}) for _ in range(4)]
    assert [response.status_code for response in tries] == [401, 401, 401, 429]
    assert int(tries[-1]["Retry-After"]) > 0


def test_superuser_is_made_from_the_command_line(db: None) -> None:
    boss = User.objects.create_superuser("Boss@Example.com", "a long enough phrase")
    assert boss.is_staff
    assert boss.email == "boss@example.com"
    with pytest.raises(ValueError, match="email"):
        User.objects.create_user("")
