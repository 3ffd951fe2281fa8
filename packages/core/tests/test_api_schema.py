import pytest
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from tests.diary.models import Diary
from tests.factories import UserFactory


@pytest.fixture
def schema(capsys):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert capsys.readouterr().err == ""
    return schema


def header(operation):
    return [p for p in operation.get("parameters", []) if p["in"] == "header"]


def test_unsafe_operations_take_a_key_and_safe_ones_do_not(schema):
    diaries = schema["paths"]["/api/diaries/"]
    (key,) = header(diaries["post"])
    assert (key["name"], key.get("required", False)) == ("Idempotency-Key", False)
    assert header(schema["paths"]["/api/keyed/"]["post"])[0]["required"] is True
    assert not header(diaries["get"])
    assert header(schema["paths"]["/api/diaries/{id}/"]["delete"])


def test_refusals_are_described_in_one_shape(schema):
    post = schema["paths"]["/api/diaries/"]["post"]["responses"]
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "429"} == set(post)
    content = post["400"]["content"]["application/json"]["schema"]
    assert content == {"$ref": "#/components/schemas/ErrorResponse"}
    assert {"200", "400", "401", "403", "404", "429"} == set(
        schema["paths"]["/api/diaries/{id}/"]["get"]["responses"]
    )


def test_parameters_and_bodies_are_described(schema):
    names = {p["name"] for p in schema["paths"]["/api/diaries/"]["get"]["parameters"]}
    assert names == {
        "ordering",
        "owner",
        "page",
        "pages",
        "price_max",
        "price_min",
        "search",
        "size",
        "title",
    }
    assert {p["name"] for p in schema["paths"]["/api/feed/"]["get"]["parameters"]} == {
        "cursor",
        "ordering",
        "size",
    }
    components = schema["components"]["schemas"]
    assert components["PaginatedDiaryList"]["required"] == ["count", "results"]
    assert components["KeysetPaginatedDiaryList"]["required"] == ["results"]
    bid = schema["components"]["schemas"]["Bid"]["properties"]
    assert bid["price"]["type"] == "string"
    assert bid["target"]["required"] == ["type", "id"]


@pytest.fixture
def no_counts():
    cache.clear()
    yield
    cache.clear()


@pytest.mark.django_db
def test_a_scope_with_a_rate_is_limited_per_user(settings, no_counts):
    settings.CHOWK_CORE = {"THROTTLE_RATES": {"diaries": "2/hour"}}
    clients = []
    for _ in range(2):
        client = APIClient()
        client.force_authenticate(UserFactory())
        clients.append(client)
    answers = [clients[0].post("/api/diaries/", {"title": "a"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["errors"][0]["code"] == "throttled"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
    assert clients[1].post("/api/diaries/", {"title": "a"}).status_code == 201
    assert clients[0].get("/api/diaries/").status_code == 200
    assert Diary.objects.count() == 3


@pytest.mark.django_db
def test_a_scope_without_a_rate_is_not_limited(no_counts):
    client = APIClient()
    client.force_authenticate(UserFactory())
    assert {client.post("/api/diaries/", {"title": "a"}).status_code for _ in range(20)} == {201}
