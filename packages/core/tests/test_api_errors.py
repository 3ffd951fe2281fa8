import json
import uuid
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from tests.diary.models import Diary, Entry
from tests.factories import DiaryFactory, UserFactory

HANDLERS = [
    "rest_framework.views.exception_handler",
    "chowk_core.api.errors.exception_handler",
    "drf_standardized_errors.handler.exception_handler",
]


@pytest.fixture(params=HANDLERS, ids=["drf", "ours", "standardized"])
def handler(request, settings):
    """The whole module runs under DRF's exception handler, ours, and drf-standardized-errors'."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": request.param}
    settings.DRF_STANDARDIZED_ERRORS = {
        "EXCEPTION_HANDLER_CLASS": "chowk_core.api.standardized.ExceptionHandler"
    }
    return request.param


@pytest.fixture
def client(handler, db):
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(UserFactory())
    client.user = client.handler._force_user
    return client


def one(response, status, code, attr=None, kind="client_error"):
    body = response.json()
    assert response.status_code == status, body
    assert body["type"] == kind
    (error,) = body["errors"]
    assert (error["code"], error["attr"]) == (code, attr)
    assert error["detail"]
    return error["detail"]


def test_a_domain_error_has_its_status_and_code(client):
    detail = one(client.post("/api/write/", {"text": "a", "fail": "conflict"}), 409, "conflict")
    assert detail == "The state of this object does not allow that."
    assert not Entry.objects.exists() or Entry.objects.count() == 1


def test_a_domain_error_about_a_field_is_a_validation_error(client):
    response = client.post("/api/diaries/", {"title": "Mine", "pages": 501})
    assert one(response, 400, "too_many_pages", "pages", "validation_error") == "At most 500 pages."
    assert not Diary.objects.exists()


def test_a_policys_refusal_has_its_own_code(client):
    detail = one(client.post("/api/write/", {"text": "a", "fail": "refuse"}), 403, "suspended")
    assert detail == "Your account is suspended."


def test_invalid_input_names_each_field(client):
    response = client.post("/api/diaries/", {"title": "", "pages": "many"})
    body = response.json()
    assert (response.status_code, body["type"]) == (400, "validation_error")
    assert {(e["attr"], e["code"]) for e in body["errors"]} == {("title", "blank"), ("pages", "invalid")}


def test_someone_elses_object_is_not_there(client):
    mine, theirs = DiaryFactory(owner=client.user), DiaryFactory()
    assert client.get(f"/api/diaries/{mine.pk}/").status_code == 200
    one(client.get(f"/api/diaries/{theirs.pk}/"), 404, "not_found")
    one(client.delete(f"/api/diaries/{theirs.pk}/"), 404, "not_found")
    one(client.post(f"/api/diaries/{theirs.pk}/close/"), 404, "not_found")
    one(client.post(f"/api/diaries/{mine.pk}/close/"), 409, "conflict")
    assert Diary.objects.count() == 2


@pytest.mark.parametrize(
    "key", ["1", "x", "%00", "%0a", "%ff", "%ed%a0%80", "9" * 400, str(uuid.uuid4()) + "0", "☃", "null", "-"]
)
def test_a_malformed_key_is_not_found(client, key):
    one(client.get(f"/api/diaries/{key}/"), 404, "not_found")


@pytest.mark.parametrize("key", ["%00", "a%00b", "%ed%a0%80", "x" * 5000, "☃"])
def test_a_malformed_text_key_is_not_found(client, key):
    one(client.get(f"/api/titles/{key}/"), 404, "not_found")


@pytest.mark.parametrize("title", ["two words", "no\xa0break", "☃", "a'b\"c;--"])
def test_any_text_may_be_a_key(client, title):
    DiaryFactory(owner=client.user, title=title)
    assert client.get(f"/api/titles/{quote(title)}/").json()["title"] == title


def test_a_visitor_is_told_to_sign_in(handler, db):
    response = APIClient().post("/api/diaries/", {"title": "Mine"})
    one(response, 403, "not_authenticated")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b'{"title": NaN}', "parse_error"),
        (b'{"pages": 1e999}', "parse_error"),
        (b"[" * 200_000, "parse_error"),
        (b'{"pages": ' + b"9" * 5000 + b"}", "parse_error"),
        (b'{"title": "\xff"}', "parse_error"),
    ],
    ids=["cut", "nan", "infinite", "deep", "long", "latin"],
)
def test_json_that_is_not_json_is_refused(client, body, code):
    response = client.generic("POST", "/api/diaries/", body, content_type="application/json")
    one(response, 400, code)
    assert not Diary.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "true", "[[1]]"])
def test_json_of_another_type_is_refused(client, body):
    response = client.generic("POST", "/api/diaries/", body, content_type="application/json")
    one(response, 400, "invalid", "non_field_errors", "validation_error")


def test_an_unknown_charset_is_refused(client):
    response = client.generic("POST", "/api/diaries/", "{}", content_type="application/json; charset=klingon")
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("value", "attr", "code"),
    [
        ({"title": "a\x00b"}, "title", "null_characters_not_allowed"),
        ({"title": "\ud800"}, "title", "surrogate_characters_not_allowed"),
        ({"title": ["a"]}, "title", "invalid"),
        ({"title": {"a": 1}}, "title", "invalid"),
        ({"title": "a", "pages": 2**63}, "pages", "max_value"),
        ({"title": "a", "pages": 10**300}, "pages", "max_value"),
        ({"title": "a", "pages": 1.5}, "pages", "invalid"),
    ],
)
def test_wrong_values_are_refused(client, value, attr, code):
    body = json.dumps(value)  # in ASCII, as the renderer could not encode a lone surrogate
    response = client.generic("POST", "/api/diaries/", body, content_type="application/json")
    one(response, 400, code, attr, "validation_error")
    assert not Diary.objects.exists()


@pytest.mark.parametrize(
    ("query", "code", "attr", "status"),
    [
        ("page=0", "invalid_page", "page", 400),
        ("page=-1", "invalid_page", "page", 400),
        ("page=x", "invalid_page", "page", 400),
        ("page=", "invalid_page", "page", 400),
        ("page=1.5", "invalid_page", "page", 400),
        ("page=last", "invalid_page", "page", 400),
        ("page=" + "9" * 30, "invalid_page", "page", 400),
        ("page=2", "page_not_found", None, 404),
        ("page=9999999999", "page_not_found", None, 404),
        ("size=0", "invalid_page_size", "size", 400),
        ("size=101", "invalid_page_size", "size", 400),
        ("size=ten", "invalid_page_size", "size", 400),
        ("size=" + "1" * 5000, "invalid_page_size", "size", 400),
        ("size=%00", "invalid_page_size", "size", 400),
        ("ordering=owner", "unknown_ordering", "ordering", 400),
        ("ordering=-title,nonsense", "unknown_ordering", "ordering", 400),
        ("ordering=owner__password", "unknown_ordering", "ordering", 400),
        ("colour=red", "unknown_filter", "colour", 400),
        ("owner__password=x", "unknown_filter", "owner__password", 400),
        ("cursor=x", "unknown_filter", "cursor", 400),
        ("%00=x", "unknown_filter", "\\x00", 400),
        ("pages=x", "invalid", "pages", 400),
        ("owner=999", "invalid_choice", "owner", 400),
        ("owner=" + "9" * 30, "invalid_choice", "owner", 400),
        ("title=%00", "null_characters_not_allowed", "title", 400),
        ("search=%00", "null_characters_not_allowed", None, 400),
        ("price_min=x", "invalid", "price", 400),
    ],
)
def test_wrong_query_parameters_are_refused(client, query, code, attr, status):
    kind = "validation_error" if status == 400 else "client_error"
    one(client.get(f"/api/diaries/?{query}"), status, code, attr, kind)


@pytest.mark.parametrize(
    "query", ["price_min=1e49", "price_max=-1e49", "pages=1e49", "pages=99999999999999999999"]
)
def test_filters_out_of_range_find_nothing_or_are_refused(client, query):
    DiaryFactory(owner=client.user, price="5")
    response = client.get(f"/api/diaries/?{query}")
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert response.json()["count"] == 0


def test_what_the_database_cannot_hold_is_the_clients_error(client, caplog):
    one(client.post("/api/write/", {"text": "a", "fail": "overflow"}), 400, "invalid_value")
    assert "passed validation that cannot be stored" in caplog.text


def test_too_large_a_request_is_refused(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post("/api/write/", {"text": "a" * 200}, HTTP_IDEMPOTENCY_KEY="k")
    one(response, 413, "request_too_large")


def test_a_crash_is_a_500_and_not_dressed_up(client):
    response = client.post("/api/write/", {"text": "a", "fail": "crash"})
    assert response.status_code == 500


def test_the_sites_own_views_share_the_shape(client, handler):
    if handler == "rest_framework.views.exception_handler":
        return  # the site's choice
    one(client.get("/api/plain/missing/"), 404, "not_found")
    DiaryFactory(title="here")
    one(client.get("/api/plain/here/"), 400, "too_many_pages", "pages", "validation_error")


def test_method_and_media_type_errors_have_the_shape(client):
    one(client.put("/api/write/", {}), 405, "method_not_allowed")
    one(client.generic("POST", "/api/write/", "<a/>", content_type="text/xml"), 415, "unsupported_media_type")
