from chowk_core.testing.settings import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.swapped"]
DATABASES = databases("payments_swapped")
AUTH_USER_MODEL = "swapped.User"
CHOWK_PAYMENTS_ACCOUNT_MODEL = "swapped.Account"
CHOWK_PAYMENTS_BALANCE_MODEL = "swapped.Balance"
CHOWK_PAYMENTS_TRANSFER_MODEL = "swapped.Transfer"
CHOWK_PAYMENTS_HOLD_MODEL = "swapped.Hold"
CHOWK_PAYMENTS_PAYMENT_MODEL = "swapped.Payment"
CHOWK_PAYMENTS_PAYMENT_ATTEMPT_MODEL = "swapped.PaymentAttempt"
CHOWK_PAYMENTS_PAYMENT_PART_MODEL = "swapped.PaymentPart"
CHOWK_PAYMENTS_REFUND_MODEL = "swapped.Refund"
CHOWK_PAYMENTS_GATEWAY_RECORD_MODEL = "swapped.GatewayRecord"
CHOWK_PAYMENTS_WEBHOOK_EVENT_MODEL = "swapped.WebhookEvent"
CHOWK_PAYMENTS_CONNECTED_ACCOUNT_MODEL = "swapped.ConnectedAccount"
CHOWK_PAYMENTS_DISCOUNT_MODEL = "swapped.Discount"
CHOWK_PAYMENTS_DISCOUNT_USE_MODEL = "swapped.DiscountUse"
CHOWK_PAYMENTS_NUMBER_SERIES_MODEL = "swapped.NumberSeries"
CHOWK_PAYMENTS_INVOICE_MODEL = "swapped.Invoice"
CHOWK_PAYMENTS_BANK_DETAILS_MODEL = "swapped.BankDetails"
CHOWK_PAYMENTS_PAYOUT_MODEL = "swapped.Payout"
