from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from rest_framework.test import APIClient

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import get_gateway_record_model, get_payment_model
from tests.conftest import ANSWER_LOST, CHALLENGED, DECLINED, GOOD, card
from tests.factories import OrderFactory, UserFactory, WalletFactory
from tests.ledger import money, total

pytestmark = pytest.mark.django_db


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def api(buyer: Any) -> APIClient:
    return client_of(buyer)


def card_json(number: str = GOOD, **changes: Any) -> dict[str, Any]:
    return {"number": number, "expiry_month": 12, "expiry_year": 2050, "security_code": "123", **changes}


def body(order: Any, number: str = GOOD, **changes: Any) -> dict[str, Any]:
    target = {"type": "shop.order", "id": str(order.pk)}
    return {"target": target, "method": "card", "card": card_json(number), **changes}


def codes(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_pay_by_card(api: APIClient, order: Any, buyer: Any, seller: Any) -> None:
    response = api.post("/api/payments/", body(order, "4242 4242-4242 4242"))
    assert response.status_code == 201
    answer = response.json()
    assert (answer["state"], answer["amount"], answer["currency"]) == ("captured", "100.00", "USD")
    assert (answer["payer_id"], answer["payee_id"]) == (str(buyer.pk), str(seller.pk))
    assert answer["attempts"][0]["card_last_four"] == "4242"
    assert answer["target"] == {"type": "shop.order", "id": str(order.pk)}
    assert api.get(f"/api/payments/{answer['id']}/").json() == answer


def test_challenge_then_confirm(api: APIClient, order: Any) -> None:
    answer = api.post("/api/payments/", body(order, CHALLENGED)).json()
    assert answer["state"] == "requires_action"
    assert answer["action"] == {"type": "three_d_secure", "answers": ["approve", "decline"]}
    url = f"/api/payments/{answer['id']}/confirm/"
    refused = api.post(url, {"answer": "perhaps"})
    assert (refused.status_code, codes(refused)) == (400, [("invalid_answer", "answer")])
    assert api.post(url, {"answer": "approve"}).json()["state"] == "captured"
    assert api.post(url, {"answer": "approve"}).json()["state"] == "captured"


def test_declined_then_retry(api: APIClient, order: Any, buyer: Any) -> None:
    answer = api.post("/api/payments/", body(order, DECLINED)).json()
    assert (answer["state"], answer["failure_code"]) == ("failed", "card_declined")
    url = f"/api/payments/{answer['id']}/retry/"
    poor = api.post(url, {"method": "wallet"})
    assert (poor.status_code, codes(poor)) == (409, [("insufficient_funds", "amount")])
    WalletFactory(owner=buyer, funds=10_000)
    assert api.post(url, {"method": "wallet"}).json()["state"] == "captured"
    again = api.post(url, {"card": card_json()})
    assert (again.status_code, codes(again)) == (409, [("wrong_payment_state", None)])


def test_cancel(api: APIClient, order: Any) -> None:
    answer = api.post("/api/payments/", body(order, CHALLENGED)).json()
    assert api.post(f"/api/payments/{answer['id']}/cancel/").json()["state"] == "cancelled"


def test_the_payee_sees_the_payment_and_not_the_card(api: APIClient, order: Any, seller: Any) -> None:
    answer = api.post("/api/payments/", body(order, DECLINED)).json()
    theirs = client_of(seller).get(f"/api/payments/{answer['id']}/").json()
    assert (theirs["amount"], theirs["attempts"], theirs["failure_code"]) == ("100.00", [], "")
    for verb in ("confirm", "retry", "cancel"):
        data = {"card": card_json()} if verb == "retry" else {}
        response = client_of(seller).post(f"/api/payments/{answer['id']}/{verb}/", data)
        assert (response.status_code, codes(response)) == (403, [("not_allowed", None)])


def test_others_see_nothing(api: APIClient, order: Any) -> None:
    pk = api.post("/api/payments/", body(order, CHALLENGED)).json()["id"]
    stranger = client_of(UserFactory())
    assert stranger.get("/api/payments/").json()["count"] == 0
    assert stranger.get(f"/api/payments/{pk}/").status_code == 404
    for verb in ("confirm", "retry", "cancel"):
        data = {"card": card_json()} if verb == "retry" else {}
        assert stranger.post(f"/api/payments/{pk}/{verb}/", data).status_code == 404
    for method, url in (
        ("get", "/api/payments/"),
        ("post", "/api/payments/"),
        ("get", f"/api/payments/{pk}/"),
    ):
        assert getattr(APIClient(), method)(url).status_code in {401, 403}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"card": None}, 400, "null"),
        ({"card": {}}, 400, "required"),
        ({"card": card_json("4242424242424241")}, 400, "invalid_card"),
        ({"card": card_json("4242\u0000")}, 400, "null_characters_not_allowed"),
        ({"card": card_json(expiry_month=13)}, 400, "max_value"),
        ({"card": card_json(expiry_year=2020)}, 400, "invalid_card"),
        ({"card": card_json(security_code="x1")}, 400, "invalid_card"),
        ({"method": "cheque"}, 400, "invalid_choice"),
        ({"method": "cash"}, 400, "method_not_offered"),
        ({"method": "wallet"}, 400, "card_not_expected"),
        ({"target": None}, 400, "null"),
        ({"target": "shop.order:1"}, 400, "not_a_target"),
        ({"target": {"type": "no.such", "id": "1"}}, 400, "unknown_target"),
        ({"target": {"type": "shop.order", "id": "999999"}}, 404, "unknown_target"),
        ({"target": {"type": "shop.order", "id": "x"}}, 404, "unknown_target"),
        ({"target": {"type": "sessions.session", "id": "1"}}, 400, "not_payable"),
    ],
)
def test_bad_input(api: APIClient, order: Any, changes: Any, status: int, code: str) -> None:
    response = api.post("/api/payments/", {**body(order), **changes})
    assert response.status_code == status
    assert code in {found for found, _attr in codes(response)}
    assert not get_payment_model()._default_manager.exists()
    assert not get_gateway_record_model()._default_manager.exists()


