"""What one sells oneself: all of it in one list, and as a table out and in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from chowk_core.exceptions import DomainError
from chowk_marketplace import selectors
from chowk_marketplace.exchange import export_lines, import_lines, read_upload
from chowk_marketplace.importing import Report
from chowk_marketplace.models import get_listing_model
from chowk_marketplace.pages.cards import pictures_of

PAGE_SIZE = 20
TONES = {"active": "good", "pending": "wait"}


class TableForm(forms.Form):
    """A table of listings."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy(
            "In UTF-8, with the columns of the export; at least reference, title and category."
        ),
        error_messages={"required": gettext_lazy("Choose a file."), "empty": gettext_lazy("It is empty.")},
    )


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The visitor's own listings, of one status if ``?status=`` says so, the newest first."""
    rows = selectors.visible_listings(request.user).filter(seller=request.user.pk)
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    statuses: Any = get_listing_model().Status.choices  # type: ignore[attr-defined]
    status = request.GET.get("status", "")
    chosen = status if status in dict(statuses) else ""
    rows = selectors.for_cards(rows.filter(status=chosen) if chosen else rows).order_by("-created_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = selectors.as_own_types(page.object_list)
    context = {
        "page": page,
        "rows": [(row, pictures_of(row)[0], TONES.get(row.status, "")) for row in page.object_list],
        "statuses": [(name, label, counts[name]) for name, label in statuses if name in counts],
        "chosen": chosen,
        "total": sum(counts.values()),
    }
    return render(request, "chowk_marketplace/mine.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """One's own listings as CSV."""
    answer = StreamingHttpResponse(export_lines(request.user), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="listings.csv"'
    return answer


@login_required
def exchange(request: HttpRequest) -> HttpResponse:
    """A table out and in. What does not go in is told by line and reason, the rest goes in."""
    form = TableForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            rows = read_upload(form.cleaned_data["file"])
            *_earlier, report = [Report(), *import_lines(rows, seller=request.user)]
        except DomainError as error:
            form.add_error("file", error.detail)
    context = {"form": form, "report": report}
    return render(request, "chowk_marketplace/exchange.html", context, status=400 if form.errors else 200)
