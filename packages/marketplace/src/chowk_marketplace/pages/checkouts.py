"""From the cart to a group of orders, on one page, and that group's page, where it is paid."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from chowk_core.exceptions import DomainError
from chowk_core.pages import missing_is_404
from chowk_marketplace import cart_selectors, services
from chowk_marketplace.models import get_address_model
from chowk_marketplace.pages.carts import cart_of
from chowk_marketplace.services.quoting import Wishes

AMOUNTS = ("goods", "shipping", "discount", "tax", "total")
AUTOCOMPLETE = {
    "name": "shipping name",
    "phone": "shipping tel",
    "line1": "shipping address-line1",
    "line2": "shipping address-line2",
    "city_name": "shipping address-level2",
    "region": "shipping address-level1",
    "postal_code": "shipping postal-code",
    "country": "shipping country",
}


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where it is sent."""

    city_name = forms.CharField(label=_("City"), max_length=120)

    class Meta:
        model = get_address_model()
        fields = tuple(AUTOCOMPLETE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, token in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token


def saves_address(request: HttpRequest, form: AddressForm) -> bool:
    """Save what the visitor filled in as their default address; a refusal is written on the form."""
    if not form.is_valid():
        return False
    try:
        services.save_address(user=request.user, **form.cleaned_data, is_default=True)
    except DomainError as error:
        form.add_error(None, error.detail)
        return False
    return True


def _wishes(request: HttpRequest, address: Any | None) -> Wishes:
    chosen = {
        name.removeprefix("shipping-"): str(value)
        for name, value in request.POST.items()
        if name.startswith("shipping-")
    }
    return Wishes(
        ship_to=address.snapshot() if address else {},
        shipping=chosen,
        discount_code=request.POST.get("discount_code", "").strip()[:64],
    )


def chosen_address(request: HttpRequest) -> Any | None:
    """The chosen one of the buyer's addresses, else their default."""
    rows = list(cart_selectors.addresses_of(request.user))
    wanted = request.POST.get("address")
    return next((row for row in rows if str(row.pk) == wanted), rows[0] if rows else None)


@login_required
@missing_is_404
def checkout(request: HttpRequest) -> HttpResponse:
    """Address, ways of sending, a code, the sum; a post reckons anew, saves an address or orders."""
    cart = cart_of(request)
    if cart is None or not cart.items.exists():
        return redirect("chowk_marketplace_pages:cart")
    step = request.POST.get("step", "")
    form = AddressForm(request.POST if step == "address" else None)
    if step == "address" and saves_address(request, form):
        return redirect("chowk_marketplace_pages:checkout")
    address = chosen_address(request)
    problem, wishes = "", _wishes(request, address)
    if step == "place" and address is not None:
        try:
            group = services.place_checkout(
                cart=cart, buyer=request.user, wishes=wishes, agreed_total=agreed_total(request)
            )
            return redirect("chowk_marketplace_pages:checkout-group", pk=group.pk)
        except DomainError as error:
            if error.status == 404:
                raise
            problem = error.detail
    return _page(request, cart, wishes, address=address, form=form, problem=problem)


def agreed_total(request: HttpRequest) -> Money | None:
    """The total that the page showed, if it says so."""
    try:
        return Money(request.POST.get("total", ""), request.POST.get("currency", ""))
    except (ArithmeticError, ValueError, KeyError, LookupError):
        return None


def _page(
    request: HttpRequest, cart: Any, wishes: Wishes, *, address: Any, form: AddressForm, problem: Any
) -> HttpResponse:
    quote = None
    for asked in (wishes, Wishes(ship_to=wishes.ship_to, shipping=wishes.shipping), Wishes()):
        try:  # a code that does not hold is said, and the rest is reckoned without it
            quote = services.quote_checkout(cart=cart, buyer=request.user, wishes=asked)
            break
        except DomainError as error:
            problem = problem or error.detail
    context = {
        "quote": quote,
        "amounts": {name: quote.sum(name) for name in AMOUNTS} if quote else {},
        "problem": problem,
        "address": address,
        "addresses": list(cart_selectors.addresses_of(request.user)),
        "address_form": form,
        "code": request.POST.get("discount_code", "").strip()[:64],
    }
    status = 400 if problem or form.errors else 200
    return render(request, "chowk_marketplace/checkout.html", context, status=status)


@login_required
@missing_is_404
def group(request: HttpRequest, pk: str) -> HttpResponse:
    """One checkout: paying it, and the orders that it became."""
    try:
        found = cart_selectors.visible_groups(request.user).filter(pk=pk).first()
    except (ValidationError, ValueError) as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return render(request, "chowk_marketplace/checkout_group.html", {"group": found})
