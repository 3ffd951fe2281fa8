from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chowk_marketplace import services
from chowk_marketplace.models import get_return_model
from tests.factories import OrderFactory, delivered, paid, reread
from tests.test_api_orders import client, code

pytestmark = pytest.mark.django_db
URL = "/api/returns/"


def body(order, /, **fields):
    return {"order": str(order.pk), "reason": "damaged"} | fields


def test_the_whole_way():
    order = delivered(OrderFactory())
    buyer, seller = client(order.buyer), client(order.seller)
    line = str(order.lines.get().pk)
    lines = [{"line": line, "quantity": 1}]

    made = buyer.post(URL, body(order, lines=lines, note="Bent"), format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = buyer.post(URL, body(order, lines=lines, note="Bent"), format="json", HTTP_IDEMPOTENCY_KEY="k1")

    assert (made.status_code, made.json()["status"], made.json()["note"]) == (201, "requested", "Bent")
    assert again.json() == made.json()
    assert made.json()["lines"][0]["line"] == line
    assert made.json()["amount"] is None
    url = f"{URL}{made.json()['id']}/"
    assert seller.post(f"{url}approve/", {"note": "Fine"}).json()["answer"] == "Fine"
    done = seller.post(f"{url}receive/", {"restock": False}, format="json").json()
    assert (done["status"], done["restocked"]) == ("received", False)
    assert done["amount"] == {"amount": "100.00", "currency": "USD"}
    assert reread(order).status == "returned"


def test_both_sides_and_staff_see_a_return(stranger, staff):
    order = delivered(OrderFactory())
    row = services.request_return(order=order, actor=order.buyer, reason="other")

    for viewer, status in [(order.buyer, 200), (order.seller, 200), (staff, 200), (stranger, 404)]:
        assert client(viewer).get(f"{URL}{row.pk}/").status_code == status
        assert client(viewer).get(URL).json()["count"] == (1 if status == 200 else 0)
    for verb in ("approve", "refuse", "receive", "cancel"):
        assert client(stranger).post(f"{URL}{row.pk}/{verb}/").status_code == 404
    assert client(stranger).post(URL, body(order)).status_code == 404
    assert client().get(URL).status_code in {401, 403}
    assert client(order.buyer).get(f"{URL}?role=seller").json()["count"] == 0
    assert client(order.buyer).get(f"{URL}?status=requested&order={order.number}").json()["count"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "wanted"),
    [
        ({"reason": "because"}, 400, "invalid_choice"),
        ({"lines": []}, 400, "nothing_to_return"),
        ({"lines": [{"line": "x"}]}, 400, "unknown_line"),
        ({"lines": [{"line": "x"}, {"line": "x"}]}, 400, "nothing_to_return"),
        ({"order": "x"}, 404, "not_found"),
    ],
    ids=str,
)
def test_wrong_requests(fields, status, wanted):
    order = delivered(OrderFactory())

    response = client(order.buyer).post(URL, body(order, **fields), format="json")

    assert (response.status_code, code(response)) == (status, wanted)


def test_refused_steps():
    order = delivered(OrderFactory())
    row = services.request_return(order=order, actor=order.buyer, reason="other")
    buyer, seller = client(order.buyer), client(order.seller)

    assert code(buyer.post(f"{URL}{row.pk}/approve/")) == "not_party"
    assert code(seller.post(f"{URL}{row.pk}/receive/")) == "wrong_status"
    assert code(buyer.post(URL, body(order), format="json")) == "nothing_to_return"
    assert code(client(paid(OrderFactory()).buyer).post(URL, body(order))) == "not_found"
    assert seller.post(f"{URL}{row.pk}/refuse/", {"note": "No"}).json()["status"] == "refused"
    assert buyer.post(f"{URL}{row.pk}/cancel/").status_code == 409


def test_the_statements_of_a_list_do_not_grow():
    order = delivered(OrderFactory())
    counts = []
    for _time in range(3):
        row = services.request_return(order=order, actor=order.buyer, reason="other")
        services.refuse_return(goods_return=row, actor=order.seller)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client(order.buyer).get(URL).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert get_return_model().objects.count() == 3
