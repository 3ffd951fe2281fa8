"""Fields, constraints and invariants of every model; ``chowk_payments.models`` makes them concrete."""

from chowk_payments.abstract_models.discounts import (
    AbstractDiscount,
    AbstractDiscountUse,
    DiscountKind,
    UseState,
)
from chowk_payments.abstract_models.gateway_records import AbstractGatewayRecord
from chowk_payments.abstract_models.invoices import AbstractInvoice, AbstractNumberSeries, InvoiceKind
from chowk_payments.abstract_models.ledger import (
    MAX_AMOUNT,
    MAX_COUNTER,
    AbstractAccount,
    AbstractBalance,
    AbstractHold,
    AbstractTransfer,
    AccountKind,
    HoldState,
)
from chowk_payments.abstract_models.parts import AbstractPaymentPart
from chowk_payments.abstract_models.payments import (
    LIVE_STATES,
    AbstractPayment,
    AbstractPaymentAttempt,
    AttemptKind,
    AttemptState,
    Method,
    PaymentState,
    Purpose,
)
from chowk_payments.abstract_models.payouts import (
    AbstractBankDetails,
    AbstractPayout,
    PayoutOrigin,
    PayoutState,
)
from chowk_payments.abstract_models.refunds import AbstractRefund, RefundState
from chowk_payments.abstract_models.remote import (
    AbstractConnectedAccount,
    AbstractWebhookEvent,
    WebhookState,
)

__all__ = [
    "LIVE_STATES",
    "MAX_AMOUNT",
    "MAX_COUNTER",
    "AbstractAccount",
    "AbstractBalance",
    "AbstractBankDetails",
    "AbstractConnectedAccount",
    "AbstractDiscount",
    "AbstractDiscountUse",
    "AbstractGatewayRecord",
    "AbstractHold",
    "AbstractInvoice",
    "AbstractNumberSeries",
    "AbstractPayment",
    "AbstractPaymentAttempt",
    "AbstractPaymentPart",
    "AbstractPayout",
    "AbstractRefund",
    "AbstractTransfer",
    "AbstractWebhookEvent",
    "AccountKind",
    "AttemptKind",
    "AttemptState",
    "DiscountKind",
    "HoldState",
    "InvoiceKind",
    "Method",
    "PaymentState",
    "PayoutOrigin",
    "PayoutState",
    "Purpose",
    "RefundState",
    "UseState",
    "WebhookState",
]
