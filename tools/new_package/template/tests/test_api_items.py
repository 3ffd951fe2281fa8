from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import ItemFactory, UserFactory

pytestmark = pytest.mark.django_db
ITEMS = "/api/__name__/items/"


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_person_adds_and_sees_own_items_only() -> None:
    other = ItemFactory()
    client = signed_in(UserFactory())
    made = client.post(ITEMS, {"title": "A lamp"}, content_type="application/json")
    assert made.status_code == 201
    assert [item["title"] for item in client.get(ITEMS).json()["results"]] == ["A lamp"]
    assert client.get(f"{ITEMS}{made.json()['id']}/").json()["title"] == "A lamp"
    assert client.get(f"{ITEMS}{other.pk}/").status_code == 404


def test_a_taken_title_is_409_with_its_code() -> None:
    item = ItemFactory()
    again = signed_in(item.owner).post(ITEMS, {"title": item.title}, content_type="application/json")
    assert again.status_code == 409
    assert again.json()["errors"][0]["code"] == "title_taken"


def test_a_visitor_is_turned_away() -> None:
    assert Client().get(ITEMS).status_code == 403


def test_queries_do_not_grow_with_rows(django_assert_max_num_queries: pytest.FixtureRequest) -> None:
    owner = UserFactory()
    for _ in range(5):
        ItemFactory(owner=owner)
    client = signed_in(owner)
    with django_assert_max_num_queries(4):
        assert len(client.get(ITEMS).json()["results"]) == 5
