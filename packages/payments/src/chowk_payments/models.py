"""The concrete models, each swappable, and the getters that answer with what stands in for them."""

from __future__ import annotations

from chowk_core.swapping import get_swappable_model
from chowk_payments.abstract_models import (
    AbstractAccount,
    AbstractBalance,
    AbstractBankDetails,
    AbstractConnectedAccount,
    AbstractDiscount,
    AbstractDiscountUse,
    AbstractGatewayRecord,
    AbstractHold,
    AbstractInvoice,
    AbstractNumberSeries,
    AbstractPayment,
    AbstractPaymentAttempt,
    AbstractPaymentPart,
    AbstractPayout,
    AbstractRefund,
    AbstractTransfer,
    AbstractWebhookEvent,
)


class Account(AbstractAccount):
    class Meta(AbstractAccount.Meta):
        swappable = "CHOWK_PAYMENTS_ACCOUNT_MODEL"


class Balance(AbstractBalance):
    class Meta(AbstractBalance.Meta):
        swappable = "CHOWK_PAYMENTS_BALANCE_MODEL"


class Transfer(AbstractTransfer):
    class Meta(AbstractTransfer.Meta):
        swappable = "CHOWK_PAYMENTS_TRANSFER_MODEL"


class Hold(AbstractHold):
    class Meta(AbstractHold.Meta):
        swappable = "CHOWK_PAYMENTS_HOLD_MODEL"


class Payment(AbstractPayment):
    class Meta(AbstractPayment.Meta):
        swappable = "CHOWK_PAYMENTS_PAYMENT_MODEL"


class PaymentAttempt(AbstractPaymentAttempt):
    class Meta(AbstractPaymentAttempt.Meta):
        swappable = "CHOWK_PAYMENTS_PAYMENT_ATTEMPT_MODEL"


class PaymentPart(AbstractPaymentPart):
    class Meta(AbstractPaymentPart.Meta):
        swappable = "CHOWK_PAYMENTS_PAYMENT_PART_MODEL"


class Refund(AbstractRefund):
    class Meta(AbstractRefund.Meta):
        swappable = "CHOWK_PAYMENTS_REFUND_MODEL"


class GatewayRecord(AbstractGatewayRecord):
    class Meta(AbstractGatewayRecord.Meta):
        swappable = "CHOWK_PAYMENTS_GATEWAY_RECORD_MODEL"


class WebhookEvent(AbstractWebhookEvent):
    class Meta(AbstractWebhookEvent.Meta):
        swappable = "CHOWK_PAYMENTS_WEBHOOK_EVENT_MODEL"


class ConnectedAccount(AbstractConnectedAccount):
    class Meta(AbstractConnectedAccount.Meta):
        swappable = "CHOWK_PAYMENTS_CONNECTED_ACCOUNT_MODEL"


class Discount(AbstractDiscount):
    class Meta(AbstractDiscount.Meta):
        swappable = "CHOWK_PAYMENTS_DISCOUNT_MODEL"


class DiscountUse(AbstractDiscountUse):
    class Meta(AbstractDiscountUse.Meta):
        swappable = "CHOWK_PAYMENTS_DISCOUNT_USE_MODEL"


class NumberSeries(AbstractNumberSeries):
    class Meta(AbstractNumberSeries.Meta):
        swappable = "CHOWK_PAYMENTS_NUMBER_SERIES_MODEL"


class Invoice(AbstractInvoice):
    class Meta(AbstractInvoice.Meta):
        swappable = "CHOWK_PAYMENTS_INVOICE_MODEL"


class BankDetails(AbstractBankDetails):
    class Meta(AbstractBankDetails.Meta):
        swappable = "CHOWK_PAYMENTS_BANK_DETAILS_MODEL"


class Payout(AbstractPayout):
    class Meta(AbstractPayout.Meta):
        swappable = "CHOWK_PAYMENTS_PAYOUT_MODEL"


def get_account_model() -> type[AbstractAccount]:
    return get_swappable_model("chowk_payments.Account")


def get_balance_model() -> type[AbstractBalance]:
    return get_swappable_model("chowk_payments.Balance")


def get_transfer_model() -> type[AbstractTransfer]:
    return get_swappable_model("chowk_payments.Transfer")


def get_hold_model() -> type[AbstractHold]:
    return get_swappable_model("chowk_payments.Hold")


def get_payment_model() -> type[AbstractPayment]:
    return get_swappable_model("chowk_payments.Payment")


def get_payment_attempt_model() -> type[AbstractPaymentAttempt]:
    return get_swappable_model("chowk_payments.PaymentAttempt")


def get_payment_part_model() -> type[AbstractPaymentPart]:
    return get_swappable_model("chowk_payments.PaymentPart")


def get_refund_model() -> type[AbstractRefund]:
    return get_swappable_model("chowk_payments.Refund")


def get_gateway_record_model() -> type[AbstractGatewayRecord]:
    return get_swappable_model("chowk_payments.GatewayRecord")


def get_webhook_event_model() -> type[AbstractWebhookEvent]:
    return get_swappable_model("chowk_payments.WebhookEvent")


def get_connected_account_model() -> type[AbstractConnectedAccount]:
    return get_swappable_model("chowk_payments.ConnectedAccount")


def get_discount_model() -> type[AbstractDiscount]:
    return get_swappable_model("chowk_payments.Discount")


def get_discount_use_model() -> type[AbstractDiscountUse]:
    return get_swappable_model("chowk_payments.DiscountUse")


def get_number_series_model() -> type[AbstractNumberSeries]:
    return get_swappable_model("chowk_payments.NumberSeries")


def get_invoice_model() -> type[AbstractInvoice]:
    return get_swappable_model("chowk_payments.Invoice")


def get_bank_details_model() -> type[AbstractBankDetails]:
    return get_swappable_model("chowk_payments.BankDetails")


def get_payout_model() -> type[AbstractPayout]:
    return get_swappable_model("chowk_payments.Payout")
