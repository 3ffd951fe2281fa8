from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chowk_marketplace import services
from chowk_marketplace.models import get_order_model
from tests.factories import (
    ActiveListingFactory,
    OrderFactory,
    UserFactory,
    WonOrderFactory,
    paid,
    reread,
    shipped,
)

pytestmark = pytest.mark.django_db
URL = "/api/orders/"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def code(response):
    return response.json()["errors"][0]["code"]


def test_both_sides_and_staff_see_an_order(stranger, staff):
    order = OrderFactory()

    for viewer, status in [(order.buyer, 200), (order.seller, 200), (staff, 200), (stranger, 404)]:
        assert client(viewer).get(f"{URL}{order.pk}/").status_code == status
        assert client(viewer).get(f"{URL}{order.pk}/history/").status_code == status
        assert client(viewer).get(URL).json()["count"] == (1 if status == 200 else 0)
    for address in (URL, f"{URL}{order.pk}/"):
        assert client().get(address).status_code in {401, 403}


def test_the_whole_way():
    order = OrderFactory()
    buyer, seller = client(order.buyer), client(order.seller)
    url = f"{URL}{order.pk}/"
    assert buyer.get(url).json()["actions"] == ["delivery", "cancel"]
    paid(order)

    assert seller.get(url).json()["actions"] == ["confirm", "ship", "cancel"]
    assert seller.post(f"{url}confirm/", {"note": "Soon"}).json()["status"] == "confirmed"
    sent = seller.post(f"{url}ship/", {"carrier": "DHL", "tracking_number": "JD01"}).json()
    assert (sent["status"], sent["carrier"], sent["tracking_number"]) == ("shipped", "DHL", "JD01")
    assert buyer.get(url).json()["actions"] == ["deliver"]
    assert buyer.post(f"{url}deliver/").json()["status"] == "delivered"

    steps = buyer.get(f"{url}history/").json()
    assert [step["to_status"] for step in steps] == [
        "pending_payment",
        "paid",
        "confirmed",
        "shipped",
        "delivered",
    ]
    assert (steps[2]["note"], steps[2]["actor"]["id"]) == ("Soon", str(order.seller_id))
    assert steps[1]["actor"] is None


@pytest.mark.parametrize(
    ("make", "side", "verb", "status", "wanted"),
    [
        (OrderFactory, "seller", "confirm", 409, "wrong_status"),
        (OrderFactory, "seller", "ship", 409, "wrong_status"),
        (OrderFactory, "buyer", "deliver", 409, "wrong_status"),
        (lambda: paid(OrderFactory()), "buyer", "confirm", 403, "not_party"),
        (lambda: paid(OrderFactory()), "buyer", "ship", 403, "not_party"),
        (lambda: shipped(OrderFactory()), "seller", "deliver", 403, "not_party"),
        (lambda: shipped(OrderFactory()), "seller", "cancel", 409, "wrong_status"),
        (WonOrderFactory, "buyer", "cancel", 403, "binding_sale"),
    ],
)
def test_wrong_steps_change_nothing(make, side, verb, status, wanted):
    order = make()
    before = order.status

    response = client(getattr(order, side)).post(f"{URL}{order.pk}/{verb}/")

    assert (response.status_code, code(response)) == (status, wanted)
    assert reread(order).status == before


def test_strangers_take_no_step(stranger):
    order = paid(OrderFactory())

    for verb in ("confirm", "ship", "deliver", "cancel"):
        assert client(stranger).post(f"{URL}{order.pk}/{verb}/").status_code == 404
        assert client().post(f"{URL}{order.pk}/{verb}/").status_code in {401, 403}

    assert reread(order).status == "paid"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"tracking_number": "JD01"}, "carrier_required"),
        ({"carrier": "x" * 81}, "max_length"),
        ({"note": "x" * 501}, "max_length"),
        ({"note": "\x00"}, "null_characters_not_allowed"),
        ({"note": {}}, "invalid"),
    ],
    ids=str,
)
def test_wrong_shipments(body, wanted):
    order = paid(OrderFactory())

    response = client(order.seller).post(f"{URL}{order.pk}/ship/", body)

    assert (response.status_code, code(response)) == (400, wanted)
    assert reread(order).status == "paid"


def test_cancelling_twice_by_one_key_is_one(buyer):
    order = OrderFactory(buyer=buyer)

    answers = [
        client(buyer).post(f"{URL}{order.pk}/cancel/", headers={"Idempotency-Key": "c"}) for _time in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert order.transitions.filter(to_status="cancelled").count() == 1


def test_placing_an_order(buyer):
    listing = ActiveListingFactory(stock=2)

    made = client(buyer).post(URL, {"listing": str(listing.pk), "quantity": 2})

    assert made.status_code == 201, made.json()
    assert made.json()["total"]["amount"] == "200.00"
    assert reread(listing).status == "sold"


@pytest.mark.parametrize(
    ("listing", "status"), [("nothing", 404), ("", 400), (None, 400), ("x" * 65, 400), ("\x00", 400)]
)
def test_placing_an_order_for_nothing(buyer, listing, status):
    response = client(buyer).post(URL, {"listing": listing})

    assert response.status_code == status
    assert not get_order_model().objects.exists()


def test_filters(buyer):
    bought, sold = OrderFactory(buyer=buyer), OrderFactory(listing__seller=buyer)
    services.cancel_order(order=bought, actor=buyer)

    def numbers(**query):
        return {row["number"] for row in client(buyer).get(URL, query).json()["results"]}

    assert numbers() == {bought.number, sold.number}
    assert numbers(role="buyer") == {bought.number}
    assert numbers(role="seller") == {sold.number}
    assert numbers(status="cancelled") == {bought.number}
    assert numbers(number=sold.number) == {sold.number}
    for query in ("role=thief", "status=lost", "when=now", "ordering=buyer__password", "page=x"):
        assert client(buyer).get(f"{URL}?{query}").status_code == 400


def test_the_newest_come_first(buyer):
    orders = [OrderFactory(buyer=buyer) for _time in range(3)]

    rows = client(buyer).get(URL).json()["results"]

    assert [row["number"] for row in rows] == [order.number for order in reversed(orders)]


@pytest.mark.parametrize("key", ["nothing", "0", "-1", "%00", "9" * 40])
def test_wrong_keys(buyer, key):
    for tail in ("", "history/"):
        assert client(buyer).get(f"{URL}{key}/{tail}").status_code == 404
    assert client(buyer).post(f"{URL}{key}/cancel/").status_code == 404


def test_statements_do_not_grow(buyer):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client(buyer).get(URL, {"size": 50}).status_code == 200
        return len(captured)

    for _time in range(3):
        OrderFactory(buyer=buyer)
    few = statements()
    for _time in range(20):
        OrderFactory(buyer=buyer, listing__seller=UserFactory())

    assert statements() == few <= 4
