"""Returns: asked for by the buyer, answered and received by the seller."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chowk_core.exceptions import DomainError
from chowk_core.pages import attempt, missing_is_404, once, post_only
from chowk_marketplace import aftersale_selectors, selectors, services
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.models import get_return_model
from chowk_marketplace.pages.aftersale import Event, page_of, sides_of
from chowk_marketplace.pages.cards import pictures_of
from chowk_marketplace.policies import is_staff

TONES = {"requested": "wait", "approved": "wait", "received": "good", "refused": "bad"}


class ReturnForm(forms.Form):
    """How many of each line of an order go back, and why."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What is the matter with it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The seller reads it, and decides by it."),
    )

    def __init__(self, *args: Any, lines: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = get_return_model().Reason.choices
        self.fields["reason"].choices = [(value, capfirst(str(label))) for value, label in choices]  # type: ignore[attr-defined]
        self.lines = {f"line-{line.pk}": line for line in lines if line.quantity > line.in_returns}
        for name, line in self.lines.items():
            self.fields[name] = self._field(line, line.quantity - line.in_returns)

    def _field(self, line: Any, left: int) -> forms.Field:
        alone = len(self.lines) == 1
        if left == 1:
            return forms.BooleanField(label=_("Send it back"), required=False, initial=alone)
        return forms.IntegerField(
            label=_("How many of %(left)s go back") % {"left": left},
            required=False,
            min_value=0,
            max_value=left,
            initial=left if alone else 0,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            error_messages={"max_value": _("At most %(left)s can go back.") % {"left": left}},
        )

    @property
    def rows(self) -> list[tuple[Any, Any, forms.BoundField]]:
        """Each line with its picture and its field."""
        return [(line, pictures_of(line.listing)[0], self[name]) for name, line in self.lines.items()]

    @property
    def wanted(self) -> dict[str, int]:
        """Quantities by the line's key, of a valid form."""
        data = self.cleaned_data
        return {str(line.pk): int(data[name]) for name, line in self.lines.items() if data[name]}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.get(name) for name in self.lines):
            raise forms.ValidationError(_("Choose what goes back."), code="nothing")
        return data


class AnswerForm(forms.Form):
    """What the seller or the buyer says to a step of a return."""

    note = forms.CharField(
        label=gettext_lazy("What you say to it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as where to send it. The other side reads it."),
    )


class ReceiptForm(forms.Form):
    """The goods are with the seller again."""

    restock = forms.BooleanField(label=gettext_lazy("It is as good as new: offer it again"), required=False)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The returns of what the visitor bought, or with ``?side=sold`` sold, newest first."""
    side, page = page_of(request, aftersale_selectors.visible_returns(request.user))
    for row in page:
        first, bought = row.lines.all()[0], {line.pk: line for line in row.order.lines.all()}
        row.line = bought[first.order_line_id]
        row.picture = pictures_of(row.line.listing)[0]
        row.tone = TONES.get(row.status, "")
        row.units = sum(line.quantity for line in row.lines.all())
    context = {"page": page, "side": side, "sides": sides_of(request.user)}
    return render(request, "chowk_marketplace/returns.html", context)


@login_required
@missing_is_404
@once
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """The buyer asks to send something of an order back."""
    order = selectors.order_for(request.user, pk)
    if order.buyer_id != request.user.pk:
        raise Http404
    if "return" not in aftersale_selectors.order_remedies(request.user, order, timezone.now()):
        messages.info(request, _("Nothing of this order can be returned now."))
        return redirect("chowk_marketplace_pages:order", pk=pk)
    form = ReturnForm(request.POST or None, lines=list(order.lines.all()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.request_return(
                order=order, actor=request.user, reason=data["reason"], note=data["note"], lines=form.wanted
            )
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, _("Asked. The seller answers here."))
            return redirect("chowk_marketplace_pages:return", pk=row.pk)
    context = {"order": order, "form": form}
    return render(request, "chowk_marketplace/return_ask.html", context, status=400 if form.errors else 200)


@login_required
@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One return for the two sides of its order, and staff."""
    return _page(request, aftersale_selectors.return_for(request.user, pk))


def _page(request: HttpRequest, row: Any, form: forms.Form | None = None) -> HttpResponse:
    is_seller = request.user.pk == row.order.seller_id
    is_buyer = request.user.pk == row.order.buyer_id
    decides = is_seller or (is_staff(request.user) and not is_buyer)
    pictures = {
        line.pk: pictures_of(line.listing)[0]
        for line in selectors.order_for(request.user, row.order_id).lines.all()
    }
    context = {
        "row": row,
        "lines": [(line, pictures[line.order_line_id]) for line in row.lines.all()],
        "tone": TONES.get(row.status, ""),
        "story": _story(row),
        "is_seller": is_seller,
        "is_buyer": is_buyer,
        "answers": decides and row.status == "requested",
        "receives": decides and row.status == "approved",
        "cancels": is_buyer and row.status in {"requested", "approved"},
        "form": form or AnswerForm(),
        "receipt_form": ReceiptForm(initial={"restock": marketplace_settings.RETURNS_RESTOCK}),
    }
    if context["receives"]:
        context["refund"] = services.expected_refund(goods_return=row)
    return render(
        request, "chowk_marketplace/return.html", context, status=400 if form and form.errors else 200
    )


def _story(row: Any) -> list[Event]:
    buyer, seller = row.order.buyer, row.order.seller
    story = [Event("return", _("Asked for"), row.created_at, buyer, row.note)]
    if row.decided_at and row.status == "refused":
        story.append(Event("cross", _("Refused"), row.decided_at, seller, row.answer))
    elif row.decided_at:
        story.append(Event("check", _("Agreed"), row.decided_at, seller, row.answer))
    if row.status == "received":
        story.append(Event("box", _("Received by the seller"), row.closed_at, seller))
    if row.status == "cancelled":
        story.append(Event("cross", _("Called off"), row.closed_at, buyer))
    return story


@post_only("chowk_marketplace_pages:return")
@login_required
@missing_is_404
@once
def act(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """Approve, refuse, receive or cancel; then back to the return with what came of it."""
    row = aftersale_selectors.return_for(request.user, pk)
    done = {
        "approve": (_("Agreed. The buyer knows that it can be sent."), services.approve_return),
        "refuse": (_("Refused. The buyer knows why."), services.refuse_return),
        "receive": (_("Received. The buyer gets the money back."), services.receive_return),
        "cancel": (_("The return is called off."), services.cancel_return),
    }
    if verb not in done:
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    words, service = done[verb]
    asked = {"note": form.cleaned_data["note"]}
    if verb == "receive":
        asked["restock"] = "restock" in request.POST
    attempt(request, words, service, goods_return=row, actor=request.user, **asked)
    return redirect("chowk_marketplace_pages:return", pk=pk)
