from django.utils.translation import gettext_lazy as _

from chowk_core.swapping import SwappableAppConfig


class PaymentsConfig(SwappableAppConfig):
    """The ledger, wallets and payments."""

    name = "chowk_payments"
    verbose_name = _("Payments")
    default = True
    swappable_models = (
        "Account",
        "Balance",
        "Transfer",
        "Hold",
        "Payment",
        "PaymentPart",
        "PaymentAttempt",
        "Refund",
        "Discount",
        "DiscountUse",
        "NumberSeries",
        "Invoice",
        "BankDetails",
        "Payout",
        "GatewayRecord",
        "WebhookEvent",
        "ConnectedAccount",
    )
