"""The cart, with what changed since things were put there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chowk_core.pages import attempt, missing_is_404
from chowk_marketplace import cart_selectors, selectors, services
from chowk_marketplace.pages.cards import pictures_of
from chowk_marketplace.pages.listings import page_with
from chowk_marketplace.services.carts import new_token
from chowk_marketplace.subscribers import CART_SESSION_KEY


class QuantityForm(forms.Form):
    """How many."""

    quantity = forms.IntegerField(min_value=0, max_value=9999)


def cart_of(request: HttpRequest) -> Any | None:
    """The visitor's open cart, a guest's by their session; None where there is none."""
    if request.user.is_authenticated:
        return cart_selectors.cart_of(user=request.user)
    return cart_selectors.cart_of(token=request.session.get(CART_SESSION_KEY, ""))


def open_cart(request: HttpRequest) -> Any:
    """The same, made where there is none."""
    if request.user.is_authenticated:
        return services.open_cart(user=request.user)
    token = request.session.setdefault(CART_SESSION_KEY, new_token())
    return services.open_cart(token=token)


def detail(request: HttpRequest) -> HttpResponse:
    """What is in it, what it costs now, and what stands in the way of ordering it."""
    contents = cart_selectors.cart_contents(cart_of(request))
    listings = {row.listing.pk: row.listing for row in contents.rows}
    pictures = {own.pk: pictures_of(own)[0] for own in selectors.as_own_types(listings.values())}
    rows = [(row, pictures[row.listing.pk]) for row in contents.rows]
    context = {
        "contents": contents,
        "rows": rows,
        "blocked": any(row.problem for row in contents.rows) or len(contents.subtotals) > 1,
    }
    return render(request, "chowk_marketplace/cart.html", context)


@require_POST
@missing_is_404
def add(request: HttpRequest, pk: str) -> HttpResponse:
    """Put one more of a listing into the cart; ``variant`` says which."""
    listing = selectors.visible_listing(request.user, pk)
    variant = request.POST.get("variant", "")
    done = attempt(
        request,
        _("It is in your cart."),
        services.add_to_cart,
        cart=open_cart(request),
        listing=listing,
        variant=variant or None,
    )
    if done is None:
        return redirect(page_with(pk, variant))
    return redirect("chowk_marketplace_pages:cart")


@require_POST
@missing_is_404
def change(request: HttpRequest, pk: str) -> HttpResponse:
    """Want another quantity of an item; none takes it out."""
    cart = cart_of(request)
    try:
        item = cart and cart.items.select_related("cart", "variant").filter(pk=pk).first()
    except (ValidationError, ValueError) as error:
        raise Http404 from error
    form = QuantityForm(request.POST)
    if item is None:
        raise Http404
    if form.is_valid() and form.cleaned_data["quantity"] == 0:
        attempt(request, _("Taken out of the cart."), services.remove_from_cart, item=item)
    elif form.is_valid():
        attempt(request, "", services.set_cart_quantity, item=item, quantity=form.cleaned_data["quantity"])
    return redirect("chowk_marketplace_pages:cart")
