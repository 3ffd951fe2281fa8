from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_auctions.models import get_auction_model, get_bid_model
from chowk_core.models import LoggedEvent
from tests.factories import AuctionFactory, ThingFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = "/api/auctions/"


def client(user=None):
    api = APIClient()
    if user is not None:
        api.force_authenticate(user)
    return api


def live(**terms):
    """An auction that is open by the real clock, which the API goes by."""
    now = timezone.now()
    return AuctionFactory(now=now, ends_at=now + timedelta(days=3), **terms)


def path(auction, tail=""):
    return f"{URL}{auction.pk}/{tail}"


def code(response):
    return response.json()["errors"][0]["code"]


def terms(**changes):
    thing = ThingFactory()
    return {
        "target": {"type": "goods.thing", "id": str(thing.pk)},
        "title": "A watch",
        "currency": "USD",
        "starting_price": "10.00",
        "ends_at": (timezone.now() + timedelta(days=2)).isoformat(),
        **changes,
    }


def test_create_and_read():
    seller = UserFactory()
    answer = client(seller).post(URL, terms(reserve_price="50.00", buy_now_price=None), format="json")
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["price"], made["next_minimum"], made["reserve_price"]) == ("10.00", "10.00", "50.00")
    assert made["you"] == {
        "name": made["you"]["name"], "is_seller": True, "has_bid": False, "leading": False, "maximum": None,
        "won": False, "watching": False, "offer": None, "pay_url": None,
    }  # fmt: skip
    seen = client().get(f"{URL}{made['id']}/").json()
    assert (seen["reserve_price"], seen["has_reserve"], seen["status"]) == (None, True, "open")
    assert seen["target"] == made["target"]


