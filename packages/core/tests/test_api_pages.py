import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.test import APIClient

from chowk_core.api.filters import StrictOrderingFilter
from tests.diary.api import DiaryViewSet
from tests.diary.models import Diary
from tests.factories import DiaryFactory, UserFactory


@pytest.fixture
def client(db):
    client = APIClient()
    client.user = UserFactory()
    client.force_authenticate(client.user)
    return client


def titles(response):
    assert response.status_code == 200, response.json()
    return [row["title"] for row in response.json()["results"]]


def walk(client, url, link="next"):
    """The titles of each page from ``url`` on."""
    pages = []
    while url:
        response = client.get(url)
        pages.append(titles(response))
        url = response.json()[link]
    return pages


def test_pages_have_a_count_and_links(client):
    DiaryFactory.create_batch(5, owner=client.user)
    DiaryFactory()
    body = client.get("/api/diaries/?page=2&size=2&ordering=title").json()
    assert (body["count"], len(body["results"])) == (5, 2)
    assert parse_qs(urlsplit(body["next"]).query)["page"] == ["3"]
    assert "page" not in parse_qs(urlsplit(body["previous"]).query)


def test_an_empty_first_page_is_a_page(client):
    assert titles(client.get("/api/diaries/?page=1")) == []
    assert titles(client.get("/api/feed/")) == []


def test_sizes_come_from_the_settings(client, settings):
    settings.CHOWK_CORE = {"PAGE_SIZE": 2, "MAX_PAGE_SIZE": 3}
    DiaryFactory.create_batch(5, owner=client.user)
    assert len(titles(client.get("/api/diaries/"))) == 2
    assert len(titles(client.get("/api/diaries/?size=3"))) == 3
    assert client.get("/api/diaries/?size=4").status_code == 400


def test_rows_with_equal_values_keep_their_place_from_page_to_page(client):
    DiaryFactory.create_batch(7, owner=client.user, pages=1)
    for url in ("/api/diaries/?size=2&ordering=pages", "/api/diaries/?size=2&ordering=-pages"):
        found = [title for page in walk(client, url) for title in page]
        assert len(set(found)) == len(found) == 7


def test_a_view_without_an_ordering_keeps_that_of_the_rows(rf):
    def order(rows):
        request = Request(rf.get("/"))
        return StrictOrderingFilter().filter_queryset(request, rows, DiaryViewSet()).query.order_by

    own = ("content_type__app_label", "content_type__model", "codename")
    assert order(Permission.objects.all()) == (*own, "pk")
    assert order(Permission.objects.order_by("-codename")) == ("-codename", "-pk")
    assert order(Permission.objects.order_by()) == ("pk",)
    assert order(Diary.objects.all()) == ("pk",)


def test_filters_search_and_ordering_work_together(client):
    for title, pages in [("Trip to Lahore", 9), ("Trip to Multan", 5), ("Garden", 7)]:
        DiaryFactory(owner=client.user, title=title, pages=pages)
    assert titles(client.get("/api/diaries/?search=trip&ordering=pages")) == [
        "Trip to Multan",
        "Trip to Lahore",
    ]
    assert titles(client.get("/api/diaries/?pages=7")) == ["Garden"]


def test_price_ranges_filter(client):
    DiaryFactory(owner=client.user, title="cheap", price="5")
    DiaryFactory(owner=client.user, title="dear", price="50")
    assert titles(client.get("/api/diaries/?price_min=10")) == ["dear"]
    assert titles(client.get("/api/diaries/?price_max=10")) == ["cheap"]


@pytest.mark.parametrize("url", ["/api/diaries/", "/api/feed/"])
def test_statements_do_not_grow_with_rows(client, url):
    counts = []
    for _ in range(2):
        DiaryFactory.create_batch(9, owner=client.user)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 2


def test_cursors_walk_through_everything_once_both_ways(client):
    for pages, title in [(1, "d"), (2, "b"), (2, "c"), (3, "a"), (2, "b")]:
        DiaryFactory(owner=client.user, pages=pages, title=title)
    forward = walk(client, "/api/feed/?size=2")
    assert forward == [["a", "b"], ["b", "c"], ["d"]]
    last = client.get("/api/feed/?size=2")
    while last.json()["next"]:
        last = client.get(last.json()["next"])
    assert titles(client.get(last.json()["previous"])) == ["b", "c"]
    back = walk(client, last.json()["previous"], "previous")
    assert back == [["b", "c"], ["a", "b"]]


def test_a_cursor_neither_repeats_nor_skips_when_rows_come_and_go(client):
    rows = [DiaryFactory(owner=client.user, title=f"t{n}", pages=n) for n in range(6)]
    first = client.get("/api/feed/?size=2")
    assert titles(first) == ["t5", "t4"]
    DiaryFactory(owner=client.user, title="newest", pages=99)
    rows[4].delete()
    assert titles(client.get(first.json()["next"])) == ["t3", "t2"]


def test_a_cursor_carries_any_text(client):
    for title in ("a\xa0b", "c\nd", "☃"):
        DiaryFactory(owner=client.user, pages=1, title=title)
    assert walk(client, "/api/feed/?size=1") == [["a\xa0b"], ["c\nd"], ["☃"]]


def test_the_first_page_by_cursor_has_no_previous(client):
    DiaryFactory.create_batch(3, owner=client.user)
    body = client.get("/api/feed/?size=2").json()
    assert body["previous"] is None
    second = client.get(body["next"]).json()
    assert (second["next"], len(second["results"])) == (None, 1)
    assert client.get(second["previous"]).json()["previous"] is None


ELSEWHERE = [
    "x",
    "é",
    "W10",
    "bnVsbA",
    "WzAsInRpdGxlIl0",
    "WzAsIi1wYWdlcyx0aXRsZSxpZCIsMSwyLDNd",
    "%00",
    "eyJhIjoxfQ",
]


@pytest.mark.parametrize("cursor", [*ELSEWHERE, "W" * 3000])
def test_a_cursor_from_elsewhere_is_refused(client, cursor):
    response = client.get(f"/api/feed/?cursor={cursor}")
    error = response.json()["errors"][0]
    assert (response.status_code, error["code"], error["attr"]) == (400, "invalid_cursor", "cursor")


def test_a_cursor_with_another_order_or_wrong_values_is_refused(client):
    DiaryFactory.create_batch(3, owner=client.user)
    url = client.get("/api/feed/?size=1").json()["next"]
    assert client.get(f"{url}&ordering=title").json()["errors"][0]["code"] == "invalid_cursor"
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("value", ["\x00", "\ud800", "x" * 101, 5, None])
def test_a_cursor_with_a_forged_value_is_refused(client, value):
    DiaryFactory.create_batch(2, owner=client.user)
    url = client.get("/api/feed/?size=1").json()["next"]
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    parts = json.loads(urlsafe_b64decode(cursor + "=="))
    parts[3] = value
    forged = urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    response = client.get("/api/feed/", {"cursor": forged})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "invalid_cursor")


def test_an_object_can_be_read_created_and_deleted(client):
    created = client.post("/api/diaries/", {"title": "Mine", "price": {"amount": "5", "currency": "PKR"}})
    assert created.status_code == 201
    url = f"/api/diaries/{created.json()['id']}/"
    assert client.get(url).json()["price"] == {"amount": "5.00", "currency": "PKR"}
    assert client.delete(url).status_code == 204
    assert not Diary.objects.exists()
