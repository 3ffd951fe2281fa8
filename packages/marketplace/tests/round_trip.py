"""A row of each model, through the getters: what must work whichever of them a site has replaced."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from moneyed import Money

from chowk_marketplace import desire_selectors, selectors, services
from chowk_marketplace.models import (
    get_address_model,
    get_cart_item_model,
    get_cart_model,
    get_category_model,
    get_city_model,
    get_complaint_message_model,
    get_complaint_model,
    get_evidence_model,
    get_listing_image_model,
    get_listing_model,
    get_order_group_model,
    get_order_line_model,
    get_order_model,
    get_order_transition_model,
    get_price_alert_model,
    get_province_model,
    get_return_line_model,
    get_return_model,
    get_saved_search_criterion_model,
    get_saved_search_match_model,
    get_saved_search_model,
    get_seller_profile_model,
    get_stock_change_model,
    get_stock_hold_model,
    get_stock_model,
    get_store_model,
    get_variant_model,
    get_view_model,
    get_wish_model,
)
from chowk_marketplace.places import load
from chowk_marketplace.services.quoting import Wishes
from tests.factories import picture


def people() -> tuple[Any, Any]:
    """A seller and a buyer."""
    users = get_user_model()._default_manager
    return users.get_or_create(username="seller")[0], users.get_or_create(username="buyer")[0]


def round_trip() -> None:
    """Sell a pictured listing of a category, and cancel the order."""
    seller, buyer = people()
    category = services.create_category(name="Chairs", parent=services.create_category(name="Furniture"))
    services.create_seller_profile(user=seller, brand="Chairs of Lahore")
    store = services.create_store(owner=seller, name="Chairs")
    listing = services.create_listing(
        seller=seller, category=category, title="Chair", price=Money("10.00", "USD"), store=store
    )
    services.add_image(listing=listing, upload=picture((40, 30)))
    services.activate_listing(listing=listing)
    want(listing, buyer)
    order = services.purchase(listing=listing, buyer=buyer)
    services.cancel_order(order=order, actor=buyer)
    check_out(listing, buyer)

    assert get_category_model().objects.get(slug="chairs").get_ancestors().count() == 1
    found = get_listing_model().objects.get(pk=listing.pk)
    assert (found.status, found.stock, found.category) == ("active", 1, category)
    assert get_listing_image_model()._default_manager.get().listing_id == listing.pk
    assert get_order_model()._default_manager.get(group=None).lines.get().listing == found
    assert get_order_line_model()._default_manager.get(order__group=None).total == Money("10.00", "USD")
    assert get_order_transition_model()._default_manager.count() == 4
    assert get_seller_profile_model()._default_manager.get().user == seller
    assert get_store_model()._default_manager.get().listings.get().pk == listing.pk
    assert [row.pk for row in selectors.browse(None)[1]] == [listing.pk]
    variant = get_variant_model()._default_manager.get(listing=listing)
    assert get_stock_model()._default_manager.get(variant=variant).available == 1
    assert get_stock_change_model()._default_manager.filter(stock=variant.stock).count() == 6
    assert services.check_stock() == []
    send_back(listing, buyer)


def send_back(listing: Any, buyer: Any) -> None:
    """Sell the listing once more, and take it back."""
    order = services.purchase(listing=listing, buyer=buyer)
    order = services.set_delivery(order=order, actor=buyer, ship_to={"city": "Lahore"})
    services.mark_order_paid(order=order, payment_id="p", amount=order.total)
    services.ship_order(order=order, actor=None)
    row = services.request_return(order=order, actor=buyer, reason="other")
    complaint = services.open_complaint(order=order, actor=buyer, kind="return", text="No answer.")
    services.add_evidence(complaint=complaint, actor=buyer, upload=picture((40, 30)))
    services.withdraw_complaint(complaint=complaint, actor=buyer)
    assert get_complaint_model()._default_manager.get().order == order
    assert get_complaint_message_model()._default_manager.count() == 2
    assert get_evidence_model()._default_manager.get().content_type == "image/jpeg"
    services.approve_return(goods_return=row, actor=None)
    services.receive_return(goods_return=row, actor=None)
    assert get_return_model()._default_manager.get().amount == order.total
    assert get_return_line_model()._default_manager.get().order_line.order == order
    assert get_order_model()._default_manager.get(pk=order.pk).status == "returned"


def check_out(listing: Any, buyer: Any) -> None:
    """A cart that is held, ordered and cancelled, sent to an address."""
    load(get_province_model(), get_city_model())
    lahore = get_city_model()._default_manager.get(name="Lahore")
    address = services.save_address(user=buyer, name="Ali", line1="Mall 1", city=lahore, country="PK")
    cart = services.open_cart(user=buyer)
    services.add_to_cart(cart=cart, listing=listing)
    services.begin_checkout(cart=cart, buyer=buyer)
    assert get_stock_hold_model()._default_manager.get().cart_id == cart.pk
    wishes = Wishes(ship_to=address.snapshot())
    group = services.place_checkout(cart=cart, buyer=buyer, wishes=wishes)
    order = group.orders.get()
    assert (order.ship_to["region"], order.total) == ("Punjab", Money("10.00", "USD"))
    services.cancel_order(order=order, actor=buyer)
    assert get_order_group_model()._default_manager.get().status == "cancelled"
    assert get_cart_model()._default_manager.get().status == "ordered"
    assert get_cart_item_model()._default_manager.get().quantity == 1
    assert get_address_model()._default_manager.get().is_default


def want(listing: Any, buyer: Any) -> None:
    """A wish, an alert, a saved search with its match, and a view."""
    services.add_wish(user=buyer, listing=listing)
    services.set_price_alert(user=buyer, listing=listing)
    services.record_view(user=buyer, listing=listing)
    services.save_search(user=buyer, name="Chairs", query={"category": ["furniture"], "price_max": ["20"]})
    assert services.tell_saved_searches(listing=listing) == 1
    for getter in (get_wish_model, get_price_alert_model, get_view_model, get_saved_search_match_model):
        assert getter()._default_manager.get().listing_id == listing.pk
    assert get_saved_search_model()._default_manager.get().user == buyer
    assert get_saved_search_criterion_model()._default_manager.count() == 2
    assert desire_selectors.wishes(buyer).get().listing.pk == listing.pk


def child(model: type[Any]) -> None:
    """The same listing as a child type that a site adds."""
    seller, buyer = people()
    category = services.create_category(name="Stools")
    listing = services.create_listing(
        seller=seller,
        category=category,
        title="Chair",
        price=Money("10.00", "USD"),
        listing_model=model,
        remark="old",
    )
    services.activate_listing(listing=listing)
    services.purchase(listing=listing, buyer=buyer)

    found = get_listing_model().objects.get(pk=listing.pk)
    assert (type(found), found.remark, found.status) == (model, "old", "sold")
