"""Settings of chowk_payments: ``CHOWK_PAYMENTS = {…}``."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from chowk_core.money import UnknownCurrency, decimals
from chowk_core.package_settings import (
    PackageSettings,
    Periodic,
    Policy,
    PolicyMap,
    Setting,
    Subscriptions,
)
from chowk_core.panels import Panels
from chowk_payments.gateways.base import Gateway
from chowk_payments.policies import Fee, InvoiceSource, MayConfirmReceipt, Payable, Secrets


def _currency(value: str) -> str | None:
    try:
        decimals(value)
    except UnknownCurrency:
        return f"{value!r} is not an ISO 4217 currency"
    return None


def _currencies(value: list[str]) -> str | None:
    problems = (_currency(code) if isinstance(code, str) else f"{code!r} is not text" for code in value)
    return next((problem for problem in problems if problem), None)


def _percent(value: Decimal) -> str | None:
    return None if 0 <= value <= 100 else "should be from 0 to 100"


def _methods(value: dict[str, str]) -> str | None:
    unknown = sorted(set(value) - {"paypal", "cash", "bank_transfer"})
    return f"{unknown[0]!r} is none of paypal, cash and bank_transfer" if unknown else None


def _bearer(value: str) -> str | None:
    return None if value in {"payee", "platform"} else f"{value!r} is neither payee nor platform"


def _positive(value: Any) -> str | None:
    """Of a timedelta or a number."""
    return None if value > type(value)(0) else "should be more than nothing"


def _remote(value: str) -> str | None:
    address = urlsplit(value)
    here = address.hostname in {"127.0.0.1", "::1", "localhost"}
    schemes = {"https", "http"} if here else {"https"}
    good = not value or (address.hostname and address.scheme in schemes)
    return None if good else "should begin with https://, unless it is of this machine"


def _not_negative(value: timedelta) -> str | None:
    return None if value >= timedelta(0) else "should not be negative"


def _not_below_zero(value: Decimal) -> str | None:
    return None if value >= 0 else "should not be negative"


def _fernet_keys(value: list[str]) -> str | None:
    """Shape only: 32 bytes in URL-safe base 64."""
    try:
        good = all(len(urlsafe_b64decode(key)) == 32 for key in value)
    except (ValueError, TypeError):
        good = False
    return None if good else "should be keys made by cryptography.fernet.Fernet.generate_key()"


class PaymentsSettings(PackageSettings):
    """The ledger, wallets, gateways, escrow and the platform's fee."""

    prefix = "CHOWK_PAYMENTS"

    PAYABLES: PolicyMap[Payable] = PolicyMap(
        {},
        "What can be paid for: target type, such as 'chowk_marketplace.order', to the policy that says who "
        "owes what to whom for it.",
    )
    FEE: Policy[Fee] = Policy(
        "chowk_payments.policies.PercentFee", "What the platform keeps of a payment that is released."
    )
    FEE_PERCENT = Setting(
        Decimal(2), "The platform's share in per cent, for the default FEE.", validate=_percent
    )
    RELEASE_AFTER = Setting(
        timedelta(0),
        "How long after its delivery the money for an order stays in escrow. Zero: it is released at once.",
        validate=_not_negative,
    )
    GATEWAYS: PolicyMap[Gateway] = PolicyMap(
        {
            "dummy": "chowk_payments.gateways.dummy.DummyGateway",
            "manual": "chowk_payments.gateways.manual.ManualGateway",
            "wallet": "chowk_payments.gateways.wallet.WalletGateway",
        },
        "The gateways by the name that attempts remember. Keep one as long as its payments may be refunded.",
    )
    CARD_GATEWAY = Setting("dummy", "The gateway that charges cards, by its name in GATEWAYS.")
    METHODS: Setting[dict[str, str]] = Setting(
        {},
        "What payers may pay with beside wallet and card, to the gateway of GATEWAYS that takes it: "
        "'paypal', 'cash' and 'bank_transfer', such as {'cash': 'manual'}.",
        validate=_methods,
    )
    MAY_CONFIRM_RECEIPT: Policy[MayConfirmReceipt] = Policy(
        "chowk_payments.policies.StaffConfirmsReceipt",
        "Who may say that cash or a bank transfer has come. Whoever may do it without the money being there "
        "can make money: StaffOrPayeeConfirmsReceipt is for sites whose sellers hand it in.",
    )
    RECEIPT_TIMEOUT = Setting(
        timedelta(days=14),
        "How long cash or a bank transfer may take to come before the payment is cancelled.",
        validate=_positive,
    )
    SECRETS: Policy[Secrets] = Policy(
        "chowk_payments.secrets.from_environment",
        "Where gateways get their secrets: called with name=, such as STRIPE_SECRET_KEY. By default from the "
        "environment.",
    )
    STRIPE_URL = Setting("", "Stripe's API, where it is not Stripe's own: a fake.")
    PAYPAL_URL = Setting(
        "",
        "PayPal's API, where it is not the live one: https://api-m.sandbox.paypal.com, or a fake.",
        validate=_remote,
    )
    PAYPAL_ROOTS = Setting(
        "",
        "Path of a PEM file with the authorities that PayPal's certificates for webhooks come from. Empty: "
        "those that certifi knows. A fake has its own.",
    )
    WEBHOOK_TOLERANCE = Setting(
        timedelta(minutes=5),
        "How far a webhook's time may be from ours, before or after.",
        validate=_positive,
    )
    RETURN_HOSTS: Setting[list[str]] = Setting(
        [],
        "Hosts beside the site's own to which payers and sellers may come back from a gateway's page.",
        type=(list, tuple),
    )
    WEBHOOK_BATCH = Setting(
        500, "How many webhooks one run of the periodic work looks at.", validate=_positive
    )
    WEBHOOK_ATTEMPTS = Setting(8, "How often a webhook is tried before it is parked.", validate=_positive)
    WEBHOOK_RETENTION = Setting(
        timedelta(days=90), "How long a webhook that was worked on is kept.", validate=_positive
    )
    DEFAULT_CURRENCY = Setting("USD", "The currency of a wallet where none is asked for.", validate=_currency)
    CURRENCIES: Setting[list[str]] = Setting(
        [],
        "Currencies in which wallets can be topped up. Empty: only DEFAULT_CURRENCY.",
        type=(list, tuple),
        validate=_currencies,
    )
    TOP_UP_LIMIT = Setting(
        Decimal(100_000), "The most that one top-up may be, in units of its currency.", validate=_positive
    )
    UNCERTAIN_AFTER = Setting(
        timedelta(minutes=1),
        "How old an attempt without an answer is before the gateway is asked about it. Longer than a gateway "
        "call may take.",
        validate=_positive,
    )
    ACTION_TIMEOUT = Setting(
        timedelta(minutes=30),
        "How long a payer may take to answer a 3-D Secure challenge before the payment is cancelled.",
        validate=_positive,
    )
    RESOLVE_BATCH = Setting(
        200, "How many attempts, payouts or parts one run of the periodic work looks at.", validate=_positive
    )
    ONE_STATEMENT = Setting(
        True,
        "Let a transfer or hold be one SQL statement where that is possible: on PostgreSQL, with the default "
        "ledger models. It is planned once a connection where DATABASES has the option prepare_threshold.",
    )
    ENCRYPTION_KEYS: Setting[list[str]] = Setting(
        [],
        "Fernet keys for bank details and tax numbers; the first encrypts, all decrypt. After adding one in "
        "front run `manage.py chowk_rotate_keys`. Empty: such data cannot be stored.",
        type=(list, tuple),
        validate=_fernet_keys,
    )
    PAYOUT_EVERY = Setting(
        timedelta(days=7),
        "How often sellers' wallets are paid out to their banks by schedule. Zero: never.",
        validate=_not_negative,
    )
    PAYOUT_MINIMUM = Setting(
        Decimal(10), "The least that is paid out at once, in units of the currency.", validate=_not_below_zero
    )
    PAYOUT_GATEWAY = Setting(
        "",
        "The gateway that pays out, by its name in GATEWAYS. "
        "Empty: staff do it by hand, and say so in the admin.",
    )
    CHARGEBACK_LOSS = Setting(
        "payee",
        "Who bears what a payer's bank keeps of a purchase: 'payee' or 'platform'. Of a top-up its payer "
        "does.",
        validate=_bearer,
    )
    DISCOUNT_RESERVATION = Setting(
        timedelta(minutes=30),
        "How long a discount that was applied to a cart is kept for its buyer without a checkout.",
        validate=_positive,
    )
    INVOICES: PolicyMap[InvoiceSource] = PolicyMap(
        {},
        "Target types that invoices are issued for when they are paid, such as 'chowk_marketplace.order', to "
        "the policy that says what is on them.",
    )
    INVOICE_FONTS: Setting[list[str]] = Setting(
        [],
        "Paths of a regular and a bold TrueType font for invoices. Empty: DejaVu Sans where the system has "
        "it, else one for western European letters only.",
        type=(list, tuple),
    )
    SUBSCRIPTIONS = Subscriptions(
        {
            "marketplace.order_delivered": "chowk_payments.subscribers.release_delivered_order",
            "marketplace.order_paid": "chowk_payments.subscribers.redeem_order_discount",
            "marketplace.order_cancelled": (
                "chowk_payments.subscribers.refund_cancelled_order",
                "chowk_payments.subscribers.release_order_discount",
            ),
            "marketplace.payment_refused": "chowk_payments.subscribers.refund_refused_payment",
            "payments.captured": "chowk_payments.subscribers.issue_invoices",
            "payments.refunded": "chowk_payments.subscribers.issue_refund_notes",
            "marketplace.return_received": "chowk_payments.subscribers.refund_returned_goods",
            "marketplace.complaint_opened": "chowk_payments.subscribers.freeze_disputed_order",
            "marketplace.complaint_resolved": "chowk_payments.subscribers.settle_disputed_order",
            "marketplace.group_paid": "chowk_payments.subscribers.redeem_group_discount",
            "marketplace.group_cancelled": "chowk_payments.subscribers.release_group_discount",
        },
        "What payments do when others' events arrive.",
    )
    PERIODIC = Periodic(
        {
            "payments.expire_holds": ("chowk_payments.services.expire_holds", timedelta(minutes=1)),
            "payments.resolve_uncertain": (
                "chowk_payments.services.resolve_uncertain_payments",
                timedelta(seconds=30),
            ),
            "payments.resolve_payouts": ("chowk_payments.services.resolve_payouts", timedelta(minutes=5)),
            "payments.pay_out_by_schedule": (
                "chowk_payments.services.pay_out_by_schedule",
                timedelta(hours=1),
            ),
            "payments.release_due_parts": ("chowk_payments.services.release_due_parts", timedelta(minutes=1)),
            "payments.release_reservations": (
                "chowk_payments.services.release_reservations",
                timedelta(minutes=1),
            ),
            "payments.process_webhooks": (
                "chowk_payments.services.process_webhooks",
                timedelta(seconds=5),
            ),
            "payments.forget_webhooks": ("chowk_payments.services.forget_webhooks", timedelta(days=1)),
        },
        "Frees holds whose time is over, asks gateways about payments whose outcome is not known, releases "
        "what is due, and works on webhooks.",
    )
    STREAMS: PolicyMap[Any] = PolicyMap(
        {
            "payments.payment": "chowk_payments.streams.PaymentStream",
            "payments.wallet": "chowk_payments.streams.WalletStream",
        },
        "Realtime streams: a payment, for its two parties, and a wallet, for its owner.",
    )
    PANELS = Panels(
        {"marketplace.order": "chowk_payments.pages.panels.payable"},
        "What we put on other packages' pages: place to `chowk_core.panels.DrawPanels`.",
    )

    def currencies(self) -> tuple[str, ...]:
        """The currencies offered for wallets, the default one first."""
        return tuple(dict.fromkeys([self.DEFAULT_CURRENCY, *self.CURRENCIES]))


payments_settings = PaymentsSettings()
