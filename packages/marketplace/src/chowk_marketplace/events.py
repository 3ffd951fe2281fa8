"""What the marketplace tells. Ids travel as text, money as decimal text and its currency.

Listings tell on the stream ``marketplace.listing:<id>``, orders on ``marketplace.order:<id>``. The source of
an order that came from a won auction is ``source_type = "auctions.auction"`` and the auction's id;
both are empty for a purchase. ``source_round`` is 1 for the sale itself and higher for second-chance sales.
"""

from __future__ import annotations

from dataclasses import dataclass

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class _ListingEvent:
    listing_id: str
    seller_id: str
    title: str
    sale_format: str


@dataclass(frozen=True, kw_only=True)
class ListingActivated(_ListingEvent, Event, name="marketplace.listing_activated"):
    """A listing can now be bought or bid for; also after a sale of it fell through."""


@dataclass(frozen=True, kw_only=True)
class ListingArchived(_ListingEvent, Event, name="marketplace.listing_archived"):
    """A listing left the shop window."""


@dataclass(frozen=True, kw_only=True)
class ListingSold(_ListingEvent, Event, name="marketplace.listing_sold"):
    """Nothing of a listing is left."""


@dataclass(frozen=True, kw_only=True)
class StockLow(Event, name="marketplace.stock_low"):
    """What is available of a variant came down to ``threshold`` or below; told once a crossing."""

    listing_id: str
    variant_id: str
    seller_id: str
    sku: str
    available: int
    threshold: int


@dataclass(frozen=True, kw_only=True)
class _OrderEvent:
    order_id: str
    number: str
    buyer_id: str
    seller_id: str
    total: str
    currency: str
    source_type: str
    source_id: str
    source_round: int


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(_OrderEvent, Event, name="marketplace.order_placed"):
    """A buyer owes ``total`` until ``pay_by`` (ISO 8601).

    While ``delivery_due`` shipping and tax are still to come, with ``marketplace.order_delivery_set``, and it
    cannot be paid before.
    """

    pay_by: str
    delivery_due: bool


@dataclass(frozen=True, kw_only=True)
class _OrderStep(_OrderEvent):
    actor_id: str
    """Who did it; empty where no person acted."""
    note: str


@dataclass(frozen=True, kw_only=True)
class OrderDeliverySet(_OrderStep, Event, name="marketplace.order_delivery_set"):
    """The buyer said where and how an unpaid order goes: ``total`` is what is owed from now on."""


@dataclass(frozen=True, kw_only=True)
class OrderDeadlineMoved(_OrderStep, Event, name="marketplace.order_deadline_moved"):
    """An unpaid order is to be paid until ``pay_by`` (ISO 8601): a payment was announced whose money is still
    to come, or will not come after all."""

    pay_by: str


@dataclass(frozen=True, kw_only=True)
class OrderPaid(_OrderStep, Event, name="marketplace.order_paid"):
    """The money for the order is held."""

    payment_id: str


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(_OrderStep, Event, name="marketplace.order_confirmed"):
    """The seller took the order on."""


