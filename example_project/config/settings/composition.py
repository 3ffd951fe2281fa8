"""How the packages meet on this site: policies and hooks by dotted path, and nothing in Python."""

from __future__ import annotations

import os

from .base import CELERY_BROKER_URL, ENCRYPTION_KEYS, REDIS_URL

CHOWK_CORE: dict[str, object] = {
    "SOCKET_REDIS_URL": REDIS_URL,
    "RELAY": "celery" if CELERY_BROKER_URL else "inline",
    "CARDS": {"accounts.user": "accounts.cards.user_cards"},
}

CHOWK_MARKETPLACE = {
    "LISTING_TYPES": {
        "car": "vehicles.listing_types.CarType",
        "part": "parts.listing_types.PartType",
        "craft": "shop.listing_types.CraftType",
        "product": "shop.listing_types.ProductType",
    },
    "MAY_UPDATE": ["chowk_auctions.policies.not_on_auction"],
    "MAY_ARCHIVE": ["chowk_auctions.policies.not_on_auction"],
    "PICK_UP_TYPES": ["car"],
    "DISCOUNTS": "chowk_payments.policies.Discounts",
    "PLATFORM_FEE": "chowk_payments.policies.platform_fee",
    "EVIDENCE_STORAGE": "private",
}

CHOWK_AUCTIONS = {
    "MAY_AUCTION": ["chowk_marketplace.policies.may_auction"],
    "ENFORCE_SETTLEMENT_DEADLINE": False,  # orders carry the deadline
    "PAY_URL": "chowk_marketplace.pages.links.order_page",
}

CHOWK_PAYMENTS: dict[str, object] = {
    "PAYABLES": {
        "chowk_marketplace.order": "chowk_marketplace.policies.charge_for_order",
        "chowk_marketplace.ordergroup": "chowk_marketplace.policies.charge_for_group",
    },
    "ENCRYPTION_KEYS": ENCRYPTION_KEYS,
    "INVOICES": {"chowk_marketplace.order": "chowk_marketplace.checkout_policies.invoice_for_order"},
}
if os.environ.get("PAYPAL_CLIENT_ID"):
    CHOWK_PAYMENTS |= {
        "GATEWAYS": {"paypal": "chowk_payments.gateways.paypal.PayPalGateway"},
        "METHODS": {"paypal": "paypal"},
        "PAYPAL_URL": os.environ.get("PAYPAL_URL", ""),
        "PAYPAL_ROOTS": os.environ.get("PAYPAL_ROOTS", ""),
    }
