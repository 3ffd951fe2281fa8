"""Complaints about orders: opened by a side, talked over with files, decided by staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import Money

from chowk_core.exceptions import DomainError
from chowk_core.money import from_minor
from chowk_core.pages import attempt, missing_is_404, once, post_only
from chowk_core.templatetags.chowk import money
from chowk_marketplace import aftersale_selectors, selectors, services
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.evidence import as_download
from chowk_marketplace.models import get_complaint_model
from chowk_marketplace.pages.aftersale import Event, page_of, sides_of
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.complaints import open_until, too_late
from chowk_marketplace.services.refunds import left_of

TONES = {"open": "wait", "under_review": "wait", "resolved": "good", "dismissed": "", "withdrawn": ""}
ICONS = {
    "open": "flag",
    "under_review": "search",
    "resolved": "check",
    "dismissed": "cross",
    "withdrawn": "exit",
}
STEPS = {
    "open": gettext_lazy("Complained"),
    "under_review": gettext_lazy("Looks into it"),
    "resolved": gettext_lazy("Decided: money goes back"),
    "dismissed": gettext_lazy("Decided: nothing goes back"),
    "withdrawn": gettext_lazy("Took the complaint back"),
}


class ComplaintForm(forms.Form):
    """What is wrong."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is wrong"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )
    text = forms.CharField(
        label=gettext_lazy("What happened"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The other side and our staff read it. Pictures come on the next page."),
        error_messages={"required": gettext_lazy("Say what happened.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = get_complaint_model().Kind.choices
        self.fields["kind"].choices = [(value, capfirst(str(label))) for value, label in choices]  # type: ignore[attr-defined]


class MessageForm(forms.Form):
    """A word to the other side and staff."""

    text = forms.CharField(
        label=gettext_lazy("Say something"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )


class EvidenceForm(forms.Form):
    """A file that shows it."""

    file = forms.FileField(
        label=gettext_lazy("Picture or paper"),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("This file is empty. Choose another one."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(marketplace_settings.EVIDENCE_TYPES)
        words = _("Up to %(megabytes)s MB. The other side and our staff can see it.")
        self.fields["file"].help_text = words % {
            "megabytes": marketplace_settings.EVIDENCE_MAX_BYTES // 1_000_000
        }


class DecisionForm(forms.Form):
    """How staff decide."""

    resolution = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it is decided.")},
    )
    amount = forms.DecimalField(
        label=gettext_lazy("How much goes back"),
        required=False,
        min_value=0,
        max_digits=15,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("Only where some of it goes back."),
        error_messages={"invalid": gettext_lazy("Enter an amount, such as 250.00.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Why it is decided so"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Both sides read it."),
        error_messages={"required": gettext_lazy("Say why. Both sides read it.")},
    )

    def __init__(self, *args: Any, order: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        choices = get_complaint_model().Resolution.choices
        self.fields["resolution"].choices = [(value, capfirst(str(label))) for value, label in choices]  # type: ignore[attr-defined]

    @property
    def refund(self) -> Money | None:
        """The amount as the service takes it."""
        asked, resolution = self.cleaned_data.get("amount"), self.cleaned_data["resolution"]
        return Money(asked, self.order.total.currency) if resolution == "partial_refund" and asked else None

    @property
    def goes_back(self) -> Money | None:
        """What the buyer gets by it, of a valid form."""
        if self.cleaned_data["resolution"] == "refund":
            return from_minor(left_of(self.order), self.order.total.currency.code)
        return self.refund

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("resolution") == "partial_refund" and "amount" not in self.errors:
            most = from_minor(left_of(self.order), self.order.total.currency.code)
            if not data.get("amount"):
                self.add_error("amount", _("Enter how much goes back."))
            elif data["amount"] > most.amount:
                self.add_error(
                    "amount", _("At most %(most)s can go back.") % {"most": strip_tags(money(most))}
                )
        return data


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The complaints about what the visitor bought, or with ``?side=sold`` sold, newest first."""
    side, page = page_of(request, aftersale_selectors.visible_complaints(request.user))
    for row in page:
        row.tone = TONES.get(row.status, "")
    context = {"page": page, "side": side, "sides": sides_of(request.user)}
    return render(request, "chowk_marketplace/complaints.html", context)


@login_required
@missing_is_404
@once
def complain(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a complaint about an order; where there is one that is not closed, go there."""
    order = selectors.order_for(request.user, pk)
    if request.user.pk not in {order.buyer_id, order.seller_id}:
        raise Http404
    if "complain" not in aftersale_selectors.order_remedies(request.user, order, timezone.now()):
        if (row := order.complaints.filter(closed_at=None).first()) is not None:
            return redirect("chowk_marketplace_pages:complaint", pk=row.pk)
        if (until := open_until(order)) and until < timezone.now():
            messages.info(request, too_late(until).detail)
        else:
            messages.info(request, _("There is nothing to complain about in this order now."))
        return redirect("chowk_marketplace_pages:order", pk=pk)
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.open_complaint(order=order, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, _("Noted. Add what shows it below; our staff look into it."))
            return redirect("chowk_marketplace_pages:complaint", pk=row.pk)
    context = {"order": order, "form": form, "is_seller": request.user.pk == order.seller_id}
    return render(request, "chowk_marketplace/complain.html", context, status=400 if form.errors else 200)


@login_required
@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One complaint for the two sides of its order, and staff."""
    return _page(request, aftersale_selectors.complaint_for(request.user, pk))


def _page(request: HttpRequest, row: Any, *, status: int = 200, **forms_given: Any) -> HttpResponse:
    order = row.order
    is_party = request.user.pk in {order.buyer_id, order.seller_id}
    files = list(row.evidence.all())
    context = {
        "row": row,
        "tone": TONES.get(row.status, ""),
        "story": _story(request.user, row),
        "titles": list(order.lines.values_list("title", flat=True)),
        "files": files,
        "full": len(files) >= marketplace_settings.EVIDENCE_PER_COMPLAINT,
        "is_seller": request.user.pk == order.seller_id,
        "withdraws": request.user.pk == row.opened_by_id and not row.is_closed,
        "judges": is_staff(request.user) and not is_party and not row.is_closed,
        "left": from_minor(left_of(order), order.total.currency.code),
        "message_form": MessageForm(),
        "evidence_form": EvidenceForm(),
        "decision_form": DecisionForm(order=order),
        **forms_given,
    }
    return render(request, "chowk_marketplace/complaint.html", context, status=status)


def _story(viewer: Any, row: Any) -> list[Event]:
    story = []
    for said in aftersale_selectors.complaint_track(viewer, row):
        text = row.text if said.to_status == "open" else said.text
        step = STEPS.get(said.to_status, "")
        story.append(Event(ICONS.get(said.to_status, "person"), step, said.at, said.author, text))
    return story


@post_only("chowk_marketplace_pages:complaint")
@login_required
@missing_is_404
@once
def act(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """Say something, add a file, take it back; or as staff look into it or decide."""
    row = aftersale_selectors.complaint_for(request.user, pk)
    acts = {"say": _say, "add": _add, "resolve": _resolve}
    if verb in acts:
        return acts[verb](request, row)
    if verb == "withdraw":
        attempt(
            request,
            _("You took the complaint back."),
            services.withdraw_complaint,
            complaint=row,
            actor=request.user,
        )
    elif verb == "review":
        attempt(
            request,
            _("Both sides see that you look into it."),
            services.review_complaint,
            complaint=row,
            actor=request.user,
        )
    else:
        raise Http404
    return redirect("chowk_marketplace_pages:complaint", pk=pk)


def _say(request: HttpRequest, row: Any) -> HttpResponse:
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            services.add_complaint_message(complaint=row, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            return redirect("chowk_marketplace_pages:complaint", pk=row.pk)
    return _page(request, row, status=400, message_form=form)


def _add(request: HttpRequest, row: Any) -> HttpResponse:
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_evidence(complaint=row, actor=request.user, upload=form.cleaned_data["file"])
        except DomainError as error:
            form.add_error("file", error.detail)
        else:
            messages.success(request, _("The file is added."))
            return redirect("chowk_marketplace_pages:complaint", pk=row.pk)
    return _page(request, row, status=400, evidence_form=form)


def _resolve(request: HttpRequest, row: Any) -> HttpResponse:
    """Staff decide: looked at once more before money moves."""
    form = DecisionForm(request.POST, order=row.order)
    if not form.is_valid():
        return _page(request, row, status=400, decision_form=form)
    if request.POST.get("step") != "decide":
        return _page(request, row, decision_form=form, deciding=True)
    data = form.cleaned_data
    attempt(
        request,
        _("Decided."),
        services.resolve_complaint,
        complaint=row,
        actor=request.user,
        resolution=data["resolution"],
        amount=form.refund,
        note=data["note"],
    )
    return redirect("chowk_marketplace_pages:complaint", pk=row.pk)


@login_required
@missing_is_404
def evidence(request: HttpRequest, pk: str, key: str) -> HttpResponseBase:
    """Download a file of a complaint."""
    row = aftersale_selectors.complaint_for(request.user, pk)
    return as_download(aftersale_selectors.evidence_for(request.user, row, key))
