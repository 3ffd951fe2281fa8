"""A discount code on its way from the cart to the order that is paid, as the marketplace asks payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from replays.makers import SHIP_TO, goods, staff, user
from rest_framework.test import APIClient

from chowk_marketplace import services as marketplace
from chowk_marketplace.services.quoting import Wishes
from chowk_payments import services as payments

pytestmark = pytest.mark.usefixtures("database")


def code_of(**fields: Any) -> Any:
    return payments.create_discount(
        by=staff(), code=f"D-{uuid4().hex[:8]}".upper(), kind="percent", percent=Decimal(10), **fields
    )


@pytest.mark.parametrize("once", [{"limit": 1}, {"limit_per_user": 1}, {"first_order": True}], ids=str)
def test_what_was_reserved_is_checked_out(once: Any) -> None:
    discount, buyer, thing = code_of(**once), user(), goods()
    cart = marketplace.open_cart(user=buyer)
    marketplace.add_to_cart(cart=cart, listing=thing)
    client = APIClient()
    client.force_authenticate(buyer)
    line = {
        "id": "1",
        "listing_id": str(thing.pk),
        "seller_id": str(thing.seller.pk),
        "total": "25.00",
    }
    asked = {"code": discount.code, "currency": "USD", "lines": [line]}
    assert client.post("/api/discounts/apply/", {**asked, "key": "c"}, format="json").status_code == 200
    assert client.post("/api/discounts/validate/", asked, format="json").status_code == 200
    wishes = Wishes(ship_to=SHIP_TO, discount_code=discount.code)
    quote = marketplace.quote_checkout(cart=cart, buyer=buyer, wishes=wishes)
    group = marketplace.place_checkout(cart=cart, buyer=buyer, wishes=wishes)
    assert (quote.sum("discount"), group.discount.amount) == (250, Decimal("2.50"))
    assert discount.uses.get(state="held").key == str(group.pk)


def test_an_order_keeps_the_code_that_is_switched_off_meanwhile() -> None:
    discount, buyer = code_of(), user()
    order = marketplace.purchase(listing=goods(), buyer=buyer, wishes=Wishes(discount_code=discount.code))
    payments.switch_discount(discount=discount, by=staff(), active=False)
    order = marketplace.set_delivery(order=order, actor=buyer, ship_to=SHIP_TO)
    assert (order.delivery_due, order.discount.amount) == (False, Decimal("2.50"))
