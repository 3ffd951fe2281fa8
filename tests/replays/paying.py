"""Payments, wallets, refunds, payouts, discounts and invoices."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chowk_core.targets import Target
from chowk_payments import services
from chowk_payments.gateways.base import Card
from chowk_payments.models import get_invoice_model, get_refund_model
from replays.makers import CARD, CHALLENGED, DECLINED, bought_with, order, refund, rich, user
from replays.table import Scene, row

WALLET = "wallets/my_wallet/"


def owed(found: Any) -> dict[str, Any]:
    return {"target": {"type": "chowk_marketplace.order", "id": str(found.pk)}}


@row("PaymentViewSet.create")
def pay() -> Scene:
    found = order()
    return Scene(found.buyer, "payments/", {**owed(found), "method": "card", "card": CARD})


def begun(number: dict[str, Any], verb: str, **body: Any) -> Scene:
    found = order()
    payment = services.pay(payer=found.buyer, target=Target.of(found), method="card", card=Card(**number))
    return Scene(found.buyer, f"payments/{payment.pk}/{verb}/", body)


@row("PaymentViewSet.retry")
def retry() -> Scene:
    return begun(DECLINED, "retry", card=CARD)


@row("PaymentViewSet.confirm")
def confirm() -> Scene:
    return begun(CHALLENGED, "confirm", answer="approve")


@row("PaymentViewSet.cancel")
def cancel() -> Scene:
    return begun(CHALLENGED, "cancel")


@row("PaymentViewSet.receipt")
def receipt() -> Scene:
    found = order()
    payment = services.pay(payer=found.buyer, target=Target.of(found), method="bank_transfer")
    return Scene(
        user(is_staff=True, is_superuser=True), f"payments/{payment.pk}/receipt/", {"received": True}
    )


@row("WalletViewSet.top_up")
def top_up() -> Scene:
    return Scene(user(), f"{WALLET}top-up/", {"amount": "70.00", "card": CARD})


@row("WalletViewSet.withdraw")
def withdraw() -> Scene:
    return Scene(rich(), f"{WALLET}withdraw/", {"amount": "20.00"})


@row("WalletViewSet.transfer")
def transfer() -> Scene:
    return Scene(rich(), f"{WALLET}transfer/", {"recipient": user().email, "amount": "3.00"})


@row("BankDetailsView.put")
def bank_details() -> Scene:
    body = {"holder": "Sana", "country": "PK", "account_number": "PK36 SCBL 0000 0011 2345 6702"}
    return Scene(user(), "bank-details/", body, "put")


@row("RefundViewSet.create")
def ask_refund() -> Scene:
    paid = order("paid")
    return Scene(paid.buyer, "refunds/", {**owed(paid), "amount": "4.00"})


def on_refund(verb: str, *, approved: bool = False) -> Scene:
    asked = refund(approved=approved)
    return Scene(asked.part.payee, f"refunds/{asked.pk}/{verb}/")


@row("RefundViewSet.approve")
def approve_refund() -> Scene:
    return on_refund("approve")


@row("RefundViewSet.complete")
def complete_refund() -> Scene:
    return on_refund("complete", approved=True)


@row("RefundViewSet.refuse")
def refuse_refund() -> Scene:
    return on_refund("refuse")


@row("RefundViewSet.into_wallet")
def refund_into_wallet() -> Scene:
    declined = refund(approved=True)
    get_refund_model()._default_manager.filter(pk=declined.pk).update(state="failed")
    return Scene(declined.part.payment.payer, f"refunds/{declined.pk}/into-wallet/")


def new_discount() -> dict[str, Any]:
    return {"code": f"C-{uuid4().hex[:12]}".upper(), "kind": "percent", "percent": "10"}


@row("DiscountViewSet.create")
def offer_discount() -> Scene:
    return Scene(user(), "discounts/", new_discount())


@row("DiscountViewSet.partial_update")
def switch_discount() -> Scene:
    seller = user()
    made = services.create_discount(by=seller, **new_discount())
    return Scene(seller, f"discounts/{made.pk}/", {"active": False}, "patch")


def with_code(**body: Any) -> dict[str, Any]:
    seller = user()
    made = services.create_discount(by=seller, **new_discount())
    line = {"id": "1", "seller_id": str(seller.pk), "total": "50.00"}
    return {"code": made.code, "currency": "USD", "lines": [line], **body}


@row("DiscountViewSet.validate")
def validate() -> Scene:
    return Scene(user(), "discounts/validate/", with_code())


@row("DiscountViewSet.apply")
def apply() -> Scene:
    return Scene(user(), "discounts/apply/", with_code(key="cart-1"))


@row("InvoiceViewSet.send")
def send_invoice() -> Scene:
    paid = order("paid")
    invoice = get_invoice_model()._default_manager.get(part=bought_with(paid).parts.get())
    return Scene(paid.seller, f"invoices/{invoice.pk}/send/")
