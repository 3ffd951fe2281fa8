"""People, goods, orders and auctions in the state that a scene begins with."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from moneyed import Money
from PIL import Image

from accounts.models import User
from chowk_auctions import services as auctions
from chowk_core.targets import Target
from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_category_model, get_order_model
from chowk_payments import services as payments
from chowk_payments.gateways.base import Card
from chowk_payments.models import get_payment_model
from shop.models import Product

CARD = {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 2040, "security_code": "123"}
DECLINED = {**CARD, "number": "4000000000000002"}
CHALLENGED = {**CARD, "number": "4000000000003220"}
ADDRESS = {"name": "Ali", "line1": "1 Mall Road", "city_name": "Berlin", "country": "DE"}
SHIP_TO = {"name": "Ali", "line1": "1 Mall Road", "city": "Berlin", "country": "DE"}


def user(**fields: Any) -> User:
    """Somebody new."""
    name = uuid4().hex[:12]
    return User.objects.create(email=f"{name}@example.com", display_name=name, **fields)


def staff() -> User:
    """Somebody who works for the site."""
    return user(is_staff=True)


def rich(cents: int = 1_000_00) -> User:
    """Somebody with money in the wallet, and a bank."""
    person = user()
    payments.top_up(payer=person, amount=cents, currency="USD", card=Card(**CARD))
    payments.save_bank_details(
        user=person, holder="Sana Khan", country="PK", account_number="PK36SCBL0000001123456702"
    )
    return person


def first_customers() -> None:
    """Open what the first sale, the first bank transfer and the first payout open for all: the accounts of
    the platform itself."""
    order("delivered")
    bought = order()
    transfer = payments.pay(payer=bought.buyer, target=Target.of(bought), method="bank_transfer")
    payments.confirm_receipt(payment=transfer, actor=user(is_staff=True, is_superuser=True))
    payments.request_payout(user=rich(), amount=20_00, currency="USD")


def category() -> Any:
    """Where the goods are."""
    found = get_category_model().objects.filter(slug="products").first()
    return found or marketplace.create_category(name="Products", slug="products")


def draft(*, seller: Any = None, **fields: Any) -> Any:
    """A product that is not offered yet."""
    terms = {"title": "Kurta", "price": Money("25.00", "USD"), "stock": 200, **fields}
    return marketplace.create_listing(
        listing_model=Product, seller=seller or user(), category=category(), **terms
    )


def goods(**fields: Any) -> Any:
    """A product on offer."""
    return marketplace.activate_listing(listing=draft(**fields))


def lot(**fields: Any) -> Any:
    """A product to be auctioned."""
    return goods(sale_format="auction", price=None, stock=1, **fields)


def cart(*wanted: Any) -> Any:
    """The cart of somebody with an address, with ``wanted`` in it."""
    buyer = user()
    marketplace.save_address(user=buyer, **ADDRESS)
    found = marketplace.open_cart(user=buyer)
    for listing in wanted or (goods(),):
        marketplace.add_to_cart(cart=found, listing=listing)
    return found


def order(state: str = "pending_payment", *, buyer: Any = None) -> Any:
    """A purchase, as far as ``state``."""
    placed = marketplace.purchase(listing=goods(), buyer=buyer or rich())
    placed = marketplace.set_delivery(order=placed, actor=placed.buyer, ship_to=SHIP_TO)
    if state != "pending_payment":
        payments.pay(payer=placed.buyer, target=Target.of(placed), method="wallet")
    if state in {"shipped", "delivered"}:
        marketplace.ship_order(order=placed, actor=placed.seller)
    if state == "delivered":
        marketplace.deliver_order(order=placed, actor=placed.buyer)
    found = get_order_model()._default_manager.select_related("buyer", "seller").get(pk=placed.pk)
    assert found.status in {state, "completed"}, found.status
    return found


def goods_return(state: str = "requested") -> Any:
    """A return of something that came."""
    bought = order("shipped")
    marketplace.deliver_order(order=bought, actor=bought.buyer)
    made = marketplace.request_return(order=bought, actor=bought.buyer, reason="damaged")
    if state == "approved":
        marketplace.approve_return(goods_return=made, actor=bought.seller)
    return made


def complaint() -> Any:
    """A complaint about something that was sent."""
    bought = order("shipped")
    return marketplace.open_complaint(order=bought, actor=bought.buyer, kind="damaged", text="It is bent.")


def refund(*, approved: bool = False) -> Any:
    """A refund that the buyer asks for."""
    bought = order("paid")
    payment = bought_with(bought)
    asked = payments.request_refund(part=payment.parts.get(), by=bought.buyer, amount=4_00)
    return payments.approve_refund(refund=asked, by=bought.seller) if approved else asked


def bought_with(bought: Any) -> Any:
    """The payment of a paid order."""
    return get_payment_model()._default_manager.get(payer=bought.buyer, purpose="purchase")


def auction(**terms: Any) -> Any:
    """An open auction."""
    item = lot()
    wanted = {"starting_price": "10.00", "ends_at": timezone.now() + timedelta(days=1), **terms}
    return auctions.create_auction(
        seller=item.seller,
        target=Target("chowk_marketplace.listing", str(item.pk)),
        title=item.title,
        currency="USD",
        **wanted,
    )


def offered() -> tuple[Any, Any]:
    """An auction whose winner did not pay, and the bidder who is offered it."""
    found, ann, bob = auction(second_chance=True), user(), user()
    auctions.place_bid(auction_id=found.pk, bidder=ann, amount="90.00")
    auctions.place_bid(auction_id=found.pk, bidder=bob, amount="80.00")
    auctions.close_due_auctions(now=found.ends_at)
    auctions.default_settlement(auction_id=found.pk)
    auctions.pursue_buyers()
    return found, bob


def picture(name: str = "photo.png") -> SimpleUploadedFile:
    """An uploaded picture, always the same."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "blue").save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")
