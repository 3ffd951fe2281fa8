"""Settings of chowk_marketplace: ``CHOWK_MARKETPLACE = {…}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chowk_core.package_settings import (
    PackageSettings,
    Periodic,
    Policies,
    Policy,
    PolicyMap,
    Setting,
    Subscriptions,
)
from chowk_core.panels import Panels


def _positive(value: Any) -> str | None:
    return None if value > type(value)(0) else "should be greater than zero"


def _positive_if_any(value: Any) -> str | None:
    return None if value is None else _positive(value)


def _not_negative(value: Any) -> str | None:
    return None if value >= type(value)(0) else "should not be negative"


def _widths(value: Sequence[Any]) -> str | None:
    good = all(isinstance(width, int) and width > 0 for width in value)
    return None if good else "should be a list of widths in pixels"


class MarketplaceSettings(PackageSettings):
    """Listings, images, orders and what the marketplace does when others' events arrive."""

    prefix = "CHOWK_MARKETPLACE"

    LISTING_TYPES = PolicyMap[Any](
        {"listing": "chowk_marketplace.listing_types.PlainListing"},
        "Kinds of listings by name: each a `chowk_marketplace.listing_types.ListingType` that names its "
        "model, serializer, importer and form.",
    )
    SEARCH = Policy[Any](
        "chowk_marketplace.search.InstalledSearch",
        "How listings are found by words: a `chowk_marketplace.search.Search`. By default django-modelsearch "
        "where it is among the installed apps, else a comparison of texts.",
    )
    SIMILAR = Policy[Any](
        "chowk_marketplace.similar.by_category_and_values",
        "Which listings are like another: a `chowk_marketplace.similar.Similar`, called "
        "`(listing=listing, rows=queryset)`.",
    )
    IMPORT_MAX_BYTES = Setting(10_000_000, "The largest table that a seller may import.", validate=_positive)
    IMPORT_MAX_ROWS = Setting(10_000, "The longest table that a seller may import.", validate=_positive)
    SAVED_SEARCHES = Setting(100, "How many searches a user may save.", validate=_positive)
    FAN_OUT_BATCH = Setting(
        500,
        "How many saved searches or price alerts are told of a listing in one transaction; the rest follows "
        "in others.",
        validate=_positive,
    )
    RECENTLY_VIEWED = Setting(
        50, "How many recently viewed listings are kept of a user or session.", validate=_positive
    )
    RECENTLY_VIEWED_FOR = Setting(
        timedelta(days=90), "How long it is kept what somebody looked at.", validate=_positive
    )
    MAY_SELL = Policies[Any](
        (), "Who may create, activate and relist: called `(seller=user, listing=listing or None)`."
    )
    MAY_BUY = Policies[Any]((), "Who may purchase: called `(buyer=user, listing=listing)`.")
    MAY_UPDATE = Policies[Any](
        (), "Whether a listing may be changed now: called `(actor=user, listing=listing)`, under its lock."
    )
    MAY_ARCHIVE = Policies[Any](
        (),
        "Whether a listing may be archived or removed now: called `(actor=user, listing=listing)`, under its "
        "lock.",
    )
    MAY_CANCEL = Policies[Any](
        ("chowk_marketplace.policies.may_cancel",),
        "Who may cancel an order when: called `(actor=user, order=order)`.",
    )
    PUBLIC_NAME = Policy[Any](
        "chowk_marketplace.policies.public_name", "What others see of a user: called `(user=user)`."
    )
    ORDER_NUMBER = Policy[Any](
        "chowk_marketplace.policies.RandomOrderNumber",
        "Gives the next order number: called `(now=datetime)`, at most 32 characters; asked again if taken.",
    )
    PAYMENT_WINDOW = Setting(
        timedelta(hours=24), "How long a buyer has to pay for a purchase.", validate=_positive
    )
    AUTO_DELIVER_AFTER = Setting[timedelta | None](
        None,
        "How long after shipping an order counts as delivered without the buyer's word; None: never.",
        type=(timedelta, type(None)),
    )
    RETURN_WINDOW = Setting(
        timedelta(days=14),
        "How long after delivery a buyer may ask to return goods, and any time between sending and delivery; "
        "zero: never.",
        validate=_not_negative,
    )
    RETURNS_RESTOCK = Setting(
        True, "Whether what came back is for sale again, where the seller does not say."
    )
    COMPLAINT_WINDOW = Setting[timedelta | None](
        timedelta(days=180),
        "How long after an order was completed (or returned) its sides may complain about it, and any time "
        "before; None: without end.",
        type=(timedelta, type(None)),
        validate=_positive_if_any,
    )
    EVIDENCE_STORAGE = Setting(
        "private",
        "The alias in STORAGES that keeps the files of complaints: name one that is not public. Where "
        "STORAGES has no “private” they are kept in the folder `private` beside MEDIA_ROOT.",
    )
    EVIDENCE_TYPES = Setting[Sequence[str]](
        ("image/jpeg", "image/png", "image/webp", "application/pdf"),
        "Accepted files of complaints, by their content.",
        type=(tuple, list),
    )
    EVIDENCE_MAX_BYTES = Setting(10_000_000, "The largest file of a complaint, in bytes.", validate=_positive)
    EVIDENCE_PER_COMPLAINT = Setting(20, "How many files a complaint may have.", validate=_positive)
    MAX_QUANTITY = Setting(1_000_000, "The largest stock of a listing and quantity of an order line.")
    VARIANTS_PER_LISTING = Setting(100, "How many variants a listing may have.", validate=_positive)
    CART_MERGE = Policy[Any](
        "chowk_marketplace.checkout_policies.sum_quantities",
        "What becomes of two carts when a guest signs in: called `(own, guest)`, quantities by variant, "
        "answers the merged ones. `replace_by_guest` and `keep_own` are there too.",
    )
    CART_MAX_QUANTITY = Setting(99, "How many of one thing a cart takes.", validate=_positive)
    CART_MAX_ITEMS = Setting(100, "How many different things a cart takes.", validate=_positive)
    GUEST_CARTS_FOR = Setting(
        timedelta(days=30), "How long the cart of a guest who does not come back is kept.", validate=_positive
    )
    HOLD_TTL = Setting(
        timedelta(minutes=15), "How long a checkout under way holds its stock.", validate=_positive
    )
    SHIPPING = Policy[Any](
        "chowk_marketplace.checkout_policies.FlatShipping",
        "Ways of sending: called `rates(seller_id, address, currency, lines)`, answers `ShippingRate`s.",
    )
    SHIPPING_FLAT = Setting[Mapping[str, str]](
        {}, "FlatShipping's price a seller by currency, such as {'PKR': '250'}; unnamed: free.", type=dict
    )
    SHIPPING_FREE_ABOVE = Setting[Mapping[str, str]](
        {}, "By currency the goods from one seller from which FlatShipping is free.", type=dict
    )
    PICK_UP_TYPES = Setting[Sequence[str]](
        (),
        "Listing types that FlatShipping lets the buyer collect from the seller, without price or address; "
        "that is then what is taken where nothing is chosen.",
        type=(tuple, list),
    )
    TAX = Policy[Any](
        "chowk_marketplace.checkout_policies.NoTax",
        "What is added as tax: called `taxes(seller_id, address, currency, lines)`, minor units by line id. "
        "`PercentTax` adds TAX_PERCENT.",
    )
    TAX_PERCENT = Setting(Decimal(0), "Of PercentTax, on top of the goods after discount.")
    DISCOUNTS = Policy[Any](
        "chowk_marketplace.checkout_policies.NoDiscounts",
        "What a code takes off: a `chowk_marketplace.checkout_policies.Discounts`, such as "
        "`chowk_payments.policies.Discounts`.",
    )
    PLATFORM_FEE = Policy[Any](
        None,
        "What the platform keeps of an order: called `(amount, currency, seller, listing_ids)`, answers "
        "minor units; None: it is not known when ordering. `chowk_payments.policies.platform_fee`.",
    )
    LOW_STOCK_AT = Setting[int | None](
        2,
        "`marketplace.stock_low` is told when what is available of a variant comes down to this, unless the "
        "variant has a threshold of its own; None: never.",
        type=(int, type(None)),
    )
    IMAGE_STORAGE = Setting("default", "The alias in STORAGES that keeps listing images.")
    IMAGE_FORMATS = Setting[Sequence[str]](
        ("JPEG", "PNG", "WEBP"), "Accepted image formats, as Pillow names them.", type=(tuple, list)
    )
    IMAGE_MAX_BYTES = Setting(12_000_000, "The largest upload, in bytes.", validate=_positive)
    IMAGE_MAX_PIXELS = Setting(50_000_000, "The largest upload, in pixels.", validate=_positive)
    IMAGE_MAX_SIDE = Setting(2560, "Images are kept at most this wide and high.", validate=_positive)
    IMAGE_WIDTHS = Setting[Sequence[int]](
        (320, 640, 1280),
        "Widths of thumbnails, in pixels.",
        type=(tuple, list),
        validate=_widths,
    )
    IMAGES_PER_LISTING = Setting(24, "How many images a listing may have.", validate=_positive)
    ADMIN = Setting[dict[str, str]](
        {
            "Address": "chowk_marketplace.checkout_admin.AddressAdmin",
            "Cart": "chowk_marketplace.checkout_admin.CartAdmin",
            "Category": "chowk_marketplace.admin.CategoryAdmin",
            "City": "chowk_marketplace.checkout_admin.CityAdmin",
            "Complaint": "chowk_marketplace.aftersale_admin.ComplaintAdmin",
            "SellerProfile": "chowk_marketplace.catalogue_admin.SellerProfileAdmin",
            "Store": "chowk_marketplace.catalogue_admin.StoreAdmin",
            "SavedSearch": "chowk_marketplace.catalogue_admin.SavedSearchAdmin",
            "Listing": "chowk_marketplace.admin.ListingAdmin",
            "Order": "chowk_marketplace.admin.OrderAdmin",
            "OrderGroup": "chowk_marketplace.checkout_admin.OrderGroupAdmin",
            "Province": "chowk_marketplace.checkout_admin.ProvinceAdmin",
            "Return": "chowk_marketplace.aftersale_admin.ReturnAdmin",
            "Stock": "chowk_marketplace.stock_admin.StockAdmin",
            "StockHold": "chowk_marketplace.checkout_admin.StockHoldAdmin",
            "Variant": "chowk_marketplace.stock_admin.VariantAdmin",
        },
        "Admin classes by model name; leave a name out to register none.",
    )
    SUBSCRIPTIONS = Subscriptions(
        {
            "auctions.sold": "chowk_marketplace.subscribers.order_won_auction",
            "auctions.payment_defaulted": "chowk_marketplace.subscribers.cancel_defaulted",
            "auctions.payment_too_late": "chowk_marketplace.subscribers.cancel_paid_too_late",
            "payments.changed": "chowk_marketplace.subscribers.follow_payment",
            "payments.failed": "chowk_marketplace.subscribers.follow_payment",
            "payments.captured": "chowk_marketplace.subscribers.follow_payment",
            "payments.released": "chowk_marketplace.subscribers.complete_released",
            "payments.refunded": "chowk_marketplace.subscribers.follow_payment",
            "marketplace.listing_activated": (
                "chowk_marketplace.catalogue_subscribers.index_listing",
                "chowk_marketplace.catalogue_subscribers.match_searches",
            ),
            "marketplace.listing_changed": (
                "chowk_marketplace.catalogue_subscribers.index_listing",
                "chowk_marketplace.catalogue_subscribers.match_searches",
                "chowk_marketplace.catalogue_subscribers.alert_price_drop",
            ),
            "marketplace.matching_continued": "chowk_marketplace.catalogue_subscribers.match_searches",
            "marketplace.alerting_continued": "chowk_marketplace.catalogue_subscribers.alert_price_drop",
            "ratings.seller_rating_changed": "chowk_marketplace.catalogue_subscribers.take_rating",
            "trust.verification_changed": "chowk_marketplace.catalogue_subscribers.take_verification",
        },
        "What the marketplace does when others' events arrive.",
    )
    PERIODIC = Periodic(
        {
            "marketplace.cancel_overdue_orders": (
                "chowk_marketplace.services.cancel_overdue_orders",
                timedelta(minutes=1),
            ),
            "marketplace.release_expired_holds": (
                "chowk_marketplace.services.release_expired_holds",
                timedelta(minutes=1),
            ),
            "marketplace.deliver_overdue_orders": (
                "chowk_marketplace.services.deliver_overdue_orders",
                timedelta(hours=1),
            ),
            "marketplace.forget_guest_carts": (
                "chowk_marketplace.services.forget_guest_carts",
                timedelta(days=1),
            ),
            "marketplace.forget_views": (
                "chowk_marketplace.services.forget_views",
                timedelta(days=1),
            ),
        },
        "Deadlines: unpaid orders, holds of checkouts, orders whose delivery nobody has confirmed; and what "
        "is forgotten: views, and the carts of guests.",
    )
    CARDS = PolicyMap[Any](
        {
            "chowk_marketplace.listing": "chowk_marketplace.pages.cards.listing_cards",
            "chowk_marketplace.order": "chowk_marketplace.pages.cards.order_cards",
            "chowk_marketplace.ordergroup": "chowk_marketplace.pages.cards.group_cards",
        },
        "Who draws our objects for other packages' pages: target type to a `chowk_core.cards.DrawCards`.",
    )
    PANELS = Panels(
        {
            "auctions.auction": "chowk_marketplace.pages.panels.order_of_auction",
            "site.account": "chowk_marketplace.pages.panels.cart_link",
        },
        "What we put on other packages' pages: place to `chowk_core.panels.DrawPanels`.",
    )


marketplace_settings = MarketplaceSettings()
