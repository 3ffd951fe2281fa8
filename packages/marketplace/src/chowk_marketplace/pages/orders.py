"""Orders: what one bought and sold, and each order's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chowk_core.pages import attempt, missing_is_404, post_only
from chowk_marketplace import aftersale_selectors, selectors, services
from chowk_marketplace.pages.cards import pictures_of
from chowk_marketplace.services.complaints import open_until

PAGE_SIZE = 20
ROUTE = ("pending_payment", "paid", "confirmed", "shipped", "delivered", "completed")
ICONS = {
    "pending_payment": "tag",
    "paid": "card",
    "confirmed": "check",
    "shipped": "truck",
    "delivered": "home",
    "completed": "shield",
    "cancelled": "cross",
    "returned": "return",
    "refunded": "card",
}
STOPS = ("cancelled", "returned", "refunded")
TONES = {
    "pending_payment": "wait",
    "completed": "good",
    "delivered": "good",
    **dict.fromkeys(STOPS, "bad"),
}


class ShipForm(forms.Form):
    """How the parcel goes."""

    carrier = forms.CharField(
        label=gettext_lazy("Carrier"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Such as DHL or TCS."),
    )
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )


class CancelForm(forms.Form):
    """Why not."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The other side reads it."),
    )


@dataclass(frozen=True)
class Step:
    """One stop on an order's way: done, the present one, ahead, or where it stopped."""

    status: str
    label: str
    state: str
    at: datetime | None

    @property
    def icon(self) -> str:
        return ICONS[self.status]


def labels_of(order: Any) -> dict[str, Any]:
    """What each step is called once it has been taken."""
    return {**dict(order.Status.choices), "pending_payment": _("placed")}


def steps_of(order: Any, history: list[Any]) -> list[Step]:
    """The order's way from placed to completed; a cancelled or returned one stops where it was."""
    labels = labels_of(order)
    at = {
        transition.to_status: transition.at
        for transition in history
        if transition.from_status != transition.to_status
    }
    at.setdefault("pending_payment", order.created_at)
    if order.status in STOPS:
        passed = [status for status in ROUTE if status in at]
        stops = [status for status in STOPS if status in at or status == order.status]
        return [Step(s, labels[s], "done", at[s]) for s in passed] + [
            Step(s, labels[s], "stopped", at.get(s)) for s in stops
        ]
    here = ROUTE.index(order.status)
    reached = here + 1 if order.status == "completed" else here

    def state(i: int) -> str:
        return "done" if i < reached else "now" if i == here else ""

    skipped = {s for i, s in enumerate(ROUTE) if i < here and s not in at}
    return [Step(s, labels[s], state(i), at.get(s)) for i, s in enumerate(ROUTE) if s not in skipped]


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """What the visitor bought, or with ``?side=sold`` sold, newest first."""
    side = "sold" if request.GET.get("side") == "sold" else "bought"
    mine = {"seller": request.user} if side == "sold" else {"buyer": request.user}
    rows = selectors.visible_orders(request.user).filter(**mine)
    rows = rows.prefetch_related(
        "lines__listing", Prefetch("lines__listing__images", queryset=selectors.primary_images())
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for order in page:
        order.line = order.lines.all()[0]
        order.picture = pictures_of(order.line.listing)[0]
        order.tone = TONES.get(order.status, "")
        order.other = order.buyer if side == "sold" else order.seller
    return render(request, "chowk_marketplace/orders.html", {"page": page, "side": side})


@login_required
@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One order for its buyer, its seller or staff."""
    return _page(request, selectors.order_for(request.user, pk))


def _page(
    request: HttpRequest, order: Any, *, ship: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    after = ("returns", "complaints") if order.status != order.Status.PENDING_PAYMENT else ()
    prefetch_related_objects([order], *after)
    history = list(selectors.order_history(request.user, order))
    labels = labels_of(order)
    lines = list(order.lines.all())
    for line in lines:
        line.picture = pictures_of(line.listing)[0]
    now, until = timezone.now(), open_until(order, history)
    context = {
        "order": order,
        "lines": lines,
        "steps": steps_of(order, history),
        "history": [(step, *_drawn(step, labels)) for step in history],
        "actions": selectors.order_actions(request.user, order),
        "remedies": aftersale_selectors.order_remedies(request.user, order, now, history),
        "complain_until": until,
        "too_late": until is not None and now > until,
        **{name: getattr(order, name).all() for name in after},
        "is_seller": request.user.pk == order.seller_id,
        "is_buyer": request.user.pk == order.buyer_id,
        "tone": TONES.get(order.status, ""),
        "ship_form": ship or ShipForm(),
        "cancel_form": CancelForm(),
    }
    return render(request, "chowk_marketplace/order.html", context, status=status)


def _drawn(transition: Any, labels: dict[str, Any]) -> tuple[Any, str]:
    """What a line of the history is called, and its icon; what was only noted has no name."""
    if transition.from_status == transition.to_status:
        return "", "info"
    return labels[transition.to_status], ICONS[transition.to_status]


@post_only("chowk_marketplace_pages:order")
@login_required
@missing_is_404
def act(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
    """Confirm, ship, deliver or cancel; then back to the order with what came of it."""
    order = selectors.order_for(request.user, pk)
    asked: dict[str, Any] = {"order": order, "actor": request.user}
    if verb == "confirm":
        attempt(
            request, _("Confirmed. The buyer knows that it will be sent."), services.confirm_order, **asked
        )
    elif verb == "ship":
        form = ShipForm(request.POST)
        if not form.is_valid():
            return _page(request, order, ship=form, status=400)
        attempt(request, _("Marked as shipped."), services.ship_order, **asked, **form.cleaned_data)
    elif verb == "deliver":
        attempt(request, _("Thank you. The seller is being paid."), services.deliver_order, **asked)
    elif verb == "cancel":
        note = request.POST.get("note", "").strip()[:500]
        attempt(request, _("The order is cancelled."), services.cancel_order, **asked, note=note)
    else:
        raise Http404
    return redirect("chowk_marketplace_pages:order", pk=pk)
