"""Payments, their webhooks, wallets, refunds, discounts, invoices, payouts, and accounts at gateways."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from chowk_payments.api.discounts import DiscountViewSet
from chowk_payments.api.invoices import InvoiceViewSet
from chowk_payments.api.payouts import BankDetailsView, PayoutViewSet
from chowk_payments.api.refunds import RefundViewSet
from chowk_payments.api.sellers import ConnectedAccountViewSet
from chowk_payments.api.views import PaymentViewSet, WalletViewSet
from chowk_payments.api.webhooks import WebhookView

app_name = "chowk_payments"

router = SimpleRouter(use_regex_path=False)
router.register("payments", PaymentViewSet, basename="payment")
router.register("wallets", WalletViewSet, basename="wallet")
router.register("refunds", RefundViewSet, basename="refund")
router.register("discounts", DiscountViewSet, basename="discount")
router.register("invoices", InvoiceViewSet, basename="invoice")
router.register("payouts", PayoutViewSet, basename="payout")
router.register("connected-accounts", ConnectedAccountViewSet, basename="connected-account")

urlpatterns = [
    path("payments/webhooks/<str:gateway>/", WebhookView.as_view(), name="webhook"),
    path("bank-details/", BankDetailsView.as_view(), name="bank-details"),
    *router.urls,
]
