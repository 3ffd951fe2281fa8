"""Carts, orders, returns, complaints and all else of the marketplace."""

from __future__ import annotations

from typing import Any

from chowk_marketplace import services
from replays.makers import (
    ADDRESS,
    cart,
    category,
    complaint,
    draft,
    goods,
    goods_return,
    order,
    picture,
    staff,
    user,
)
from replays.table import Scene, row

PRICE = {"amount": "25.00", "currency": "USD"}


@row("CartViewSet.add")
def add_to_cart() -> Scene:
    return Scene(user(), "cart/items/", {"listing": str(goods().pk), "quantity": 2})


@row("CartViewSet.change")
def change_quantity() -> Scene:
    found = cart()
    return Scene(found.user, f"cart/items/{found.items.get().pk}/", {"quantity": 3}, "patch")


@row("CartViewSet.remove")
def remove_from_cart() -> Scene:
    found = cart()
    return Scene(found.user, f"cart/items/{found.items.get().pk}/", verb="delete")


@row("CartViewSet.clear")
def clear_cart() -> Scene:
    return Scene(cart().user, "cart/clear/")


@row("CheckoutViewSet.quote")
def quote() -> Scene:
    return Scene(cart().user, "checkout/quote/")


@row("CheckoutViewSet.begin")
def begin() -> Scene:
    return Scene(cart().user, "checkout/begin/")


@row("CheckoutViewSet.place")
def place() -> Scene:
    return Scene(cart(goods(), goods()).user, "checkout/")


@row("OrderViewSet.create")
def buy() -> Scene:
    return Scene(user(), "orders/", {"listing": str(goods().pk), "quantity": 2})


@row("ListingActions.purchase")
def purchase() -> Scene:
    return Scene(user(), f"products/{goods().pk}/purchase/", {"quantity": 2})


@row("OrderViewSet.set_delivery")
def set_delivery() -> Scene:
    buyer = user()
    services.save_address(user=buyer, **ADDRESS)
    bought = services.purchase(listing=goods(), buyer=buyer)
    return Scene(buyer, f"orders/{bought.pk}/delivery/")


@row("OrderViewSet.confirm")
def confirm() -> Scene:
    paid = order("paid")
    return Scene(paid.seller, f"orders/{paid.pk}/confirm/")


@row("OrderViewSet.ship")
def ship() -> Scene:
    paid = order("paid")
    return Scene(paid.seller, f"orders/{paid.pk}/ship/", {"carrier": "TCS", "tracking_number": "T1"})


@row("OrderViewSet.deliver")
def deliver() -> Scene:
    shipped = order("shipped")
    return Scene(shipped.buyer, f"orders/{shipped.pk}/deliver/")


@row("OrderViewSet.cancel")
def cancel() -> Scene:
    paid = order("paid")
    return Scene(paid.buyer, f"orders/{paid.pk}/cancel/", {"note": "Changed my mind."})


@row("ReturnViewSet.create")
def ask_to_return() -> Scene:
    shipped = order("shipped")
    services.deliver_order(order=shipped, actor=shipped.buyer)
    return Scene(shipped.buyer, "returns/", {"order": str(shipped.pk), "reason": "damaged"})


def on_return(verb: str, side: str, state: str = "requested", **body: Any) -> Scene:
    made = goods_return(state)
    return Scene(getattr(made.order, side), f"returns/{made.pk}/{verb}/", body)


@row("ReturnViewSet.approve")
def approve_return() -> Scene:
    return on_return("approve", "seller")


@row("ReturnViewSet.refuse")
def refuse_return() -> Scene:
    return on_return("refuse", "seller", note="It was fine.")


@row("ReturnViewSet.receive")
def receive_return() -> Scene:
    return on_return("receive", "seller", "approved", restock=True)


@row("ReturnViewSet.cancel")
def cancel_return() -> Scene:
    return on_return("cancel", "buyer")