@pytest.mark.parametrize(
    ("changes", "expected", "attr"),
    [
        ({"currency": "XYZ"}, "unknown_currency", None),
        ({"currency": "DOLLAR"}, "max_length", "currency"),
        ({"starting_price": "0"}, "amount_out_of_range", "starting_price"),
        ({"starting_price": "-3"}, "amount_out_of_range", "starting_price"),
        ({"starting_price": "1.005"}, "invalid_amount", "starting_price"),
        ({"starting_price": "NaN"}, "invalid_amount", "starting_price"),
        ({"starting_price": "9" * 99}, "max_length", "starting_price"),
        ({"starting_price": 10.5}, "invalid", "starting_price"),
        ({"starting_price": ["10"]}, "invalid", "starting_price"),
        ({"reserve_price": "5"}, "invalid_prices", "reserve_price"),
        ({"ends_at": "yesterday"}, "invalid", "ends_at"),
        ({"ends_at": "2001-01-01T00:00:00Z"}, "invalid_times", "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "invalid_times", "ends_at"),
        ({"title": ""}, "blank", "title"),
        ({"title": "\x00"}, "null_characters_not_allowed", "title"),
        ({"target": {"type": "goods.thing", "id": "0"}}, "unknown_target", None),
        ({"target": {"type": "no.model", "id": "1"}}, "unknown_target", "target"),
        ({"target": "thing"}, "not_a_target", "target"),
    ],
)
def test_wrong_terms(changes, expected, attr):
    answer = client(UserFactory()).post(URL, terms(**changes), format="json")
    assert answer.status_code in (400, 404), answer.json()
    assert (code(answer), answer.json()["errors"][0]["attr"]) == (expected, attr)
    assert not get_auction_model()._default_manager.exists()


def test_one_auction_a_target():
    seller, body = UserFactory(), terms()
    assert client(seller).post(URL, body, format="json").status_code == 201
    answer = client(seller).post(URL, body, format="json")
    assert (answer.status_code, code(answer)) == (409, "target_on_auction")


def test_visitors_read_only():
    auction = live()
    for tail in ("bids/", "buy-now/", "cancel/", None):
        answer = client().post(URL if tail is None else path(auction, tail), {}, format="json")
        assert answer.status_code == 403, tail
    assert client().get(path(auction, "bids/")).status_code == 200


def test_bid_and_history():
    auction, ann, bob = live(), UserFactory(), UserFactory()
    answer = client(ann).post(path(auction, "bids/"), {"amount": "500.00"}, format="json")
    assert answer.status_code == 201, answer.json()
    placed = answer.json()
    assert (placed["price"], placed["maximum"], placed["leading"]) == ("10.00", "500.00", True)
    placed = client(bob).post(path(auction, "bids/"), {"amount": "80", "currency": "USD"}, format="json")
    assert (placed.json()["price"], placed.json()["leading"]) == ("81.00", False)
    history = client(bob).get(path(auction, "bids/")).json()
    assert history["count"] == 2
    newest, first = history["results"]
    assert (newest["sequence"], newest["is_you"], newest["maximum"]) == (2, True, "80.00")
    assert (first["is_you"], first["maximum"], first["you_lead"]) == (False, None, False)
    assert newest["leader"] == first["bidder"] != newest["bidder"]
    mine = client(ann).get(path(auction)).json()["you"]
    assert (mine["maximum"], mine["leading"], mine["name"]) == ("500.00", True, first["bidder"])


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 400, "required"),
        ({"amount": None}, 400, "null"),
        ({"amount": ""}, 400, "blank"),
        ({"amount": "ten"}, 400, "invalid_amount"),
        ({"amount": "NaN"}, 400, "invalid_amount"),
        ({"amount": "-inf"}, 400, "invalid_amount"),
        ({"amount": 50.5}, 400, "invalid"),
        ({"amount": True}, 400, "invalid"),
        ({"amount": {"a": 1}}, 400, "invalid"),
        ({"amount": "0"}, 400, "amount_out_of_range"),
        ({"amount": "-20"}, 400, "amount_out_of_range"),
        ({"amount": "1e300"}, 400, "amount_out_of_range"),
        ({"amount": "20.001"}, 400, "invalid_amount"),
        ({"amount": "9.99"}, 400, "bid_too_low"),
        ({"amount": "20", "currency": "PKR"}, 400, "wrong_currency"),
        ({"amount": "20", "currency": "X"}, 400, "min_length"),
    ],
)
def test_wrong_bids_change_nothing(body, status, expected):
    auction, before = live(), LoggedEvent.objects.count()
    answer = client(UserFactory()).post(path(auction, "bids/"), body, format="json")
    assert (answer.status_code, code(answer)) == (status, expected)
    assert not get_bid_model()._default_manager.exists()
    assert LoggedEvent.objects.count() == before


def test_wrong_actor_and_state():
    auction = live(buy_now_price="90.00")
    answer = client(auction.seller).post(path(auction, "bids/"), {"amount": "20"}, format="json")
    assert (answer.status_code, code(answer)) == (403, "seller_cannot_bid")
    answer = client(UserFactory()).post(path(auction, "cancel/"), {}, format="json")
    assert (answer.status_code, code(answer)) == (403, "not_allowed")
    assert client(UserFactory()).post(path(auction, "buy-now/")).status_code == 201
    answer = client(UserFactory()).post(path(auction, "bids/"), {"amount": "20"}, format="json")
    assert (answer.status_code, code(answer)) == (409, "auction_not_open")
    answer = client(auction.seller).post(path(auction, "cancel/"), {}, format="json")
    assert (answer.status_code, code(answer)) == (409, "auction_not_open")
    answer = client(UserFactory()).post(path(live(), "buy-now/"))
    assert (answer.status_code, code(answer)) == (409, "buy_now_unavailable")


