import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import encode_multipart
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_core import idempotency
from chowk_core.api.idempotency import keyed
from chowk_core.idempotency import Answer, Hold, KeyedRequest, KeyInProgress
from chowk_core.models import IdempotencyKey
from tests.diary.models import Entry
from tests.factories import UserFactory
from tests.threads import at_once

URL = "/api/write/"
GATEWAY = "/api/gateway/"


def client_for(user):
    client = APIClient(raise_request_exception=False)
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def send(user):
    """POST with a key: ``send("a", key="k")``."""
    client = client_for(user)

    def post(text="a", *, key="k", url=URL, **data):
        return client.post(url, {"text": text, **data}, headers={"Idempotency-Key": key})

    return post


def code(response):
    return response.json()["errors"][0]["code"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", [URL, GATEWAY])
def test_the_same_request_again_has_no_effect_and_the_same_answer(send, url):
    first, again = send(url=url), send(url=url)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_key_or_with_another_each_request_counts(send, user):
    send(key="k1")
    send(key="k2")
    client_for(user).post(URL, {"text": "a"})
    client_for(user).post(URL, {"text": "a"})
    assert Entry.objects.count() == 4
    assert IdempotencyKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_another_body_path_or_method_with_the_key_is_refused(send, user):
    send("a")
    other = send("b")
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert send("a", url=GATEWAY).status_code == 422
    assert send("a", url=f"{URL}?x=1").status_code == 422
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_keys_are_per_user_and_per_address(send):
    send("a")
    other = client_for(UserFactory()).post(URL, {"text": "b"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 201
    for address, text in [("10.0.0.1", "c"), ("10.0.0.2", "d")]:
        visitor = APIClient(REMOTE_ADDR=address)
        assert visitor.post(URL, {"text": text}, headers={"Idempotency-Key": "k"}).status_code == 201
    assert Entry.objects.count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "é", "k" * 256])
def test_a_malformed_key_is_refused(send, key):
    response = send(key=key)
    assert (response.status_code, code(response)) == (400, "idempotency_key_invalid")
    assert not Entry.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_longest_key_is_fine(send):
    assert send(key="k" * 255).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_view_may_insist_on_a_key(send, user):
    response = client_for(user).post("/api/keyed/", {"text": "a"})
    assert (response.status_code, code(response)) == (400, "idempotency_key_required")
    assert send(url="/api/keyed/").status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("data", "status"),
    [({"fail": "conflict"}, 409), ({"fail": "refuse"}, 403), ({"fail": "crash"}, 500), ({"fail": "?"}, 400)],
)
def test_an_error_changes_nothing_and_frees_the_key(send, data, status):
    assert send(**data).status_code == status
    assert not Entry.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert send("b").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_returned_refusal_is_an_answer_and_is_stored(send):
    first, again = send(fail="answer_402"), send(fail="answer_402")
    assert (first.status_code, again.status_code) == (402, 402)
    assert first.content == again.content
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_returned_503_is_rolled_back_and_not_stored(send):
    assert send(fail="answer_503").status_code == 503
    assert not Entry.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_atomic_an_error_keeps_its_effect_and_frees_the_key(send):
    assert send(url=GATEWAY, fail="conflict").status_code == 409
    assert Entry.objects.count() == 1
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_site_with_atomic_requests_is_served_as_well(send, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert send(fail="conflict").status_code == 409
    assert not IdempotencyKey.objects.exists()
    first, again = send(), send()
    assert (first.status_code, first.content) == (201, again.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Entry.objects.count() == 1


def running(user, *, lease, text="a"):
    """The row that a request in progress, or a killed one, has left."""
    request = client_for(user).post(URL, {"text": text}).renderer_context["request"]
    Entry.objects.all().delete()
    turn = idempotency.begin(keyed(request, "k"), now=timezone.now() - timedelta(minutes=1) + lease)
    assert isinstance(turn, Hold)
    return turn


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_running_a_second_is_told_to_wait(send, user):
    running(user, lease=timedelta(seconds=30))
    response = send()
    assert (response.status_code, code(response)) == (409, "idempotency_key_in_progress")
    assert 1 <= int(response.headers["Retry-After"]) <= 5
    assert not Entry.objects.exists()
    assert send("b").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_killed_requests_key_is_taken_over_after_its_lease(send, user):
    running(user, lease=timedelta(seconds=-1))
    assert send().status_code == 201
    assert send().headers["Idempotent-Replayed"] == "true"
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_outlives_its_lease_cannot_complete_after_a_takeover(send, user):
    slow = running(user, lease=timedelta(seconds=-1))
    answer = send()
    with pytest.raises(KeyInProgress):
        idempotency.complete(slow, Answer(status=200, headers={}, body=b""))
    idempotency.release(slow)
    assert send().content == answer.content
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_is_recognised_by_its_fields_and_files_whatever_its_boundary(user):
    client = client_for(user)

    def upload(text, content, boundary):
        body = {"text": text, "scan": SimpleUploadedFile("a.txt", content)}
        return client.generic(
            "POST",
            URL,
            encode_multipart(boundary, body),
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={"Idempotency-Key": "k"},
        )

    first, again = upload("a", b"1", "one"), upload("a", b"1", "two")
    assert (first.status_code, first.content) == (201, again.content)
    assert upload("b", b"1", "one").status_code == 422
    assert upload("a", b"2", "one").status_code == 422
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_keys_are_forgotten_after_their_lifetime_unless_still_running(user):
    now = timezone.now()
    for key, age, lease in [("old", 25, -1), ("young", 23, -1), ("running", 25, 1)]:
        IdempotencyKey.objects.create(
            scope="user:1",
            key=key,
            created_at=now - timedelta(hours=age),
            lease_until=now + timedelta(minutes=lease),
        )
    assert idempotency.forget_expired(now=now) == 1
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"young", "running"}


@pytest.mark.django_db(transaction=True)
def test_a_key_released_between_insert_and_read_is_taken_afresh(user, monkeypatch):
    request = KeyedRequest(scope="user:1", key="k", method="POST", path="/", fingerprint="f")
    first = idempotency.begin(request)
    insert, calls = idempotency._insert, []

    def insert_then_release(*args):
        insert(*args)
        if not calls:
            idempotency.release(first)
        calls.append(args)

    monkeypatch.setattr(idempotency, "_insert", insert_then_release)
    assert isinstance(idempotency.begin(request), Hold)
    assert len(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_have_one_effect_and_one_answer(user):
    answers, stored = [], threading.Event()

    def insist(_number):
        client = client_for(user)
        while True:
            response = client.post(URL, {"text": "a"}, headers={"Idempotency-Key": "k"})
            if response.status_code != 409 or not stored.wait(timeout=50):
                break
        stored.set()
        answers.append((response.status_code, response.content))

    at_once(50, insist)
    assert len(answers) == 50
    assert {status for status, _content in answers} == {201}
    assert len(set(answers)) == 1
    assert Entry.objects.count() == 1
