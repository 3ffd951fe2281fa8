"""What people read is translated when they read it, with its names and amounts in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import trans_real
from rest_framework.test import APIClient

from chowk_payments.gateways.base import GatewayUnavailable
from chowk_payments.gateways.stripe_client import MESSAGES
from chowk_payments.pages.checkout import TEST_CARDS
from tests.factories import UserFactory
from tests.test_discounts import make, quote, refused

pytestmark = pytest.mark.django_db

GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    "This code is taken.": "Diesen Code gibt es schon.",
    "Enter how many per cent.": "Wie viel Prozent?",
    "Enter how much.": "Wie viel?",
    "Enter the currency of the amounts.": "In welcher Währung?",
    "%(percent)s%% off": "%(percent)s%% weniger",
    "%(amount)s %(currency)s off": "%(amount)s %(currency)s weniger",
    "This discount is for orders of at least %(minimum)s %(currency)s.": "Erst ab %(minimum)s %(currency)s.",
    "The payment provider does not answer. Try again in a moment.": "Keine Antwort.",
    "The payment provider does not take this currency.": "Diese Währung nicht.",
    "is declined": "wird abgelehnt",
}


def compiled(messages: dict[str, str]) -> bytes:
    """A catalogue as gettext reads it (its manual, "The Format of GNU MO Files")."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    tables, texts = b"", b""
    start = 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), start + len(texts))
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + tables + texts


@pytest.fixture
def german(tmp_path: Path, settings: Any) -> Iterator[None]:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled(GERMAN))
    settings.LOCALE_PATHS = [tmp_path]
    trans_real._translations = {}
    with translation.override("de"):
        yield
    trans_real._translations = {}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": "SALE", "kind": "percent", "percent": "5"}, "Diesen Code gibt es schon."),
        ({"code": "NEW", "kind": "percent"}, "Wie viel Prozent?"),
        ({"code": "NEW", "kind": "fixed"}, "Wie viel?"),
        ({"code": "NEW", "kind": "fixed", "amount": "5.00"}, "In welcher Währung?"),
    ],
)
def test_of_the_api(german: None, body: dict[str, str], said: str) -> None:
    make()
    api = APIClient()
    api.force_authenticate(UserFactory())
    answer = api.post("/api/discounts/", body, format="json", headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, said)


def test_of_discounts(german: None) -> None:
    make()
    make(code="OFF", kind="fixed", amount=500, currency="USD", minimum=999_900)
    assert quote("SALE").label == "10% weniger"
    with pytest.raises(Exception, match=r"Erst ab 9999\.00 USD\."):
        quote("OFF")
    assert refused(quote, "OFF") == "discount_below_minimum"


def test_of_gateways_and_pages(german: None) -> None:
    assert GatewayUnavailable("APIError").detail == "Keine Antwort."
    assert str(MESSAGES["currency_refused"]) == "Diese Währung nicht."
    assert str(TEST_CARDS[-1][1]) == "wird abgelehnt"
