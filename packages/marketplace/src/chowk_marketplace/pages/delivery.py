"""Where and how an unpaid order goes: on a page of its own, on the way from the order to paying it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chowk_core.exceptions import DomainError
from chowk_core.pages import missing_is_404
from chowk_marketplace import cart_selectors, selectors, services
from chowk_marketplace.pages.checkouts import (
    AMOUNTS,
    AddressForm,
    agreed_total,
    chosen_address,
    saves_address,
)


@login_required
@missing_is_404
def delivery(request: HttpRequest, pk: str) -> HttpResponse:
    """Address, ways of sending, the sum; a post reckons anew, saves an address or settles it."""
    order = selectors.order_for(request.user, pk)
    if request.user.pk != order.buyer_id:
        raise Http404
    if "delivery" not in selectors.order_actions(request.user, order):
        return redirect("chowk_marketplace_pages:order", pk=pk)
    step = request.POST.get("step", "")
    form = AddressForm(request.POST if step == "address" else None)
    if step == "address" and saves_address(request, form):
        return redirect("chowk_marketplace_pages:order-delivery", pk=pk)
    address = chosen_address(request)
    asked: dict[str, Any] = {
        "order": order,
        "actor": request.user,
        "ship_to": address.snapshot() if address else {},
        "shipping": request.POST.get(f"shipping-{order.seller_id}", order.shipping_code),
    }
    problem = ""
    if step == "place":
        try:
            services.set_delivery(**asked, agreed_total=agreed_total(request))
            return redirect("chowk_marketplace_pages:order", pk=pk)
        except DomainError as error:
            if error.status == 404:
                raise
            problem = error.detail
    return _page(request, asked, address=address, form=form, problem=problem)


def _page(
    request: HttpRequest, asked: dict[str, Any], *, address: Any, form: AddressForm, problem: Any
) -> HttpResponse:
    quote = None
    for shipping in dict.fromkeys((asked["shipping"], "")):
        try:  # a way that is no longer offered is said, and the rest is reckoned with the first one
            quote = services.quote_delivery(**{**asked, "shipping": shipping})
            break
        except DomainError as error:
            problem = problem or error.detail
    context = {
        "order": asked["order"],
        "quote": quote,
        "share": quote.shares[0] if quote else None,
        "amounts": {name: quote.sum(name) for name in AMOUNTS} if quote else {},
        "address": address,
        "addresses": list(cart_selectors.addresses_of(request.user)),
        "address_form": form,
        "problem": problem,
    }
    status = 400 if problem or form.errors else 200
    return render(request, "chowk_marketplace/delivery.html", context, status=status)
