"""Refunds that one gets or gives, and invoices of what one bought or sold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from chowk_core.cards import cards_of
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.pages import attempt, missing_is_404, post_only
from chowk_payments import selectors, services
from chowk_payments.abstract_models import InvoiceKind, RefundState
from chowk_payments.invoice_pdf import render_invoice
from chowk_payments.services.refunds import may_take_back

PAGE_SIZE = 25
ROLES = {
    "": gettext_lazy("All"),
    "bought": gettext_lazy("Bought"),
    "sold": gettext_lazy("Sold"),
}
TONES = {
    "requested": "wait",
    "approved": "wait",
    "processing": "wait",
    "completed": "good",
    "refused": "bad",
    "failed": "bad",
}


class NoteForm(forms.Form):
    """Why not."""

    note = forms.CharField(
        label=gettext_lazy("Why not"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The buyer reads it."),
    )


def _of_role(
    request: HttpRequest, rows: QuerySet[Any], *, bought: str, sold: str
) -> tuple[str, QuerySet[Any]]:
    """The chosen role and the viewer's own rows in it."""
    role = request.GET.get("role", "")
    role = role if role in ROLES else ""
    buyer, seller = Q(**{bought: request.user}), Q(**{sold: request.user})
    return role, rows.filter({"bought": buyer, "sold": seller}.get(role, buyer | seller))


@never_cache
@login_required
def refunds(request: HttpRequest) -> HttpResponse:
    """The refunds that the visitor gets or gives, newest first."""
    role, rows = _of_role(
        request,
        selectors.visible_refunds(request.user),
        bought="part__payment__payer",
        sold="part__payee",
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    cards = cards_of([row.part.target for row in page], request.user)
    for row in page:
        row.card = cards.get(row.part.target)
        row.tone = TONES.get(row.state, "")
        row.mine = row.part.payment.payer_id == request.user.pk
    context = {"page": page, "role": role, "roles": ROLES}
    return render(request, "chowk_payments/refunds.html", context)


def _visible(rows: QuerySet[Any], pk: str) -> Any:
    """One of ``rows``. Raises NotFound."""
    try:
        found = rows.filter(pk=pk).first()
    except (ValueError, ValidationError) as error:
        raise NotFound from error
    if found is None:
        raise NotFound
    return found


@never_cache
@login_required
@missing_is_404
def refund(request: HttpRequest, pk: str) -> HttpResponse:
    """One refund for its buyer and its seller."""
    return _refund_page(request, _visible(selectors.visible_refunds(request.user), pk), NoteForm())


def _refund_page(request: HttpRequest, row: Any, form: NoteForm) -> HttpResponse:
    gives = row.part.payee_id == request.user.pk
    open_ = row.state in {RefundState.REQUESTED, RefundState.APPROVED}
    context = {
        "row": row,
        "tone": TONES.get(row.state, ""),
        "card": cards_of([row.part.target], request.user).get(row.part.target),
        "gives": gives,
        "decides": gives and open_,
        "refuses": row.state == RefundState.REQUESTED or may_take_back(row, request.user),
        "withdraws": row.part.payment.payer_id == request.user.pk and row.state == RefundState.REQUESTED,
        "form": form,
    }
    return render(request, "chowk_payments/refund.html", context, status=400 if form.errors else 200)


@post_only("chowk_payments_pages:refund")
@never_cache
@login_required
@missing_is_404
def decide(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """The seller gives it or refuses; the buyer takes the request back."""
    row = _visible(selectors.visible_refunds(request.user), pk)
    gives, gets = row.part.payee_id == request.user.pk, row.part.payment.payer_id == request.user.pk
    form = NoteForm(request.POST)
    if verb == "give" and gives:
        if attempt(request, "", services.approve_refund, refund=row, by=request.user):
            attempt(request, _("It goes back to the buyer."), services.complete_refund, refund=row)
    elif verb == "refuse" and gives:
        if not form.is_valid():
            return _refund_page(request, row, form)
        note = form.cleaned_data["note"]
        attempt(request, _("Refused."), services.refuse_refund, refund=row, by=request.user, note=note)
    elif verb == "withdraw" and gets:
        attempt(request, _("You took it back."), services.refuse_refund, refund=row, by=request.user)
    else:
        raise Http404
    return redirect("chowk_payments_pages:refund", pk=pk)


@never_cache
@login_required
def invoices(request: HttpRequest) -> HttpResponse:
    """The invoices and credit notes of what the visitor bought or sold, newest first."""
    role, rows = _of_role(request, selectors.visible_invoices(request.user), bought="buyer", sold="seller")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page:
        row.credits = row.kind == InvoiceKind.CREDIT_NOTE
        row.sold = row.seller_id == request.user.pk
        row.other = row.data["buyer_name"] if row.sold else row.data["seller_name"]
    context = {"page": page, "role": role, "roles": ROLES}
    return render(request, "chowk_payments/invoices.html", context)


@never_cache
@login_required
@missing_is_404
def invoice_pdf(request: HttpRequest, pk: str) -> HttpResponse:
    """An invoice on paper, to save."""
    row = _visible(selectors.visible_invoices(request.user), pk)
    try:
        paper = render_invoice(row)
    except DomainError as error:
        messages.error(request, error.detail)
        return redirect("chowk_payments_pages:invoices")
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    return answer
