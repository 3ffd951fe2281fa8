"""An order's invoice, as the marketplace knows the parties and as payments issue it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.relay import relay
from chowk_core.targets import Target
from chowk_marketplace.models import get_order_model, get_seller_profile_model
from chowk_payments import services
from chowk_payments.models import get_invoice_model

pytestmark = pytest.mark.django_db


def person(name: str) -> Any:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    return get_user_model().objects.create_user(email, display_name=name)


def invoice_of(seller: Any) -> Any:
    """Of an order of 50.00 that its buyer paid from the wallet."""
    buyer = person("Ayesha Malik")
    order = get_order_model()._default_manager.create(
        number=f"N-{seller.pk}"[:20],
        buyer=buyer,
        seller=seller,
        total=Money("50.00", "USD"),
        goods=Money("50.00", "USD"),
        pay_by=timezone.now() + timedelta(days=1),
        **{name: Money(0, "USD") for name in ("shipping", "discount", "tax")},
    )
    outside = services.get_or_open(kind="external", currency="USD", name="tests")
    wallet = services.wallet_of(buyer, "USD")
    with transaction.atomic():
        services.transfer(legs=[services.Leg(debit=outside, credit=wallet, amount=5_000, code="funding")])
    services.pay(payer=buyer, target=Target.of(order), method="wallet")
    relay()
    return get_invoice_model()._default_manager.get(seller=seller)


def test_the_seller_is_as_their_profile_and_their_bank_details_say() -> None:
    seller = person("Khan")
    get_seller_profile_model()._default_manager.create(
        user=seller, brand="Khan & Söhne", address="12 Mall Road", city="Lahore", country="PK"
    )
    services.save_bank_details(
        user=seller,
        holder="Khan",
        country="PK",
        account_number="PK36SCBL0000001123456702",
        tax_number="NTN 1234567-8",
    )
    invoice = invoice_of(seller)
    assert invoice.data["seller_name"] == "Khan & Söhne"
    assert invoice.data["seller_address"].splitlines() == ["12 Mall Road", "Lahore", "Pakistan"]
    assert invoice.seller_tax_number == "NTN 1234567-8"
    assert invoice.data["buyer_name"] == "Ayesha Malik"


def test_a_seller_without_a_profile() -> None:
    invoice = invoice_of(person("Sana Ahmed"))
    facts = (invoice.data["seller_name"], invoice.data["seller_address"], invoice.seller_tax_number)
    assert facts == ("Sana Ahmed", "", "")
