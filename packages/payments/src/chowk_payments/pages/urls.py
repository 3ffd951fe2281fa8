"""Mount with ``path("", include("chowk_payments.pages.urls"))``."""

from django.urls import path

from chowk_payments.pages import checkout, leaving, papers, wallet

app_name = "chowk_payments_pages"

urlpatterns = [
    path("wallet/", wallet.detail, name="wallet"),
    path("wallet/statement.csv", wallet.export, name="statement"),
    path("wallet/top-up/", wallet.top_up, name="top-up"),
    path("wallet/send/", leaving.send, name="send"),
    path("wallet/withdraw/", leaving.withdraw, name="withdraw"),
    path("payouts/", leaving.payouts, name="payouts"),
    path("payouts/bank/", leaving.bank, name="bank"),
    path("payouts/schedule/", leaving.schedule, name="schedule"),
    path("refunds/", papers.refunds, name="refunds"),
    path("refunds/<str:pk>/", papers.refund, name="refund"),
    path("refunds/<str:pk>/<str:verb>/", papers.decide, name="refund-decide"),
    path("invoices/", papers.invoices, name="invoices"),
    path("invoices/<str:pk>/pdf/", papers.invoice_pdf, name="invoice-pdf"),
    path("pay/", checkout.pay, name="pay"),
    path("pay/back/", checkout.returned, name="returned"),
    path("payments/<str:pk>/", checkout.detail, name="payment"),
]
