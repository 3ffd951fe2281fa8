from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chowk_core.policies import Refusal
from chowk_core.targets import Target


@dataclass(frozen=True)
class OrderCharge:
    payer_id: str
    payee_id: str
    amount_minor: int
    currency: str
    description: str
    pay_by: datetime | None
    payable: bool
    refusal: Refusal | None
    fee_minor: int | None = None


@dataclass(frozen=True)
class Share:
    target: Target
    payee_id: str
    amount_minor: int
    fee_minor: int | None


@dataclass(frozen=True)
class BasketCharge(OrderCharge):
    parts: list[Share] = field(default_factory=list)


def charge_for_order(*, target: Target, payer: Any) -> OrderCharge:
    """What the buyer of an order owes. Another's order is nothing to pay."""
    order: Any = target.get()
    refusal = None
    if order.buyer_id != str(payer.pk):
        refusal = Refusal("not_the_buyer", "This is not your order.")
    elif not order.open:
        refusal = Refusal("order_closed", "This order is closed.")
    return OrderCharge(
        payer_id=order.buyer_id,
        payee_id=order.seller_id,
        amount_minor=order.total,
        currency=order.currency,
        description=f"Order {order.pk}",
        pay_by=order.pay_by,
        payable=refusal is None,
        refusal=refusal,
        fee_minor=order.fee,
    )


def charge_for_basket(*, target: Target, payer: Any) -> BasketCharge:
    """What the buyer of a basket owes, to the seller of each of its orders."""
    basket: Any = target.get()
    orders = basket.orders.order_by("pk")
    mine = basket.buyer_id == str(payer.pk)
    return BasketCharge(
        payer_id=basket.buyer_id,
        payee_id="",
        amount_minor=basket.total,
        currency=basket.currency,
        description=f"Basket {basket.pk}",
        pay_by=None,
        payable=mine,
        refusal=None if mine else Refusal("not_the_buyer", "This is not your basket."),
        parts=[Share(Target.of(order), order.seller_id, order.total, order.fee) for order in orders],
    )


@dataclass(frozen=True)
class Paper:
    seller_id: str
    seller_name: str
    seller_address: str
    seller_tax_number: str
    buyer_id: str
    buyer_name: str
    buyer_address: str
    buyer_email: str
    currency: str
    lines: list[tuple[str, int, int, int, int]]
    shipping_minor: int
    tax_minor: int
    discount_minor: int
    total_minor: int
    reference: str
    language: str = "en"


def invoice_for_order(*, target: Target) -> Paper:
    """An order's invoice: one line."""
    order: Any = target.get()
    return Paper(
        seller_id=order.seller_id,
        seller_name="Khan & Söhne",
        seller_address="12 Mall Road\nLahore",
        seller_tax_number="TAX-998877665544",
        buyer_id=order.buyer_id,
        buyer_name="Ayesha Malik",
        buyer_address="7 Clifton\nKarachi",
        buyer_email="ayesha@example.com",
        currency=order.currency,
        lines=[("A brass lamp", 2, order.total // 2, order.total // 2 * 2, 0)],
        shipping_minor=order.total - order.total // 2 * 2,
        tax_minor=0,
        discount_minor=0,
        total_minor=order.total,
        reference=f"ORDER-{order.pk}",
    )
