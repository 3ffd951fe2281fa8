"""What sellers and buyers keep at the marketplace, no money or order among it: stores, pictures, wishes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chowk_marketplace import services
from replays.makers import ADDRESS, goods, picture, staff, user
from replays.table import Scene, row


def new(kind: str) -> str:
    return f"{kind} {uuid4().hex[:10]}"


@row("CategoryViewSet.create")
def add_category() -> Scene:
    return Scene(staff(), "categories/", {"name": new("Category")})


def on_category(verb: str, **body: Any) -> Scene:
    made = services.create_category(name=new("Category"))
    return Scene(staff(), f"categories/{made.pk}/", body, verb)


@row("CategoryViewSet.update")
def replace_category() -> Scene:
    return on_category("put", name=new("Category"))


@row("CategoryViewSet.partial_update")
def change_category() -> Scene:
    return on_category("patch", description="All kinds of things.")


@row("CategoryViewSet.destroy")
def delete_category() -> Scene:
    return on_category("delete")


@row("SellerProfileViewSet.create")
def make_profile() -> Scene:
    return Scene(user(), "seller-profiles/", {"brand": new("Brand")})


def on_profile(tail: str, verb: str, who: Any = None, **body: Any) -> Scene:
    seller = user()
    made = services.create_seller_profile(user=seller, brand=new("Brand"))
    return Scene(who or seller, f"seller-profiles/{made.pk}/{tail}", body, verb)


@row("SellerProfileViewSet.update")
def replace_profile() -> Scene:
    return on_profile("", "put", brand=new("Brand"))


@row("SellerProfileViewSet.partial_update")
def change_profile() -> Scene:
    return on_profile("", "patch", biography="Since 1985.")


@row("SellerProfileViewSet.destroy")
def delete_profile() -> Scene:
    return on_profile("", "delete")


@row("SellerProfileViewSet.verify")
def verify() -> Scene:
    return on_profile("verify/", "post", staff())


@row("StoreViewSet.create")
def open_store() -> Scene:
    return Scene(user(), "company-stores/", {"name": new("Store")})


def on_store(verb: str, **body: Any) -> Scene:
    owner = user()
    made = services.create_store(owner=owner, name=new("Store"))
    return Scene(owner, f"company-stores/{made.pk}/", body, verb)


@row("StoreViewSet.update")
def replace_store() -> Scene:
    return on_store("put", name=new("Store"))


@row("StoreViewSet.partial_update")
def change_store() -> Scene:
    return on_store("patch", description="Since 1985.")


@row("StoreViewSet.destroy")
def close_store() -> Scene:
    return on_store("delete")


@row("WishViewSet.create")
def wish() -> Scene:
    return Scene(user(), "wishlist/", {"listing": str(goods().pk)})


@row("WishViewSet.destroy")
def unwish() -> Scene:
    person = user()
    made = services.add_wish(user=person, listing=goods())
    return Scene(person, f"wishlist/{made.pk}/", verb="delete")


@row("PriceAlertViewSet.create")
def set_alert() -> Scene:
    return Scene(user(), "price-alerts/", {"listing": str(goods().pk)})


def on_alert(verb: str, **body: Any) -> Scene:
    person = user()
    made = services.set_price_alert(user=person, listing=goods())
    return Scene(person, f"price-alerts/{made.pk}/", body, verb)


@row("PriceAlertViewSet.partial_update")
def change_alert() -> Scene:
    return on_alert("patch", target_price={"amount": "20.00", "currency": "USD"})


@row("PriceAlertViewSet.destroy")
def remove_alert() -> Scene:
    return on_alert("delete")


SEARCH = {"name": "Kurtas", "query": {"search": "kurta"}}


@row("SavedSearchViewSet.create")
def save_search() -> Scene:
    return Scene(user(), "saved-searches/", SEARCH)


def on_search(verb: str, **body: Any) -> Scene:
    person = user()
    made = services.save_search(user=person, **SEARCH)
    return Scene(person, f"saved-searches/{made.pk}/", body, verb)


@row("SavedSearchViewSet.update")
def replace_search() -> Scene:
    return on_search("put", name="Shawls", query={"search": ["shawl"]})


@row("SavedSearchViewSet.partial_update")
def change_search() -> Scene:
    return on_search("patch", alerts=False)


@row("SavedSearchViewSet.destroy")
def forget_search() -> Scene:
    return on_search("delete")


@row("RecentlyViewedViewSet.create")
def look() -> Scene:
    return Scene(user(), "recently-viewed/", {"listing": str(goods().pk)})


@row("AddressViewSet.create")
def add_address() -> Scene:
    return Scene(user(), "addresses/", ADDRESS)


def on_address(verb: str, **body: Any) -> Scene:
    person = user()
    made = services.save_address(user=person, **ADDRESS)
    return Scene(person, f"addresses/{made.pk}/", body, verb)


@row("AddressViewSet.update")
def replace_address() -> Scene:
    return on_address("put", **{**ADDRESS, "line1": "2 Mall Road"})


@row("AddressViewSet.partial_update")
def change_address() -> Scene:
    return on_address("patch", line1="2 Mall Road")


@row("AddressViewSet.destroy")
def delete_address() -> Scene:
    return on_address("delete")


@row("ListingImageViewSet.create")
def add_image() -> Scene:
    listing = goods()
    path = f"listings/{listing.pk}/images/"
    return Scene(
        listing.seller, path, lambda: {"image": picture(), "alt_text": "A shawl"}, format="multipart"
    )


def on_image(tail: str = "", verb: str = "post", **body: Any) -> Scene:
    listing = goods()
    images = [services.add_image(listing=listing, upload=picture()) for _each in range(2)]
    return Scene(listing.seller, f"listings/{listing.pk}/images/{images[1].pk}/{tail}", body, verb)


@row("ListingImageViewSet.partial_update")
def describe_image() -> Scene:
    return on_image(verb="patch", alt_text="A shawl")


@row("ListingImageViewSet.destroy")
def remove_image() -> Scene:
    return on_image(verb="delete")


@row("ListingImageViewSet.primary")
def set_primary() -> Scene:
    return on_image("primary/")