@dataclass(frozen=True, kw_only=True)
class OrderShipped(_OrderStep, Event, name="marketplace.order_shipped"):
    """The order is under way."""

    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(_OrderStep, Event, name="marketplace.order_delivered"):
    """The buyer has the order: what was held for it may go to the seller."""


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(_OrderStep, Event, name="marketplace.order_completed"):
    """The seller has the money."""


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(_OrderStep, Event, name="marketplace.order_cancelled"):
    """The order does not take place. ``reason`` is "unpaid", "buyer", "seller" or "staff"."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderReturned(_OrderStep, Event, name="marketplace.order_returned"):
    """The seller has all of the order again."""


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(_OrderStep, Event, name="marketplace.order_refunded"):
    """The buyer has all the money for what had been sent again."""


@dataclass(frozen=True, kw_only=True)
class _ReturnStep:
    order_id: str
    return_id: str
    buyer_id: str
    seller_id: str
    reason: str
    """"damaged", "not_as_described", "wrong_item", "unwanted" or "other"."""
    actor_id: str
    note: str


@dataclass(frozen=True, kw_only=True)
class ReturnRequested(_ReturnStep, Event, name="marketplace.return_requested"):
    """The buyer would like to send goods back; the seller decides."""


@dataclass(frozen=True, kw_only=True)
class ReturnApproved(_ReturnStep, Event, name="marketplace.return_approved"):
    """The buyer may send the goods back."""


@dataclass(frozen=True, kw_only=True)
class ReturnRefused(_ReturnStep, Event, name="marketplace.return_refused"):
    """The seller does not take the goods back."""


@dataclass(frozen=True, kw_only=True)
class ReturnCancelled(_ReturnStep, Event, name="marketplace.return_cancelled"):
    """The buyer keeps the goods after all."""


@dataclass(frozen=True, kw_only=True)
class ReturnReceived(_ReturnStep, Event, name="marketplace.return_received"):
    """The seller has the goods: the buyer gets ``amount`` back."""

    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class _ComplaintEvent:
    order_id: str
    complaint_id: str
    buyer_id: str
    seller_id: str


@dataclass(frozen=True, kw_only=True)
class ComplaintOpened(_ComplaintEvent, Event, name="marketplace.complaint_opened"):
    """A side of an order complains: its money stays where it is."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class ComplaintResolved(_ComplaintEvent, Event, name="marketplace.complaint_resolved"):
    """A complaint is closed. ``resolution`` is "refund", "partial_refund" or "dismissed"; ``status`` is
    "resolved", "dismissed", or "withdrawn" by who opened it. ``refund_amount`` goes back to the buyer."""

    resolution: str
    refund_amount: str
    currency: str
    actor_id: str
    status: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefused(Event, name="marketplace.payment_refused"):
    """Money came for an order that cannot take it.

    ``reason`` is "cancelled", "already_paid", "wrong_amount", "wrong_payer", "delivery_required" or
    "unknown_order".
    """

    order_id: str
    payment_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SellerVerified(Event, name="marketplace.seller_verified"):
    """A seller's verification is now ``status``: "unverified", "pending", "verified" or "rejected"."""

    user_id: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ListingChanged(_ListingEvent, Event, name="marketplace.listing_changed"):
    """A listing's own fields changed. Prices are decimal text, empty for what is auctioned."""

    old_price: str
    price: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class PriceDropped(Event, name="marketplace.price_dropped"):
    """A listing is cheaper than when ``user_id`` set the alert or was last told: once a drop and alert."""

    alert_id: str
    user_id: str
    listing_id: str
    title: str
    old_price: str
    price: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class SavedSearchMatched(Event, name="marketplace.saved_search_matched"):
    """A new or changed listing fits a saved search: once a listing and search."""

    search_id: str
    user_id: str
    search_name: str
    listing_id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class MatchingContinued(Event, name="marketplace.matching_continued"):
    """A batch of saved searches was told of a listing, and more may wait: the next transaction goes on."""

    listing_id: str


@dataclass(frozen=True, kw_only=True)
class AlertingContinued(Event, name="marketplace.alerting_continued"):
    """A batch of price alerts was told of a listing, and more may wait: the next transaction goes on."""

    listing_id: str


@dataclass(frozen=True, kw_only=True)
class _GroupStep:
    group_id: str
    buyer_id: str
    total: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class GroupPlaced(_GroupStep, Event, name="marketplace.group_placed"):
    """A checkout: its orders are to be paid together until ``pay_by`` (ISO 8601)."""

    order_ids: list[str]
    pay_by: str


@dataclass(frozen=True, kw_only=True)
class GroupPaid(_GroupStep, Event, name="marketplace.group_paid"):
    """The orders of a checkout are paid, but for those that were cancelled before."""

    payment_id: str


@dataclass(frozen=True, kw_only=True)
class GroupCancelled(_GroupStep, Event, name="marketplace.group_cancelled"):
    """All orders of a checkout were cancelled before anything was paid."""