def test_seller_cancels_with_a_reason():
    auction = live()
    answer = client(auction.seller).post(path(auction, "cancel/"), {"reason": "Lost it."}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize(
    "key", ["nonsense", "0", "-1", "9" * 50, "a%00b", "01890000-0000-7000-8000-000000000000"]
)
def test_wrong_keys_are_not_found(key):
    for tail in ("", "bids/"):
        assert client(UserFactory()).get(f"{URL}{key}/{tail}").status_code == 404
    for tail in ("bids/", "buy-now/", "cancel/"):
        answer = client(UserFactory()).post(f"{URL}{key}/{tail}", {"amount": "20"}, format="json")
        assert answer.status_code == 404


def test_scheduled_auctions_are_for_their_seller_and_staff():
    now = timezone.now()
    auction = AuctionFactory(now=now, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2))
    for viewer, status in (
        (None, 404),
        (UserFactory(), 404),
        (auction.seller, 200),
        (UserFactory(is_staff=True), 200),
    ):
        assert client(viewer).get(path(auction)).status_code == status
    answer = client(UserFactory()).post(path(auction, "bids/"), {"amount": "20"}, format="json")
    assert answer.status_code == 404


def test_filters_and_ordering():
    seller, other = UserFactory(), UserFactory()
    first, second = live(seller=seller, starting_price="50"), live(seller=other, currency="JPY")
    found = lambda query, user=None: [row["id"] for row in client(user).get(URL + query).json()["results"]]  # noqa: E731
    assert found(f"?seller={seller.pk}") == [str(first.pk)]
    assert found("?seller=me", other) == [str(second.pk)]
    assert found("?seller=me") == []
    assert found("?status=open&status=sold") == [str(first.pk), str(second.pk)]
    assert found("?status=unsold") == []
    assert found(f"?target={first.target}") == [str(first.pk)]
    assert found("?currency=JPY") == [str(second.pk)]
    soon = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert found(f"?ends_before={soon}") == []
    assert len(found(f"?ends_after={soon}")) == 2
    assert found("?ordering=-price") == [str(first.pk), str(second.pk)]
    assert found("?ordering=price") == [str(second.pk), str(first.pk)]
    assert len(found("?size=1&page=2")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "status=lost", "seller=%00", "seller=x", "target=nothing", "target=no.model:1", "ends_before=soon",
        "currency=DOLLARS", "ordering=leader_maximum", "ordering=reserve_price", "page=0", "page=x", "size=0",
        "size=99999", "leader_maximum=5", "leader_maximum__gte=5", "reserve_price=3",
    ],
)  # fmt: skip
def test_wrong_filters_are_errors(query):
    answer = client().get(f"{URL}?{query}")
    assert answer.status_code in (400, 404), answer.json()
    assert code(answer)


def test_idempotency_key_bids_once():
    auction, ann = live(), client(UserFactory())

    def send(amount):
        headers = {"Idempotency-Key": "k1"}
        return ann.post(path(auction, "bids/"), {"amount": amount}, format="json", headers=headers)

    first, again = send("30.00"), send("30.00")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert get_bid_model()._default_manager.count() == 1
    assert send("31.00").status_code == 422


def test_rate_of_bids(settings):
    settings.CHOWK_CORE = {"THROTTLE_RATES": {"bids": "2/min"}}
    auction, ann = live(), client(UserFactory())
    statuses = [ann.post(path(auction, "bids/"), {"amount": str(20 + n)}).status_code for n in range(3)]
    assert statuses == [201, 201, 429]


@pytest.mark.parametrize("signed_in", [False, True])
def test_statements_do_not_grow_with_rows(signed_in):
    viewer = UserFactory() if signed_in else None
    api = client(viewer)
    bidder = client(UserFactory())

    def counts(auction):
        found = []
        for url in (URL, path(auction), path(auction, "bids/")):
            with CaptureQueriesContext(connection) as captured:
                assert api.get(url).status_code == 200
            found.append(len(captured))
        return found

    first = live()
    bidder.post(path(first, "bids/"), {"amount": "20"}, format="json")
    before = counts(first)
    for amount in range(30, 60, 5):
        bidder.post(path(live(), "bids/"), {"amount": "20"}, format="json")
        client(UserFactory()).post(path(first, "bids/"), {"amount": str(amount)}, format="json")
    assert counts(first) == before
    assert max(before) <= 5
