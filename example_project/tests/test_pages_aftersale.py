"""What comes after a sale, through the pages of two packages that know nothing of each other."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chowk_core.relay import relay
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_complaint_model, get_return_model
from tests.factories import UserFactory, make_delivered_order
from tests.pages import MOST_STATEMENTS, SignIn, statements

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(answer: Any) -> str:
    return re.sub(r"<[^>]+>", "", answer.content.decode())


def test_a_return_gives_the_money_back_and_a_credit_note(sign_in: SignIn) -> None:
    order = make_delivered_order(price=5000)
    buyer, seller = sign_in(order.buyer), sign_in(order.seller)
    assert "Invoice" in text_of(buyer.get(f"/orders/{order.pk}/"))
    line = order.lines.get()
    buyer.post(f"/orders/{order.pk}/return/", {f"line-{line.pk}": "1", "reason": "damaged"})
    url = f"/returns/{get_return_model().objects.get().pk}/"
    seller.post(f"{url}approve/", {"note": "To the garage, please."})
    seller.post(f"{url}receive/", {"restock": "on"})
    relay()
    assert "$5,000.00" in text_of(buyer.get(url))
    assert "+$5,000.00" in text_of(buyer.get("/refunds/"))
    assert "+$5,000.00" in text_of(buyer.get("/wallet/"))
    assert "credit note of" in text_of(buyer.get("/invoices/"))
    assert "Refunded" in text_of(buyer.get("/orders/"))


def test_a_decided_complaint_gives_some_of_the_money_back(sign_in: SignIn) -> None:
    order = make_delivered_order(price=5000)
    buyer, staff = sign_in(order.buyer), sign_in(UserFactory(is_staff=True))
    buyer.post(f"/orders/{order.pk}/complain/", {"kind": "damaged", "text": "The door is bent."})
    url = f"/complaints/{get_complaint_model().objects.get().pk}/"
    decision = {"resolution": "partial_refund", "amount": "300", "note": "A door.", "step": "decide"}
    staff.post(f"{url}resolve/", decision)
    relay()
    assert "$300.00" in text_of(buyer.get(url))
    assert "+$300.00" in text_of(buyer.get("/wallet/"))


def test_a_seller_is_paid_out_what_a_sale_brought(sign_in: SignIn) -> None:
    order = make_delivered_order(price=5000)
    seller = sign_in(order.seller)
    seller.post(
        "/payouts/bank/",
        {"holder": "Imran Motors", "country": "PK", "account_number": "PK36SCBL0000001123456702"},
    )
    assert "$4,900.00" in text_of(seller.get("/payouts/"))
    seller.post("/wallet/withdraw/", {"amount": "4900", "currency": "USD", "step": "go"})
    page = text_of(seller.get("/payouts/"))
    assert "and $4,900.00 set aside" in page
    assert "•••• 6702" in page


def test_they_cost_little(sign_in: SignIn) -> None:
    order = make_delivered_order()
    row = marketplace.request_return(order=order, actor=order.buyer, reason="damaged")
    complaint = marketplace.open_complaint(order=order, actor=order.buyer, kind="damaged", text="Bent.")
    urls = ["/returns/", "/complaints/", "/payouts/", "/refunds/", "/invoices/", "/wallet/", "/wallet/send/"]
    urls += [f"/returns/{row.pk}/", f"/complaints/{complaint.pk}/", f"/orders/{order.pk}/"]
    for viewer in (sign_in(order.buyer), sign_in(order.seller)):
        cost = {url: statements(viewer, url) for url in urls}
        assert cost.pop(f"/orders/{order.pk}/") <= MOST_STATEMENTS + 4  # payment and invoice
        assert max(cost.values()) <= MOST_STATEMENTS, cost
