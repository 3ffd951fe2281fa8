"""Money that leaves the wallet: to another user, or to one's bank. Looked at once more before it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import View

from chowk_core.exceptions import DomainError
from chowk_core.pages import attempt
from chowk_payments import selectors, services
from chowk_payments.conf import payments_settings
from chowk_payments.encryption import masked
from chowk_payments.pages.money_forms import (
    AmountForm,
    BankForm,
    SendForm,
    WithdrawForm,
    said,
)
from chowk_payments.services.payouts import least_payout

PAGE_SIZE = 25
TONES = {"held": "wait", "processing": "wait", "paid": "good", "returned": "bad"}


@method_decorator([never_cache, login_required], name="dispatch")
class LeavingView(View):
    """A form, the same once more to look at, and then it is done."""

    template = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, self.form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form, step = self.form(request), request.POST.get("step")
        form.final = step == "go"
        if step == "change":
            form.full_clean()
            return self.page(request, form, changing=True)
        if not form.is_valid():
            return self.page(request, form)
        if step != "go":
            return self.page(request, form, checking=True)
        try:
            return self.go(request, form)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
            return self.page(request, form)

    def page(
        self, request: HttpRequest, form: AmountForm, *, checking: bool = False, changing: bool = False
    ) -> HttpResponse:
        context = {
            "form": form,
            "checking": checking,
            "wallets": list(form.wallets.values()),
            "currency": next(iter(form.wallets)),
            "key": form.fields["key"].initial,
            **self.more(request),
        }
        status = 400 if form.errors and not changing else 200
        return render(request, self.template, context, status=status)

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def form(self, request: HttpRequest) -> Any:
        raise NotImplementedError

    def go(self, request: HttpRequest, form: Any) -> HttpResponse:
        raise NotImplementedError


def _wallets(request: HttpRequest) -> list[Any]:
    """The wallets that were ever used; else the first, so that there is one to say that of."""
    found = selectors.wallets_of(request.user)
    return [wallet for wallet in found if wallet.account is not None] or found[:1]


class SendView(LeavingView):
    """To another user's wallet."""

    template = "chowk_payments/send.html"

    def form(self, request: HttpRequest) -> SendForm:
        return SendForm(request.POST or None, wallets=_wallets(request), sender=request.user)

    def go(self, request: HttpRequest, form: SendForm) -> HttpResponse:
        data = form.cleaned_data
        services.send_money(
            sender=request.user,
            recipient=form.user,
            amount=form.minor,
            currency=data["currency"],
            note=data["note"],
            key=data["key"],
        )
        sum_ = said(form.minor, data["currency"])
        messages.success(request, _("You sent %(sum)s to %(name)s.") % {"name": form.user, "sum": sum_})
        return redirect("chowk_payments_pages:wallet")


class WithdrawView(LeavingView):
    """To one's own bank."""

    template = "chowk_payments/withdraw.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        by_hand = request.user.is_authenticated and not payments_settings.PAYOUT_GATEWAY
        if by_hand and selectors.bank_details_of(request.user) is None:
            return redirect(f"{reverse('chowk_payments_pages:bank')}?then=withdraw")
        return super().dispatch(request, *args, **kwargs)

    def form(self, request: HttpRequest) -> WithdrawForm:
        return WithdrawForm(request.POST or None, wallets=_wallets(request))

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return _where(request)

    def go(self, request: HttpRequest, form: WithdrawForm) -> HttpResponse:
        data = form.cleaned_data
        services.request_payout(
            user=request.user, amount=form.minor, currency=data["currency"], key=data["key"]
        )
        sum_ = said(form.minor, data["currency"])
        messages.success(request, _("%(sum)s is on its way to your bank.") % {"sum": sum_})
        return redirect("chowk_payments_pages:payouts")


def _where(request: HttpRequest) -> dict[str, Any]:
    """Where one is paid out to: a gateway's account of one's own, or a bank."""
    gateway = payments_settings.PAYOUT_GATEWAY
    return {
        "gateway": gateway,
        "gateway_ready": bool(gateway and selectors.payout_destination(request.user, gateway)),
        "bank": None if gateway else selectors.bank_details_of(request.user),
    }


@never_cache
@login_required
def payouts(request: HttpRequest) -> HttpResponse:
    """What can be paid out, where to, by which schedule, and what was."""
    page = Paginator(selectors.payouts_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    wallets = _wallets(request)
    context = {
        "page": page,
        "rows": [(row, TONES.get(row.state, ""), _destination_of(row)) for row in page],
        "wallets": [(wallet, least_payout(wallet.currency)) for wallet in wallets],
        "every": _every(payments_settings.PAYOUT_EVERY),
        **_where(request),
    }
    return render(request, "chowk_payments/payouts.html", context)


def _destination_of(payout: Any) -> str:
    """The account of a payout, masked."""
    if payout.gateway:
        return str(payout.gateway).capitalize()
    lines = payout.destination.split("\n")
    return masked(lines[1]) if len(lines) > 1 else ""


def _every(period: timedelta) -> str:
    """How often in words, "" for never."""
    if period <= timedelta(0):
        return ""
    if period.days:
        return ngettext("every day", "every %(n)d days", period.days) % {"n": period.days}
    hours = max(1, period.seconds // 3600)
    return ngettext("every hour", "every %(n)d hours", hours) % {"n": hours}


@sensitive_post_parameters("account_number", "routing_code", "tax_number")
@never_cache
@login_required
def bank(request: HttpRequest) -> HttpResponse:
    """Enter or change where one is paid out to; then, with ``?then=withdraw``, on to that."""
    stored = selectors.bank_details_of(request.user)
    form = BankForm(request.POST or None, stored=stored)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_bank_details(user=request.user, **form.fields_to_store)
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, _("Stored. We show only the last digits."))
            onward = "withdraw" if request.GET.get("then") == "withdraw" else "payouts"
            return redirect(f"chowk_payments_pages:{onward}")
    context = {"form": form, "stored": stored}
    return render(request, "chowk_payments/bank.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def schedule(request: HttpRequest) -> HttpResponse:
    """Be paid out by schedule, or only when one asks."""
    if selectors.bank_details_of(request.user) is not None:
        automatic = request.POST.get("automatic") == "yes"
        done = _("You are paid out by schedule.") if automatic else _("You are paid out when you ask.")
        attempt(request, done, services.save_bank_details, user=request.user, automatic=automatic)
    return redirect("chowk_payments_pages:payouts")


send = SendView.as_view()
withdraw = WithdrawView.as_view()
