"""Invoices: numbered without gaps, never changed, drawn, and sent."""

from __future__ import annotations

import random
import socket
import threading
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from rest_framework.test import APIClient

from chowk_core.exceptions import DomainError
from chowk_core.relay import relay
from chowk_payments import services
from chowk_payments.models import get_invoice_model
from chowk_payments.services.numbering import next_number
from tests.factories import OrderFactory, UserFactory
from tests.test_crowd import at_once
from tests.test_refunds import paid, refund

pytestmark = pytest.mark.django_db


def invoices() -> list[Any]:
    return list(get_invoice_model()._default_manager.order_by("issued_at", "sequence"))


def client(user: Any) -> APIClient:
    api = APIClient()
    api.force_authenticate(user)
    return api


def test_issued_when_paid_and_credited_when_refunded(buyer: Any, seller: Any) -> None:
    part = paid(OrderFactory(buyer=buyer, seller=seller, total=10_001), buyer)
    relay()
    relay()
    refund(part, 4_000)
    refund(part, None)
    relay()
    invoice, *notes = invoices()
    year = invoice.issued_at.year
    assert (invoice.number, invoice.total, invoice.seller) == (f"INV-{year}-00001", 10_001, seller)
    assert [(note.number, note.total, note.corrects) for note in notes] == [
        (f"CN-{year}-00001", 4_000, invoice.number),
        (f"CN-{year}-00002", 6_001, invoice.number),
    ]
    assert invoice.seller_tax_number == "TAX-998877665544"
    assert services.issue_invoice(part=part).pk == invoice.pk


def test_the_tax_in_credit_notes_adds_up(buyer: Any, seller: Any) -> None:
    part = paid(OrderFactory(buyer=buyer, seller=seller, total=100), buyer)
    invoice = services.issue_invoice(part=part)
    notes = []
    with unguarded():
        invoice.data["tax_minor"] = 17
        get_invoice_model()._default_manager.filter(pk=invoice.pk).update(data=invoice.data)
    for amount in (33, 33, 1, 33):
        notes.append(services.issue_credit_note(refund=refund(part, amount)))
    assert sum(note.data["tax_minor"] for note in notes) == 17


class unguarded:
    """Lifts the guards for a moment, as nobody else may."""

    def __enter__(self) -> None:
        from chowk_payments import immutability

        self.table = get_invoice_model()._meta.db_table
        self.there = immutability.installed(self.table)
        if self.there:
            immutability.remove(connection.schema_editor(), self.table)

    def __exit__(self, *problem: Any) -> None:
        from chowk_payments import immutability

        if self.there:
            how = immutability.guarded_tables()[self.table]
            immutability.install(connection.schema_editor(), self.table, **how)


def test_a_rollback_leaves_no_gap() -> None:
    def take(fail: bool) -> int:
        with transaction.atomic():
            number = next_number("test")
            if fail:
                raise ZeroDivisionError
        return number

    assert take(False) == 1
    with pytest.raises(ZeroDivisionError):
        take(True)
    assert (take(False), take(False)) == (2, 3)


@pytest.mark.django_db(transaction=True)
def test_no_gaps_by_many_who_sometimes_fail() -> None:
    """16 threads, 15 numbers each, a third rolled back: what was kept is 1, 2, 3 and so on."""
    kept: list[int] = []
    lock = threading.Lock()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _each in range(15):
            try:
                with transaction.atomic():
                    number = next_number("crowd")
                    if chance.random() < 0.33:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            with lock:
                kept.append(number)

    assert set(at_once(16, work)) == {"ok"}
    assert sorted(kept) == list(range(1, len(kept) + 1))
    assert 100 < len(kept) < 240


def test_who_sees_them(buyer: Any, seller: Any, order: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    for user in (buyer, seller):
        [row] = client(user).get("/api/invoices/").json()["results"]
        assert (row["id"], row["total"], row["seller_name"]) == (str(invoice.pk), "100.00", "Khan & Söhne")
    stranger = client(UserFactory())
    assert stranger.get("/api/invoices/").json()["count"] == 0
    for path in ("", "pdf/"):
        assert stranger.get(f"/api/invoices/{invoice.pk}/{path}").status_code == 404
    assert APIClient().get("/api/invoices/").status_code in {401, 403}


def test_the_pdf_is_the_same_every_time(buyer: Any, order: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    first, again = (client(buyer).get(f"/api/invoices/{invoice.pk}/pdf/") for _twice in range(2))
    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    assert first.content.startswith(b"%PDF-")
    assert first.content == again.content


def test_without_the_library_it_says_so(buyer: Any, order: Any, monkeypatch: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    monkeypatch.setattr("chowk_payments.invoice_pdf.FPDF", None)
    answer = client(buyer).get(f"/api/invoices/{invoice.pk}/pdf/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "invoice_renderer_missing")


class Inbox:
    """A mail server's handler that keeps what came."""

    def __init__(self) -> None:
        self.came: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.came.append(envelope)
        return "250 OK"


def test_sent_by_smtp(buyer: Any, order: Any, after_commit: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        with override_settings(EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            answer = after_commit(lambda: client(buyer).post(f"/api/invoices/{invoice.pk}/send/"))
    finally:
        server.stop()
    assert (answer.status_code, answer.json()) == (200, {"sent_to": "ayesha@example.com"})
    [letter] = inbox.came
    assert letter.rcpt_tos == ["ayesha@example.com"]
    assert f"{invoice.number}.pdf".encode() in letter.content
    invoice.refresh_from_db()
    assert invoice.sent_at


def test_nobody_to_send_to(buyer: Any, order: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    invoice.data["buyer_email"] = invoice.buyer.email = ""
    with pytest.raises(DomainError) as refusal:
        services.send_invoice(invoice=invoice)
    assert refusal.value.code == "no_address"


@pytest.mark.django_db(transaction=True)
def test_no_plain_tax_number_in_the_database_and_keys_rotate(buyer: Any, order: Any) -> None:
    invoice = services.issue_invoice(part=paid(order, buyer))
    details = services.save_bank_details(
        user=buyer,
        holder="A",
        country="PK",
        account_number="PK36SCBL0000001123456702",
        tax_number="77665544332",
    )
    secrets = ("TAX-998877665544", "PK36SCBL0000001123456702", "77665544332")
    before = dump()
    assert not any(secret in before for secret in secrets)
    with override_keys([NEW, *OLD]):
        call_command("chowk_rotate_keys", verbosity=0)
    assert dump() != before
    with override_keys([NEW]):
        invoice.refresh_from_db()
        details.refresh_from_db()
        assert (invoice.seller_tax_number, details.account_number, details.tax_number) == secrets
        assert details.masked_account == "•••• 6702"


OLD = ["Y2hvd2sgdGVzdHMga2V5IG9mIDMyIGJ5dGVzICEgICA="]
NEW = "bmV3IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzICE="


def override_keys(keys: list[str]) -> Any:
    from django.conf import settings

    return override_settings(CHOWK_PAYMENTS={**settings.CHOWK_PAYMENTS, "ENCRYPTION_KEYS": keys})


def dump() -> str:
    """Everything in our tables, as the database holds it."""
    with connection.cursor() as cursor:
        tables = [one for one in connection.introspection.table_names(cursor) if "auth" not in one]
        found = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)
