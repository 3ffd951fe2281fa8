"""The wallet: what is in it, where it came from and went, and how to put more in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from chowk_core.exceptions import DomainError
from chowk_core.money import to_minor
from chowk_payments import selectors, services
from chowk_payments.abstract_models import PaymentState
from chowk_payments.conf import payments_settings
from chowk_payments.exporting import wallet_csv
from chowk_payments.pages.checkout import TEST_CARDS, onward, problem_of
from chowk_payments.pages.forms import TopUpForm
from chowk_payments.pages.money_forms import KINDS, HistoryForm

PAGE_SIZE = 25


@never_cache
@login_required
def detail(request: HttpRequest) -> HttpResponse:
    """Balances and statement of the signed-in user, as filtered by the query.

    What the balance was after each entry is shown where nothing but the currency is filtered by.
    """
    wallets = selectors.wallets_of(request.user)
    form = HistoryForm(request.GET, wallets=wallets)
    whole = not form.asked.keys() - {"currency"}
    rows = selectors.wallet_transactions(request.user, form.asked.get("currency", ""), with_balance=whole)
    rows = rows.select_related("debit_account__owner", "credit_account__owner")
    page = Paginator(form.narrow(rows), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "wallets": wallets,
        "form": form,
        "filtered": bool(form.asked),
        "whole": whole,
        "page": page,
        "entries": [(row, *_words_of(row)) for row in page],
        "query": request.GET.urlencode(),
    }
    return render(request, "chowk_payments/wallet.html", context)


def _words_of(row: Any) -> tuple[Any, str]:
    """What an entry is, and what was said with it."""
    incoming = row.signed_amount > 0
    if row.code == "transfer":
        other = (row.debit_account if incoming else row.credit_account).owner
        words = _("From %(name)s") if incoming else _("To %(name)s")
        return words % {"name": other}, row.reference
    if row.code == "payout":
        return _("Paid out to the bank"), ""
    return KINDS.get(row.code, row.code.replace("_", " ").capitalize()), ""


@never_cache
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The statement as filtered by the query, as CSV."""
    form = HistoryForm(request.GET, wallets=selectors.wallets_of(request.user))
    rows = form.narrow(selectors.wallet_transactions(request.user))
    answer = StreamingHttpResponse(wallet_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="wallet.csv"'
    return answer


@method_decorator(
    [sensitive_post_parameters("number", "security_code"), never_cache, login_required], name="dispatch"
)
class TopUpView(View):
    """Put money in, from a card."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, TopUpForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TopUpForm(request.POST)
        if not form.is_valid():
            return self.page(request, form)
        currency = payments_settings.DEFAULT_CURRENCY
        try:
            payment = services.top_up(
                payer=request.user,
                amount=to_minor(form.cleaned_data["amount"], currency),
                currency=currency,
                card=form.card,
                key=form.cleaned_data["key"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
            return self.page(request, form)
        if payment.state == PaymentState.FAILED:
            form.add_error(None, problem_of(payment))
            return self.page(request, form)
        return onward(request, payment)

    def page(self, request: HttpRequest, form: Any) -> HttpResponse:
        context = {
            "form": form,
            "currency": payments_settings.DEFAULT_CURRENCY,
            "key": TopUpForm().fields["key"].initial,
            "test_cards": TEST_CARDS,
        }
        return render(request, "chowk_payments/top_up.html", context, status=400 if form.errors else 200)


top_up = TopUpView.as_view()
