"""Refunds, wallet verbs, payouts and discounts over HTTP; and every money endpoint sent fifty times at
once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.models import (
    get_account_model,
    get_discount_model,
    get_payment_model,
    get_payout_model,
    get_refund_model,
    get_transfer_model,
)
from tests.factories import OrderFactory, UserFactory, WalletFactory, basket_of
from tests.ledger import money, sound, total
from tests.test_crowd import at_once
from tests.test_refunds import paid

pytestmark = pytest.mark.django_db


def client(user: Any) -> APIClient:
    api = APIClient()
    api.force_authenticate(user)
    return api


def link(thing: Any) -> dict[str, str]:
    target = Target.of(thing)
    return {"type": target.type, "id": target.id}


def code(answer: Any) -> Any:
    return (answer.status_code, answer.json()["errors"][0]["code"])


def bank(user: Any) -> Any:
    return services.save_bank_details(
        user=user, holder="Sana Khan", country="PK", account_number="PK36SCBL0000001123456702"
    )


def test_a_refund_by_the_api(order: Any, buyer: Any, seller: Any) -> None:
    paid(order, buyer)
    body = {"target": link(order), "amount": "25.00", "reason": "broken"}
    asked = client(buyer).post("/api/refunds/", body, format="json")
    assert (asked.status_code, asked.json()["state"], asked.json()["amount"]) == (201, "requested", "25.00")
    address = f"/api/refunds/{asked.json()['id']}/"
    assert code(client(buyer).post(f"{address}approve/")) == (403, "not_allowed")
    assert client(UserFactory()).get(address).status_code == 404
    assert client(seller).post(f"{address}approve/").json()["state"] == "approved"
    assert client(seller).post(f"{address}complete/").json()["state"] == "completed"
    assert (money("wallet", owner=buyer), money("escrow")) == (2_500, 7_500)
    too_much = client(buyer).post("/api/refunds/", {**body, "amount": "75.01"}, format="json")
    assert code(too_much) == (409, "more_than_paid")
    rest = client(buyer).post("/api/refunds/", {"target": link(order)}, format="json").json()
    assert rest["amount"] == "75.00"
    refused = client(seller).post(f"/api/refunds/{rest['id']}/refuse/", {"note": "No."}, format="json")
    assert refused.json()["state"] == "refused"
    assert client(buyer).get("/api/refunds/?state=completed&role=buyer").json()["count"] == 1
    stranger = client(UserFactory()).post("/api/refunds/", {"target": link(order)}, format="json")
    assert stranger.status_code == 404


def test_a_refund_is_of_one_of_what_was_paid_together(buyer: Any) -> None:
    basket = basket_of(buyer, 6_000, 4_000)
    WalletFactory(owner=buyer, funds=10_000)
    parts = services.pay(payer=buyer, target=Target.of(basket), method="wallet").parts.order_by("position")

    def ask(target: Any) -> Any:
        return client(buyer).post("/api/refunds/", {"target": link(target)}, format="json")

    assert code(ask(basket)) == (400, "several_parts")
    assert get_refund_model()._default_manager.count() == 0
    first = ask(basket.orders.get(total=6_000))
    assert (first.status_code, first.json()["amount"]) == (201, "60.00")
    assert code(ask(basket)) == (400, "several_parts"), "it is only asked for"
    services.refund_part(part=parts[0])
    rest = ask(basket)
    assert (rest.status_code, rest.json()["amount"], rest.json()["part_id"]) == (
        201,
        "40.00",
        str(parts[1].pk),
    )


def test_sending_money(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=1_000)
    body = {"recipient": seller.get_username(), "amount": "4.00", "note": "=thanks"}
    for _twice in range(2):
        sent = client(buyer).post(
            "/api/wallets/my_wallet/transfer/", body, format="json", headers={"Idempotency-Key": "k"}
        )
        assert (sent.status_code, sent.json()["amount"]) == (201, "4.00")
    assert (money("wallet", owner=buyer), money("wallet", owner=seller), total()) == (600, 400, 0)
    for change, problem in (
        ({"recipient": buyer.get_username()}, (400, "no_such_recipient")),
        ({"recipient": "nobody"}, (400, "no_such_recipient")),
        ({"amount": "6.01"}, (409, "insufficient_funds")),
        ({"amount": "-1.00"}, (400, "invalid_amount")),
    ):
        answer = client(buyer).post("/api/wallets/my_wallet/transfer/", {**body, **change}, format="json")
        assert code(answer) == problem


def test_nobody_opens_wallets_for_others(buyer: Any, seller: Any) -> None:
    """Neither by money that does not come, nor in a currency that the site does not offer."""
    send, withdraw = "/api/wallets/my_wallet/transfer/", "/api/wallets/my_wallet/withdraw/"
    body = {"recipient": seller.get_username(), "amount": "1"}
    services.save_bank_details(
        user=buyer, holder="A", country="PK", account_number="PK36SCBL0000001123456702"
    )
    for currency, problem in (
        ("EUR", (400, "currency_not_offered")),
        ("XAU", (400, "currency_not_offered")),
        ("ZZZ", (400, "unknown_currency")),
        ("JPY", (409, "insufficient_funds")),
        ("USD", (409, "insufficient_funds")),
    ):
        answer = client(buyer).post(send, {**body, "currency": currency}, format="json")
        assert code(answer) == problem
    assert code(client(buyer).post(withdraw, {"amount": "1", "currency": "EUR"}, format="json")) == (
        400,
        "currency_not_offered",
    )
    assert not get_account_model()._default_manager.filter(kind="wallet").exists()
    WalletFactory(owner=buyer, funds=500, currency="EUR")
    assert client(buyer).post(send, {**body, "currency": "EUR"}, format="json").status_code == 201
    assert (money("wallet", owner=buyer, currency="EUR"), money("wallet", owner=seller, currency="EUR")) == (
        400,
        100,
    )


def test_the_statement_as_csv(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=1_000)
    services.send_money(sender=buyer, recipient=seller, amount=400, currency="USD", note="=1+1")
    answer = client(buyer).get("/api/wallets/my_wallet/transactions/export/?direction=out")
    assert answer.streaming
    head, row = answer.getvalue().decode().splitlines()
    assert head.startswith("time,amount,currency")
    assert row.split(",")[1:6] == ["-4.00", "USD", "out", "transfer", "'=1+1"]


CSV = "/api/wallets/my_wallet/transactions/"


@pytest.mark.django_db(transaction=True)
def test_a_code_is_taken_once_however_many_want_it() -> None:
    body = {"code": "RACE", "kind": "percent", "percent": "10"}
    answers: list[tuple[int, str]] = []

    def create(number: int) -> None:
        answer = client(UserFactory()).post("/api/discounts/", body, format="json")
        answers.append((201, "") if answer.status_code == 201 else code(answer))

    assert set(at_once(8, create)) == {"ok"}
    assert sorted(answers) == [(201, ""), *[(400, "unique")] * 7]


@pytest.mark.parametrize("how", ["format", "accept"])
def test_the_entries_themselves_as_csv(buyer: Any, seller: Any, how: str) -> None:
    """By ``?format=csv`` or by what the client accepts: the same filters, the same scope, every row."""
    WalletFactory(owner=buyer, funds=1_000)
    for note in ("one", "two", "three"):
        services.send_money(sender=buyer, recipient=seller, amount=100, currency="USD", note=note)
    asked = {"format": "csv"} if how == "format" else {}
    headers = {"Accept": "text/csv"} if how == "accept" else {}

    def get(user: Any, **query: Any) -> Any:
        return client(user).get(CSV, {**asked, **query}, headers=headers)

    answer = get(buyer, direction="out")
    assert (answer.streaming, answer["Content-Type"]) == (True, "text/csv; charset=utf-8")
    head, *rows = answer.getvalue().decode().splitlines()
    assert (head.startswith("time,amount,currency"), len(rows)) == (True, 3)
    exported = client(buyer).get(f"{CSV}export/?direction=out").getvalue().decode().splitlines()
    assert [head, *rows] == exported
    assert len(get(seller, reference="two").getvalue().decode().splitlines()) == 2
    assert len(get(UserFactory()).getvalue().decode().splitlines()) == 1
    assert APIClient().get(CSV, asked, headers=headers).status_code in {401, 403}
    wrong = get(buyer, nonsense="1")
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "text/csv; charset=utf-8")
    assert "unknown_filter" in wrong.content.decode()
    assert client(buyer).get(CSV).json()["count"] == 4, "and JSON otherwise"
    assert client(buyer).get(CSV, {"format": "xml"}).status_code == 404


def test_withdrawing(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=5_000)
    address = "/api/wallets/my_wallet/withdraw/"
    assert code(client(buyer).post(address, {}, format="json")) == (400, "bank_details_missing")
    details = {"holder": "Sana", "country": "PK", "account_number": "PK36 SCBL 0000 0011 2345 6702"}
    stored = client(buyer).put("/api/bank-details/", details, format="json")
    assert (stored.status_code, stored.json()["account"]) == (200, "•••• 6702")
    assert "account_number" not in client(buyer).get("/api/bank-details/").json()
    small = client(buyer).post(address, {"amount": "9.99"}, format="json")
    assert code(small) == (400, "below_payout_minimum")
    much = client(buyer).post(address, {"amount": "50.01"}, format="json")
    assert code(much) == (409, "insufficient_funds")
    first = client(buyer).post(address, {"amount": "20.00"}, format="json")
    rest = client(buyer).post(address, {}, format="json")
    assert (first.json()["state"], rest.json()["amount"], money("wallet", owner=buyer)) == (
        "held",
        "30.00",
        0,
    )
    one, other = get_payout_model()._default_manager.order_by("created_at")
    for _twice in range(2):
        services.confirm_payout(payout=one)
        services.return_payout(payout=other)
    assert (money("wallet", owner=buyer), money("external", name="bank"), sound()) == (3_000, 2_000, True)
    states = {row["state"] for row in client(buyer).get("/api/payouts/").json()["results"]}
    assert states == {"paid", "returned"}
    assert client(UserFactory()).get("/api/payouts/").json()["count"] == 0


def test_payouts_by_schedule(buyer: Any, seller: Any) -> None:
    """Once a period, from the minimum on, to those who want it and said where to."""
    WalletFactory(owner=buyer, funds=5_000)
    WalletFactory(owner=seller, funds=999)
    WalletFactory(owner=UserFactory(), funds=5_000)
    bank(buyer)
    bank(seller)
    now = timezone.now()
    assert [services.pay_out_by_schedule(now=now) for _twice in range(2)] == [1, 0]
    assert services.pay_out_by_schedule(now=now + timedelta(days=7)) == 0
    [row] = get_payout_model()._default_manager.all()
    assert (row.user, row.amount, row.origin) == (buyer, 5_000, "schedule")


class PayingOut:
    """A gateway that pays out, as told."""

    status = "succeeded"
    calls: list[str] = []

    def payout(self, *, key: str, amount: int, currency: str, destination: str) -> Any:
        from chowk_payments.gateways.base import Outcome, Status

        self.calls.append(key)
        return Outcome(status=Status(self.status), reference="po_1", code="account_closed")


@pytest.mark.parametrize(
    ("status", "state", "left"),
    [("succeeded", "paid", 0), ("declined", "returned", 5_000), ("processing", "processing", 0)],
)
def test_payouts_through_a_gateway(buyer: Any, after_commit: Any, status: str, state: str, left: int) -> None:
    from django.conf import settings

    from chowk_payments.models import get_connected_account_model

    WalletFactory(owner=buyer, funds=5_000)
    get_connected_account_model()._default_manager.create(
        user=buyer, gateway="out", reference="acct_1", country="PK", payouts_enabled=True
    )
    gateway = type("Told", (PayingOut,), {"status": status, "calls": []})
    mine = {**settings.CHOWK_PAYMENTS, "GATEWAYS": {"out": gateway}, "PAYOUT_GATEWAY": "out"}
    with override_settings(CHOWK_PAYMENTS=mine):
        after_commit(lambda: services.request_payout(user=buyer, currency="USD"))
        row = get_payout_model()._default_manager.get()
        assert (row.state, money("wallet", owner=buyer), total()) == (state, left, 0)
        services.resolve_payouts(now=timezone.now() + timedelta(hours=1))
    assert set(gateway.calls) == {str(row.pk)}


def test_discounts_by_the_api(buyer: Any, seller: Any) -> None:
    made = client(seller).post(
        "/api/discounts/", {"code": "ten", "kind": "percent", "percent": "10", "public": True}, format="json"
    )
    assert (made.status_code, made.json()["code"]) == (201, "TEN")
    again = client(seller).post(
        "/api/discounts/", {"code": "TEN", "kind": "percent", "percent": "5"}, format="json"
    )
    assert code(again) == (400, "unique")
    nothing = client(seller).post("/api/discounts/", {"code": "NIL", "kind": "fixed"}, format="json")
    assert nothing.status_code == 400
    assert (
        client(seller)
        .post(
            "/api/discounts/",
            {"code": "FIX", "kind": "fixed", "amount": "5.00", "currency": "USD"},
            format="json",
        )
        .status_code
        == 201
    )
    assert APIClient().get("/api/discounts/").json()["count"] == 1
    assert client(seller).get("/api/discounts/").json()["count"] == 2
    cart = {
        "code": "ten",
        "currency": "USD",
        "lines": [{"id": "1", "seller_id": str(seller.pk), "total": "50.00"}],
    }
    worth = APIClient().post("/api/discounts/validate/", cart, format="json")
    assert worth.json()["lines"] == [{"id": "1", "amount": "5.00"}]
    for _twice in range(2):
        client(buyer).post("/api/discounts/apply/", {**cart, "key": "c"}, format="json")
    assert get_discount_model()._default_manager.get(code="TEN").used == 1
    get_discount_model()._default_manager.filter(code="TEN").update(limit=1, limit_per_user=1)
    mine, others = (
        client(one).post("/api/discounts/validate/", cart, format="json") for one in (buyer, UserFactory())
    )
    assert (mine.status_code, mine.json()["total"]) == (200, "5.00")
    assert code(others) == (409, "discount_exhausted")
    later = timezone.now() + timedelta(days=1)
    assert services.release_reservations(now=later) == 1, "nobody checked out"
    endless = {"code": "MANY", "kind": "free_shipping", "limit": 2**31}
    assert code(client(seller).post("/api/discounts/", endless, format="json")) == (400, "max_value")
    strange = {"code": "ZZZ", "kind": "percent", "percent": "5", "currency": "ZZZ"}
    assert code(client(seller).post("/api/discounts/", strange, format="json")) == (400, "unknown_currency")
    odd = APIClient().post(
        "/api/discounts/validate/", {**cart, "currency": "ZZZ", "lines": []}, format="json"
    )
    assert code(odd) == (400, "unknown_currency")
    unknown = APIClient().post("/api/discounts/validate/", {**cart, "code": "no"}, format="json")
    assert code(unknown) == (400, "discount_unknown")
    address = f"/api/discounts/{made.json()['id']}/"
    assert client(buyer).patch(address, {"active": False}, format="json").status_code == 403
    assert client(seller).patch(address, {"active": False}, format="json").json()["active"] is False


@pytest.fixture
def endpoints(buyer: Any, seller: Any) -> dict[str, tuple[Any, str, dict[str, Any], Callable[[], int], int]]:
    """Who sends what where, how often it had its effect, and how often it should."""
    WalletFactory(owner=buyer, funds=100_000)
    bank(buyer)
    order, other, third = (OrderFactory(buyer=buyer, seller=seller, total=1_000) for _each in range(3))
    part, asked = (
        services.pay(payer=buyer, target=Target.of(one), method="wallet").parts.get()
        for one in (other, third)
    )
    refund = services.request_refund(part=asked, by=buyer, amount=400)
    services.approve_refund(refund=refund, by=seller)
    services.create_discount(by=seller, code="TEN", kind="percent", percent=10)
    card = {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 2050, "security_code": "123"}
    line = {"id": "1", "seller_id": str(seller.pk), "total": "50.00"}
    wallet = "/api/wallets/my_wallet/"
    payments = get_payment_model()._default_manager
    transfers, payouts = get_transfer_model()._default_manager, get_payout_model()._default_manager
    return {
        "pay": (
            buyer,
            "/api/payments/",
            {"target": link(order), "method": "wallet"},
            payments.filter(target_id=str(order.pk)).count,
            1,
        ),
        "top-up": (
            buyer,
            f"{wallet}top-up/",
            {"amount": "7.00", "card": card},
            transfers.filter(code="top_up").count,
            1,
        ),
        "withdraw": (
            buyer,
            f"{wallet}withdraw/",
            {"amount": "20.00"},
            payouts.count,
            1,
        ),
        "transfer": (
            buyer,
            f"{wallet}transfer/",
            {"recipient": seller.get_username(), "amount": "3.00"},
            transfers.filter(code="transfer").count,
            1,
        ),
        "refund": (
            buyer,
            "/api/refunds/",
            {"target": link(other), "amount": "1.00"},
            get_refund_model()._default_manager.filter(part=part).count,
            1,
        ),
        "complete": (
            seller,
            f"/api/refunds/{refund.pk}/complete/",
            {},
            transfers.filter(code="refund").count,
            1,
        ),
        "apply": (
            buyer,
            "/api/discounts/apply/",
            {"code": "TEN", "currency": "USD", "lines": [line], "key": "c"},
            lambda: get_discount_model()._default_manager.get(code="TEN").used,
            1,
        ),
    }


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["pay", "top-up", "withdraw", "transfer", "refund", "complete", "apply"])
def test_sent_fifty_times_at_once_with_one_key(endpoints: Any, name: str) -> None:
    """By 10 threads, five times each: one effect, one answer. 409 says that the first is still running."""
    user, address, body, effects, expected = endpoints[name]
    answers: list[tuple[int, str]] = []
    lock = threading.Lock()

    def send(number: int) -> None:
        for _each in range(5):
            got = client(user).post(address, body, format="json", headers={"Idempotency-Key": "one"})
            with lock:
                answers.append((got.status_code, got.content.decode()))

    assert set(at_once(10, send)) == {"ok"}
    final = client(user).post(address, body, format="json", headers={"Idempotency-Key": "one"})
    done = {answer for answer in answers if answer[0] != 409}
    assert len(answers) == 50
    assert done == {(final.status_code, final.content.decode())}
    assert final.status_code in {200, 201}
    assert effects() == expected
    assert connection.vendor == "postgresql"
    assert total() == 0


@pytest.mark.django_db(transaction=True)
def test_full_refunds_at_once_are_one(order: Any, buyer: Any, seller: Any) -> None:
    """64 by 16 threads, four each."""
    part = paid(order, buyer)
    services.release_escrow(target=part.target)

    def back(number: int) -> None:
        for _each in range(4):
            services.refund_part(part=part, reason="crowd")

    assert set(at_once(16, back)) == {"ok"}
    assert get_refund_model()._default_manager.count() == 1
    assert (money("wallet", owner=buyer), money("wallet", owner=seller), money("revenue")) == (10_000, 0, 0)
    assert sound()
