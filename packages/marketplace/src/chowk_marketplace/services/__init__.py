"""Writes: one function per verb, each one transaction.

Locks are taken in this order, and no service takes them in another: the cart, the order group, orders by
primary key, then stocks by primary key, then listings by primary key, then images; a return or complaint
right after its order. Whoever needs several of one kind sorts and de-duplicates their keys first.
"""

from chowk_marketplace.services.addresses import delete_address, save_address
from chowk_marketplace.services.awaiting import await_payment, give_up_payment
from chowk_marketplace.services.carts import (
    add_to_cart,
    clear_cart,
    forget_guest_carts,
    merge_carts,
    open_cart,
    remove_from_cart,
    set_cart_quantity,
)
from chowk_marketplace.services.categories import (
    create_category,
    delete_category,
    move_category,
    update_category,
)
from chowk_marketplace.services.checkout import (
    begin_checkout,
    place_checkout,
    quote_checkout,
    release_expired_holds,
    release_holds,
)
from chowk_marketplace.services.complaints import (
    add_complaint_message,
    add_evidence,
    open_complaint,
    resolve_complaint,
    review_complaint,
    withdraw_complaint,
)
from chowk_marketplace.services.delivery import quote_delivery, set_delivery
from chowk_marketplace.services.desire import (
    add_wish,
    forget_views,
    record_view,
    remove_price_alert,
    remove_wish,
    set_price_alert,
    tell_price_drops,
)
from chowk_marketplace.services.fulfilment import (
    cancel_defaulted_order,
    cancel_late_order,
    cancel_order,
    cancel_overdue_orders,
    complete_order,
    confirm_order,
    deliver_order,
    deliver_overdue_orders,
    mark_order_paid,
    ship_order,
)
from chowk_marketplace.services.images import (
    add_image,
    add_images,
    remove_image,
    set_primary_image,
    update_image,
)
from chowk_marketplace.services.listings import (
    activate_listing,
    archive_listing,
    create_listing,
    delete_listing,
    feature_listing,
    relist_listing,
    update_listing,
)
from chowk_marketplace.services.refunds import record_refund
from chowk_marketplace.services.returns import (
    approve_return,
    cancel_return,
    expected_refund,
    receive_return,
    refuse_return,
    request_return,
)
from chowk_marketplace.services.sales import place_order_for_auction, purchase
from chowk_marketplace.services.saved_searches import (
    delete_search,
    save_search,
    tell_saved_searches,
    update_search,
)
from chowk_marketplace.services.stock import adjust_stock, set_stock
from chowk_marketplace.services.stock_check import check_stock
from chowk_marketplace.services.stores import (
    close_seller_profile,
    create_seller_profile,
    create_store,
    delete_seller_profile,
    delete_store,
    set_seller_rating,
    set_store_picture,
    update_seller_profile,
    update_store,
    verify_seller,
)
from chowk_marketplace.services.variants import add_variant, remove_variant, update_variant

__all__ = [
    "activate_listing",
    "add_complaint_message",
    "add_evidence",
    "add_image",
    "add_images",
    "add_to_cart",
    "add_variant",
    "add_wish",
    "adjust_stock",
    "approve_return",
    "archive_listing",
    "await_payment",
    "begin_checkout",
    "cancel_defaulted_order",
    "cancel_late_order",
    "cancel_order",
    "cancel_overdue_orders",
    "cancel_return",
    "check_stock",
    "clear_cart",
    "close_seller_profile",
    "complete_order",
    "confirm_order",
    "create_category",
    "create_listing",
    "create_seller_profile",
    "create_store",
    "delete_address",
    "delete_category",
    "delete_listing",
    "delete_search",
    "delete_seller_profile",
    "delete_store",
    "deliver_order",
    "deliver_overdue_orders",
    "expected_refund",
    "feature_listing",
    "forget_guest_carts",
    "forget_views",
    "give_up_payment",
    "mark_order_paid",
    "merge_carts",
    "move_category",
    "open_cart",
    "open_complaint",
    "place_checkout",
    "place_order_for_auction",
    "purchase",
    "quote_checkout",
    "quote_delivery",
    "receive_return",
    "record_refund",
    "record_view",
    "refuse_return",
    "release_expired_holds",
    "release_holds",
    "relist_listing",
    "remove_from_cart",
    "remove_image",
    "remove_price_alert",
    "remove_variant",
    "remove_wish",
    "request_return",
    "resolve_complaint",
    "review_complaint",
    "save_address",
    "save_search",
    "set_cart_quantity",
    "set_delivery",
    "set_price_alert",
    "set_primary_image",
    "set_seller_rating",
    "set_stock",
    "set_store_picture",
    "ship_order",
    "tell_price_drops",
    "tell_saved_searches",
    "update_category",
    "update_image",
    "update_listing",
    "update_search",
    "update_seller_profile",
    "update_store",
    "update_variant",
    "verify_seller",
    "withdraw_complaint",
]