def test_wrong_keys_pages_and_filters(api: APIClient) -> None:
    for url, status, code in (
        ("/api/payments/none/", 404, "not_found"),
        ("/api/payments/0/", 404, "not_found"),
        ("/api/payments/99999999999999999999999/", 404, "not_found"),
        ("/api/payments/?page=0", 400, "invalid_page"),
        ("/api/payments/?page=9", 404, "page_not_found"),
        ("/api/payments/?size=x", 400, "invalid_page_size"),
        ("/api/payments/?colour=red", 400, "unknown_filter"),
        ("/api/payments/?state=lost", 400, "invalid_choice"),
        ("/api/payments/?role=thief", 400, "invalid_choice"),
        ("/api/payments/?since=yesterday", 400, "invalid"),
        ("/api/payments/?target=nothing", 404, "unknown_target"),
        ("/api/payments/?ordering=card", 400, "unknown_ordering"),
    ):
        response = api.get(url)
        assert (url, response.status_code, codes(response)[0][0]) == (url, status, code)


def test_filters(api: APIClient, buyer: Any, order: Any) -> None:
    api.post("/api/payments/", body(order))
    api.post("/api/payments/", body(OrderFactory(buyer=buyer), DECLINED))
    sold = OrderFactory(seller=buyer)
    payer = UserFactory._meta.model._default_manager.get(pk=sold.buyer_id)
    services.pay(payer=payer, target=Target.of(sold), method="card", card=card())
    for query, count in (
        ("", 3),
        ("state=captured", 2),
        ("state=captured&state=failed", 3),
        ("role=payee", 1),
        ("role=payer", 2),
        ("method=wallet", 0),
        (f"target=shop.order:{order.pk}", 1),
        ("since=2000-01-01T00:00:00Z", 3),
        ("until=2000-01-01T00:00:00Z", 0),
    ):
        assert (query, api.get(f"/api/payments/?{query}").json()["count"]) == (query, count)


