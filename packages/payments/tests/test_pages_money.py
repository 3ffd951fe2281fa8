"""Money out of the wallet, its statement, refunds and invoices, as pages without script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chowk_core.relay import relay
from chowk_payments import selectors, services
from chowk_payments.models import (
    get_bank_details_model,
    get_invoice_model,
    get_payout_model,
    get_transfer_model,
)
from chowk_payments.pages.money_forms import is_mistyped_iban
from tests.factories import OrderFactory, UserFactory, WalletFactory
from tests.ledger import money
from tests.test_money_api import bank
from tests.test_refunds import paid, refund

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

MINUS = "\N{MINUS SIGN}"
IBAN = "PK36 SCBL 0000 0011 2345 6702"
BANK = {"holder": "Sana Khan", "country": "PK", "account_number": IBAN, "tax_number": "1234567-8"}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_strangers_sign_in_first() -> None:
    for url in (
        "/wallet/statement.csv",
        "/wallet/send/",
        "/wallet/withdraw/",
        "/payouts/",
        "/payouts/bank/",
        "/refunds/",
        "/invoices/",
    ):
        assert Client().get(url).status_code == 302, url


# Sending


def sending(seller: Any, **changed: str) -> dict[str, str]:
    return {"recipient": seller.username, "amount": "12.50", "currency": "USD", "note": "For tea", **changed}


def test_sending_is_looked_at_once_more_and_happens_once(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=2_000)
    client = browser(buyer)
    look = client.post("/wallet/send/", sending(seller))
    assert "Is this right?" in text_of(look)
    assert money("wallet", owner=buyer) == 2_000
    body = sending(seller, step="go", key=key_in(look.content.decode()))
    for _ in range(2):
        assert client.post("/wallet/send/", body)["Location"] == "/wallet/"
    assert (money("wallet", owner=buyer), money("wallet", owner=seller)) == (750, 1_250)
    page = text_of(client.get("/wallet/"))
    assert f"To {seller}" in page
    assert "For tea" in page
    assert f"From {buyer}" in text_of(browser(seller).get("/wallet/"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"recipient": "nobody"}, "Nobody here signs in so."),
        ({"recipient": ""}, "Enter to whom."),
        ({"amount": "0"}, "Enter $0.01 or more."),
        ({"amount": "-5"}, "Enter an amount above zero."),
        ({"amount": "1.234"}, "at most 2 decimals"),
        ({"amount": "1e400"}, "put right"),
        ({"amount": "much"}, "Enter an amount, such as 250.00."),
        ({"currency": "EUR"}, "put right"),
        ({"note": "x" * 161}, "at most 160"),
    ],
)
def test_what_cannot_be_sent_is_said_and_kept(
    buyer: Any, seller: Any, changed: dict[str, str], said: str
) -> None:
    WalletFactory(owner=buyer, funds=2_000)
    for step in ("", "go"):
        answer = browser(buyer).post("/wallet/send/", sending(seller, step=step, **changed))
        assert answer.status_code == 400
        assert said in text_of(answer)
        assert next(iter(changed.values())) in answer.content.decode()
    assert not get_transfer_model().objects.filter(code="transfer").exists()


@pytest.mark.parametrize(
    ("step", "said"),
    [("", "Your wallet holds $20.00."), ("go", "There is not enough money in this account.")],
)
def test_nobody_sends_more_than_there_is(buyer: Any, seller: Any, step: str, said: str) -> None:
    WalletFactory(owner=buyer, funds=2_000)
    answer = browser(buyer).post("/wallet/send/", sending(seller, amount="20.01", step=step))
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert 'value="20.01"' in answer.content.decode()
    assert money("wallet", owner=buyer) == 2_000


def test_nobody_sends_to_themselves_or_from_an_empty_wallet(buyer: Any, seller: Any) -> None:
    client = browser(buyer)
    assert "This is you." in text_of(client.post("/wallet/send/", sending(buyer)))
    assert "Your wallet holds $0.00." in text_of(client.post("/wallet/send/", sending(seller)))


def test_changing_it_keeps_what_was_typed(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=2_000)
    answer = browser(buyer).post("/wallet/send/", sending(seller, step="change"))
    assert answer.status_code == 200
    assert 'value="12.50"' in answer.content.decode()


# The bank, and payouts


def test_the_bank_is_entered_once_and_masked(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=5_000)
    client = browser(buyer)
    assert client.get("/wallet/withdraw/")["Location"] == "/payouts/bank/?then=withdraw"
    answer = client.post("/payouts/bank/?then=withdraw", BANK)
    assert answer["Location"] == "/wallet/withdraw/"
    stored = get_bank_details_model().objects.get()
    assert (stored.account_number, stored.tax_number, stored.country) == (IBAN, "1234567-8", "PK")
    for url in ("/wallet/withdraw/", "/payouts/", "/payouts/bank/"):
        page = client.get(url).content.decode()
        assert "•••• 6702" in page, url
        assert "SCBL" not in page, url
        assert "1234567-8" not in page, url
    client.post("/payouts/bank/", BANK | {"account_number": "", "tax_number": "", "holder": "Sana A. Khan"})
    stored = get_bank_details_model().objects.get()
    assert (stored.holder, stored.account_number, stored.tax_number) == ("Sana A. Khan", IBAN, "1234567-8")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"holder": ""}, "Enter the name as the bank has it."),
        ({"country": ""}, "Choose the bank"),
        ({"country": "XX"}, "put right"),
        ({"account_number": ""}, "Enter the number of the account."),
        ({"account_number": "PK36 SCBL 0000 0011 2345 6703"}, "This IBAN has a typing error."),
        ({"account_number": "<1234>"}, "Enter 4 to 42 letters and digits."),
        ({"tax_number": "x" * 41}, "Enter up to 40"),
    ],
)
def test_wrong_bank_details_are_said_and_kept(buyer: Any, changed: dict[str, str], said: str) -> None:
    answer = browser(buyer).post("/payouts/bank/", BANK | changed)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert 'value="Sana Khan"' in answer.content.decode() or "holder" in changed
    assert not get_bank_details_model().objects.exists()


def test_a_site_without_keys_says_so(buyer: Any, settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "ENCRYPTION_KEYS": []}
    answer = browser(buyer).post("/payouts/bank/", BANK)
    assert answer.status_code == 400
    assert "cannot keep secrets yet" in text_of(answer)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (IBAN, False),
        ("DE89370400440532013000", False),
        ("de89 3704 0044 0532 0130 00", False),
        ("DE88370400440532013000", True),
        ("12345678", False),
        ("GB82WEST12345698765433", True),
    ],
)
def test_ibans(text: str, wrong: bool) -> None:
    assert is_mistyped_iban(text) is wrong


def test_withdrawing_is_looked_at_once_more_and_happens_once(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=5_000)
    bank(buyer)
    client = browser(buyer)
    assert 'value="50.00"' in client.get("/wallet/withdraw/").content.decode()
    look = client.post("/wallet/withdraw/", {"amount": "30", "currency": "USD"})
    assert "Is this right?" in text_of(look)
    assert not get_payout_model().objects.exists()
    body = {"amount": "30.00", "currency": "USD", "step": "go", "key": key_in(look.content.decode())}
    for _ in range(2):
        assert client.post("/wallet/withdraw/", body)["Location"] == "/payouts/"
    payout = get_payout_model().objects.get()
    assert (payout.amount, payout.state) == (3_000, "held")
    page = text_of(client.get("/payouts/"))
    for words in ("$30.00", "Set aside", "•••• 6702", "and $30.00 set aside"):
        assert words in page, words
    services.return_payout(payout=payout)
    assert "It is in your wallet again." in text_of(client.get("/payouts/"))


@pytest.mark.parametrize(
    ("step", "amount", "said"),
    [
        ("", "50.01", "Your wallet holds $50.00."),
        ("go", "50.01", "There is not enough money in this account."),
        ("", "9.99", "Enter $10.00 or more."),
        ("go", "9.99", "Enter $10.00 or more."),
        ("go", "x", "such as 250.00"),
    ],
)
def test_what_cannot_be_withdrawn_is_said_and_kept(buyer: Any, step: str, amount: str, said: str) -> None:
    WalletFactory(owner=buyer, funds=5_000)
    bank(buyer)
    answer = browser(buyer).post("/wallet/withdraw/", {"amount": amount, "currency": "USD", "step": step})
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert f'value="{amount}"' in answer.content.decode()
    assert not get_payout_model().objects.exists()


def test_a_gateway_that_does_not_know_the_bank(buyer: Any, settings: Any) -> None:
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYOUT_GATEWAY": "dummy"}
    WalletFactory(owner=buyer, funds=5_000)
    client = browser(buyer)
    assert "does not know your bank yet" in text_of(client.get("/payouts/"))
    answer = client.post("/wallet/withdraw/", {"amount": "20", "currency": "USD", "step": "go"})
    assert answer.status_code == 400
    assert "Enter your bank details first." in text_of(answer)


def test_the_schedule_is_the_users_choice(buyer: Any, settings: Any) -> None:
    client = browser(buyer)
    client.post("/payouts/schedule/", {"automatic": "yes"})
    assert not get_bank_details_model().objects.exists()
    row = bank(buyer)
    assert "By itself every 7 days" in text_of(client.get("/payouts/"))
    client.post("/payouts/schedule/", {"automatic": "no"})
    row.refresh_from_db()
    assert not row.automatic
    assert "Only when you ask." in text_of(client.get("/payouts/"))
    client.post("/payouts/schedule/", {"automatic": "yes"})
    row.refresh_from_db()
    assert row.automatic
    settings.CHOWK_PAYMENTS = {**settings.CHOWK_PAYMENTS, "PAYOUT_EVERY": timedelta(0)}
    page = text_of(client.get("/payouts/"))
    assert "By itself" not in page
    assert "When you ask." in page


def test_payouts_cost_the_same_however_many(buyer: Any, seller: Any) -> None:
    client = browser(buyer)
    assert "Nothing has been paid out yet" in text_of(client.get("/payouts/"))
    WalletFactory(owner=buyer, funds=50_000)
    bank(buyer)
    services.request_payout(user=buyer, currency="USD", amount=1_000)
    few = statements(client, "/payouts/")
    for _ in range(5):
        services.request_payout(user=buyer, currency="USD", amount=1_000)
    assert statements(client, "/payouts/") == few
    assert "•••• 6702" not in text_of(browser(seller).get("/payouts/"))


# The statement


def test_the_statement_is_filtered_and_saved_alike(buyer: Any, seller: Any) -> None:
    WalletFactory(owner=buyer, funds=9_000)
    services.send_money(sender=buyer, recipient=seller, amount=1_234, currency="USD")
    client = browser(buyer)
    whole = client.get("/wallet/")
    assert "Balance" in text_of(whole)
    today = timezone.localdate()
    for query, shown, hidden in (
        ("direction=out", "-$12.34", "+$90.00"),
        ("direction=in", "+$90.00", "-$12.34"),
        ("kind=transfer", "-$12.34", "+$90.00"),
        (f"since={today}&direction=out", "-$12.34", "+$90.00"),
        (f"until={today}&direction=in", "+$90.00", "-$12.34"),
    ):
        page = client.get(f"/wallet/?{query}")
        assert shown in text_of(page), query
        assert hidden not in text_of(page), query
        assert not page.context["whole"]
        lines = b"".join(client.get(f"/wallet/statement.csv?{query}").streaming_content).decode()  # type: ignore[attr-defined]
        assert len(lines.splitlines()) == 2, query
        assert f"?{query}".replace("&", "&amp;") in page.content.decode()
    assert "Nothing like that has moved" in text_of(client.get(f"/wallet/?since={today + timedelta(days=1)}"))
    wrong = client.get("/wallet/?since=soon&kind=transfer")
    assert "put right" in text_of(wrong)
    assert 'value="soon"' in wrong.content.decode()
    assert "+$90.00" not in text_of(wrong)
    assert client.get("/wallet/?currency=JPY").context["page"].paginator.count == 0
    answer = client.get("/wallet/statement.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="wallet.csv"'
    assert len(b"".join(answer.streaming_content).splitlines()) == 3  # type: ignore[attr-defined]


def test_a_lost_dispute_is_called_what_it_is(buyer: Any) -> None:
    wallet = WalletFactory(owner=buyer, funds=9_000)
    bank = services.get_or_open(kind="disputed", currency="USD")
    services.transfer(legs=[services.Leg(debit=wallet, credit=bank, amount=4_000, code="chargeback")])
    page = text_of(browser(buyer).get("/wallet/?kind=chargeback"))
    assert "-$40.00" in page
    assert "+$90.00" not in page
    assert page.count("Charged back by the bank") == 2, "the entry, and the filter's choice"


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "9998-12-31", "1900-01-01"])
@pytest.mark.parametrize("end", ["since", "until"])
def test_the_statement_of_any_day(buyer: Any, settings: Any, end: str, day: str, zone: str) -> None:
    """Also of one without a day after it, or with no time in the zone of the database."""
    settings.TIME_ZONE = zone
    WalletFactory(owner=buyer, funds=9_000)
    client = browser(buyer)
    page = client.get(f"/wallet/?{end}={day}")
    assert page.status_code == 200
    assert ("put right" in text_of(page)) is (day in {"9999-12-31", "0001-01-01"})
    lines = b"".join(client.get(f"/wallet/statement.csv?{end}={day}").streaming_content)  # type: ignore[attr-defined]
    nothing = (end, day) in {("since", "9998-12-31"), ("until", "1900-01-01")}
    assert len(lines.splitlines()) == (1 if nothing else 2)


def test_the_balance_of_one_currency_runs_over_its_own_entries(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=9_000)
    WalletFactory(owner=buyer, funds=700, currency="JPY")
    page = browser(buyer).get("/wallet/?currency=JPY")
    assert [row.balance_after for row, *_rest in page.context["entries"]] == [700]


def test_the_wallet_costs_the_same_however_many(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=9_000)
    client = browser(buyer)
    services.send_money(sender=buyer, recipient=UserFactory(), amount=100, currency="USD")
    few = statements(client, "/wallet/")
    for _ in range(5):
        services.send_money(sender=buyer, recipient=UserFactory(), amount=100, currency="USD")
    assert statements(client, "/wallet/") == few


# Refunds and invoices


def asked_back(buyer: Any, seller: Any) -> Any:
    part = paid(OrderFactory(buyer=buyer, seller=seller), buyer)
    return services.request_refund(part=part, by=buyer, amount=2_500, note="It is bent.")


def test_the_seller_gives_it_back(buyer: Any, seller: Any) -> None:
    row = asked_back(buyer, seller)
    url = f"/refunds/{row.pk}/"
    assert "+$25.00" in text_of(browser(buyer).get("/refunds/"))
    assert f"{MINUS}$25.00" in text_of(browser(seller).get("/refunds/?role=sold"))
    assert url not in browser(seller).get("/refunds/?role=bought").content.decode()
    assert "Give $25.00 back" not in text_of(browser(buyer).get(url))
    assert browser(buyer).post(f"{url}give/").status_code == 404
    page = browser(seller).get(url)
    assert "It is bent." in text_of(page)
    for _ in range(2):
        assert browser(seller).post(f"{url}give/")["Location"] == url
    row.refresh_from_db()
    assert (row.state, money("wallet", owner=buyer)) == ("completed", 2_500)
    assert "Give $25.00 back" not in text_of(browser(seller).get(url))


def test_refusing_and_taking_back(buyer: Any, seller: Any) -> None:
    row = asked_back(buyer, seller)
    url = f"/refunds/{row.pk}/"
    answer = browser(seller).post(f"{url}refuse/", {"note": "x" * 1001})
    assert answer.status_code == 400
    assert "x" * 1001 in answer.content.decode()
    assert browser(seller).post(f"{url}withdraw/").status_code == 404
    browser(seller).post(f"{url}refuse/", {"note": "It was whole."})
    assert "It was whole." in text_of(browser(buyer).get(url))
    other = asked_back(buyer, seller)
    browser(buyer).post(f"/refunds/{other.pk}/withdraw/")
    other.refresh_from_db()
    assert other.state == "refused"


def test_what_staff_approved_is_the_sellers_to_give_only(buyer: Any, seller: Any) -> None:
    row = asked_back(buyer, seller)
    assert "Refuse it" in text_of(browser(seller).get(f"/refunds/{row.pk}/"))
    services.approve_refund(refund=row, by=UserFactory(is_staff=True))
    page = text_of(browser(seller).get(f"/refunds/{row.pk}/"))
    assert "Give $25.00 back" in page
    assert "Refuse it" not in page


def test_papers_are_for_their_two_sides(buyer: Any, seller: Any) -> None:
    row = asked_back(buyer, seller)
    relay()
    invoice = get_invoice_model().objects.get()
    stranger = browser(UserFactory())
    for url in (
        f"/refunds/{row.pk}/",
        f"/invoices/{invoice.pk}/pdf/",
        "/refunds/nothing/",
        "/invoices/nothing/pdf/",
    ):
        assert stranger.get(url).status_code == 404, url
    assert stranger.post(f"/refunds/{row.pk}/give/").status_code == 404
    assert "No refunds" in text_of(stranger.get("/refunds/"))
    assert "No invoices yet" in text_of(stranger.get("/invoices/"))
    staff = browser(UserFactory(is_staff=True))
    assert "No invoices yet" in text_of(staff.get("/invoices/"))


def test_invoices_and_their_paper(buyer: Any, seller: Any) -> None:
    part = paid(OrderFactory(buyer=buyer, seller=seller), buyer)
    refund(part, 2_500)
    relay()
    note, invoice = get_invoice_model().objects.order_by("kind")
    page = browser(buyer).get("/invoices/")
    for words in (invoice.number, note.number, f"credit note of {invoice.number}", f"{MINUS}$25.00"):
        assert words in text_of(page), words
    assert invoice.number in text_of(browser(seller).get("/invoices/?role=sold"))
    assert invoice.number not in text_of(browser(seller).get("/invoices/?role=bought"))
    paper = browser(buyer).get(f"/invoices/{invoice.pk}/pdf/")
    assert paper.content.startswith(b"%PDF-")
    assert paper["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'


def test_papers_cost_the_same_however_many(buyer: Any, seller: Any) -> None:
    client = browser(buyer)
    asked_back(buyer, seller)
    relay()
    few = statements(client, "/refunds/"), statements(client, "/invoices/")
    for _ in range(5):
        asked_back(buyer, seller)
    relay()
    assert (statements(client, "/refunds/"), statements(client, "/invoices/")) == few


def test_the_sum_in_the_form_is_what_can_be_spent(buyer: Any) -> None:
    WalletFactory(owner=buyer, funds=5_000)
    bank(buyer)
    services.request_payout(user=buyer, currency="USD", amount=2_000)
    assert selectors.wallet_in(buyer).available == 3_000
    assert 'value="30.00"' in browser(buyer).get("/wallet/withdraw/").content.decode()