@row("ComplaintViewSet.create")
def complain() -> Scene:
    shipped = order("shipped")
    body = {"order": str(shipped.pk), "kind": "damaged", "text": "It is bent."}
    return Scene(shipped.buyer, "complaints/", body)


def on_complaint(verb: str, who: Any = None, **body: Any) -> Scene:
    made = complaint()
    return Scene(who or made.order.buyer, f"complaints/{made.pk}/{verb}/", body)


@row("ComplaintViewSet.messages")
def say() -> Scene:
    return on_complaint("messages", text="Here is how it looks.")


@row("ComplaintViewSet.evidence")
def add_evidence() -> Scene:
    made = complaint()
    path = f"complaints/{made.pk}/evidence/"
    return Scene(made.order.buyer, path, lambda: {"file": picture()}, format="multipart")


@row("ComplaintViewSet.withdraw")
def withdraw_complaint() -> Scene:
    return on_complaint("withdraw")


@row("ComplaintViewSet.review")
def review_complaint() -> Scene:
    return on_complaint("review", staff())


@row("ComplaintViewSet.resolve")
def resolve_complaint() -> Scene:
    return on_complaint("resolve", staff(), resolution="refund")


@row("ListingViewSet.create")
def offer() -> Scene:
    body = {"type": "product", "title": "Shawl", "category": category().slug, "price": PRICE, "stock": 3}
    return Scene(staff(), "listings/", body)


@row("ListingTypeViewSet.create")
def offer_product() -> Scene:
    return Scene(staff(), "products/", {"title": "Shawl", "price": PRICE, "stock": 3})


@row("ExchangeMixin.import_table")
def import_listings() -> Scene:
    def body() -> dict[str, Any]:
        table = f"reference,title,category,price,currency\nr1,Shawl,{slug},25.00,USD\n"
        upload = picture("goods.csv")
        upload.file.seek(0)
        upload.file.truncate()
        upload.file.write(table.encode())
        upload.size = upload.file.tell()
        upload.file.seek(0)
        return {"file": upload}

    slug = category().slug
    return Scene(user(), "listings/import/", body, format="multipart")


def on_listing(listing: Any, tail: str = "", verb: str = "post", who: Any = None, **body: Any) -> Scene:
    return Scene(who or listing.seller, f"listings/{listing.pk}/{tail}", body, verb)


@row("ListingActions.update")
def replace_listing() -> Scene:
    listing = draft()
    return on_listing(listing, verb="put", title="Shawl", category=category().slug, price=PRICE, stock=7)


@row("ListingActions.partial_update")
def change_listing() -> Scene:
    return on_listing(goods(), verb="patch", stock=7)


@row("ListingActions.destroy")
def delete_listing() -> Scene:
    return on_listing(draft(), verb="delete")


@row("ListingActions.activate")
def activate() -> Scene:
    return on_listing(draft(), "activate/")


@row("ListingActions.archive")
def archive() -> Scene:
    return on_listing(goods(), "archive/")


@row("ListingActions.relist")
def relist() -> Scene:
    return on_listing(services.archive_listing(listing=goods()), "relist/")


@row("ListingActions.feature")
def feature() -> Scene:
    return on_listing(goods(), "feature/", who=staff(), featured=True)


def on_variant(tail: str = "", verb: str = "post", **body: Any) -> Scene:
    """Of two variants the second one."""
    listing = goods()
    made = services.add_variant(listing=listing, actor=listing.seller, options={"Size": "M"}, stock=5)
    return on_listing(listing, f"variants/{made.pk}/{tail}", verb, **body)


@row("VariantViewSet.create")
def add_variant() -> Scene:
    return on_listing(goods(), "variants/", options={"Size": "L"}, stock=5)


@row("VariantViewSet.partial_update")
def change_variant() -> Scene:
    return on_variant(verb="patch", sku="KURTA-M", active=False)


@row("VariantViewSet.destroy")
def retire_variant() -> Scene:
    return on_variant(verb="delete")


@row("VariantViewSet.stock")
def change_stock() -> Scene:
    return on_variant("stock/", delta=3, reason="received")