def test_queries_do_not_grow_with_rows(api: APIClient, buyer: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/api/payments/").status_code == 200
        return len(captured)

    api.post("/api/payments/", body(OrderFactory(buyer=buyer)))
    queries()
    few = queries()
    for _each in range(5):
        api.post("/api/payments/", body(OrderFactory(buyer=buyer)))
    assert queries() == few <= 4


@pytest.mark.django_db(transaction=True)
def test_idempotency_key(api: APIClient, order: Any, buyer: Any) -> None:
    first = api.post("/api/payments/", body(order, ANSWER_LOST), headers={"Idempotency-Key": "k"})
    again = api.post("/api/payments/", body(order, ANSWER_LOST), headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = api.post("/api/payments/", body(order), headers={"Idempotency-Key": "k"})
    assert (other.status_code, codes(other)) == (422, [("idempotency_key_reused", None)])
    assert get_payment_model()._default_manager.get().key == "k"


@pytest.mark.django_db(transaction=True)
def test_where_the_site_wraps_requests_in_transactions(order: Any, buyer: Any) -> None:
    """The dummy gateway refuses to work inside a transaction; our views are never in one."""
    client = Client()
    client.force_login(buyer)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        response = client.post("/api/payments/", body(order), content_type="application/json")
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert response.json()["state"] == "captured"


def test_wallet_and_top_up(api: APIClient, buyer: Any) -> None:
    empty = api.get("/api/wallets/my_wallet/").json()
    assert (empty["currency"], empty["available"], len(empty["wallets"])) == ("USD", "0.00", 3)
    answer = api.post("/api/wallets/my_wallet/top-up/", {"amount": "25.50", "card": card_json()})
    assert (answer.status_code, answer.json()["state"], answer.json()["purpose"]) == (
        201,
        "captured",
        "top_up",
    )
    wallet = api.get("/api/wallets/my_wallet/").json()
    assert (wallet["balance"], wallet["available"], wallet["on_hold"]) == ("25.50", "25.50", "0.00")
    assert (money("wallet", owner=buyer), money("clearing", name="dummy"), total()) == (2550, -2550, 0)
    for currency, amount in (("JPY", "300"), ("KWD", "1.125")):
        data = {"amount": amount, "currency": currency, "card": card_json()}
        assert api.post("/api/wallets/my_wallet/top-up/", data).json()["amount"] == amount
        line = api.get(f"/api/wallets/my_wallet/?currency={currency}").json()
        assert line["available"] == amount


def test_transactions(api: APIClient, buyer: Any, order: Any) -> None:
    api.post("/api/wallets/my_wallet/top-up/", {"amount": "150.00", "card": card_json()})
    api.post("/api/wallets/my_wallet/top-up/", {"amount": "300", "currency": "JPY", "card": card_json()})
    target = {"type": "shop.order", "id": str(order.pk)}
    assert api.post("/api/payments/", {"target": target, "method": "wallet"}).status_code == 201
    url = "/api/wallets/my_wallet/transactions/"
    rows = api.get(f"{url}?currency=USD").json()["results"]
    assert [(row["amount"], row["direction"], row["code"], row["counterparty"]) for row in rows] == [
        ("-100.00", "out", "payment", "escrow"),
        ("150.00", "in", "top_up", "clearing"),
    ]
    assert rows[0]["reference"] == f"shop.order:{order.pk}"
    for query, count in (("", 3), ("direction=in", 2), ("code=payment", 1), ("currency=KWD", 0)):
        assert (query, api.get(f"{url}?{query}").json()["count"]) == (query, count)
    assert api.get(f"{url}?size=1&page=2").json()["results"][0]["currency"] == "JPY"
    assert client_of(UserFactory()).get(url).json()["count"] == 0
    for query, code in (
        ("direction=up", "invalid_choice"),
        ("balance=1", "unknown_filter"),
        ("page=x", "invalid_page"),
    ):
        assert codes(api.get(f"{url}?{query}"))[0][0] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "0"}, "invalid_amount"),
        ({"amount": "-5.00"}, "invalid_amount"),
        ({"amount": "NaN"}, "invalid_amount"),
        ({"amount": "Infinity"}, "invalid_amount"),
        ({"amount": "1e3"}, "invalid_amount"),
        ({"amount": 10.5}, "invalid_amount"),
        ({"amount": True}, "invalid_amount"),
        ({"amount": "1.005"}, "invalid_amount"),
        ({"amount": "1.5", "currency": "JPY"}, "invalid_amount"),
        ({"amount": "1.0005", "currency": "KWD"}, "invalid_amount"),
        ({"amount": "9" * 15}, "top_up_too_large"),
        ({"amount": "9" * 400}, "invalid_amount"),
        ({"amount": "100000.01"}, "top_up_too_large"),
        ({"currency": "EUR"}, "currency_not_offered"),
        ({"currency": "XXX"}, "currency_not_offered"),
        ({"currency": "ZZZ"}, "unknown_currency"),
        ({"currency": "usd"}, "unknown_currency"),
        ({"currency": 5}, "unknown_currency"),
        ({"currency": None}, "unknown_currency"),
        ({"card": None}, "null"),
        ({"card": card_json("1234567812345678")}, "invalid_card"),
    ],
)
def test_bad_top_ups(api: APIClient, changes: dict[str, Any], code: str) -> None:
    data = {"amount": "10.00", "currency": "USD", "card": card_json(), **changes}
    response = api.post("/api/wallets/my_wallet/top-up/", data)
    assert response.status_code == 400
    assert code in {found for found, _attr in codes(response)}
    assert not get_payment_model()._default_manager.exists()
    assert (get_gateway_record_model()._default_manager.count(), total()) == (0, 0)


@pytest.mark.parametrize("currency", ["EUR", "usd", "DOLLARS", "٤٢٤"])
def test_wallet_in_a_wrong_currency(api: APIClient, currency: str) -> None:
    response = api.get("/api/wallets/my_wallet/", {"currency": currency})
    assert (response.status_code, codes(response)) == (400, [("currency_not_offered", "currency")])


def test_the_schema_has_no_warning(api: APIClient) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


@override_settings(CHOWK_CORE={"THROTTLE_RATES": {"payments": "2/min"}})
def test_throttled(api: APIClient, order: Any) -> None:
    cache.clear()
    answers = [api.post("/api/payments/", body(order, DECLINED)).status_code for _each in range(3)]
    assert answers == [201, 201, 429]
