"""A listing's own page, and buying it."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_core.pages import attempt, missing_is_404, post_only
from chowk_marketplace import cart_selectors, desire_selectors, selectors, services
from chowk_marketplace.pages import choosing
from chowk_marketplace.pages.cards import card_of
from chowk_marketplace.services.quoting import Wishes
from chowk_marketplace.variant_selectors import manages

MOST_ALIKE = 4


class SeenPriceForm(forms.Form):
    """The price that the page showed, so that nobody pays another one."""

    price = forms.DecimalField(min_value=0)
    currency = forms.RegexField(r"^[A-Z]{3}$")


@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A listing with its pictures, its specification and how to get it."""
    listing = selectors.listing_for(request.user, pk)
    card = card_of(listing, whole=True)
    chosen = request.GET.get("picture", "1")
    index = min(int(chosen), len(card.pictures)) - 1 if chosen.isdecimal() and chosen != "0" else 0
    session_key = getattr(getattr(request, "session", None), "session_key", None) or ""
    services.record_view(listing=listing, user=request.user, session_key=session_key)
    alike = selectors.as_own_types(desire_selectors.similar_listings(request.user, listing)[:MOST_ALIKE])
    offers = choosing.offers_of(listing)
    offer = choosing.chosen_offer(offers, request.GET.get("variant", ""))
    context = {
        "offer": offer,
        "questions": choosing.questions(offers, offer),
        "manages": manages(request.user, listing),
        "wished": bool(desire_selectors.wished(request.user, [listing])),
        "listings": alike,
        "cards": [(row, card_of(row)) for row in alike],
        "listing": listing,
        "card": card,
        "picture": card.pictures[index],
        "chosen": index + 1,
        "is_seller": request.user.pk == listing.seller_id,
    }
    return render(request, "chowk_marketplace/listing.html", context)


def page_with(pk: str, variant: str) -> str:
    """The address of a listing's page where the variant with that key, if any, is chosen."""
    address = reverse("chowk_marketplace_pages:listing", args=[pk])
    return f"{address}?{urlencode({'variant': variant})}" if variant else address


@post_only("chowk_marketplace_pages:listing")
@login_required
@missing_is_404
def buy(request: HttpRequest, pk: str) -> HttpResponse:
    """Buy one of the variant at the price that the page showed; on to the order, where it is paid."""
    listing = selectors.listing_for(request.user, pk)
    variant = request.POST.get("variant", "")
    seen = SeenPriceForm(request.POST)
    agreed = Money(seen.cleaned_data["price"], seen.cleaned_data["currency"]) if seen.is_valid() else None
    order = attempt(
        request,
        _("It is yours as soon as you pay."),
        services.purchase,
        listing=listing,
        buyer=request.user,
        variant=variant or None,
        wishes=Wishes(ship_to=cart_selectors.ship_to_of(request.user)),
        agreed_price=agreed,
    )
    if order is None:
        return redirect(page_with(pk, variant))
    return redirect("chowk_marketplace_pages:order", pk=order.pk)


@post_only("chowk_marketplace_pages:listing")
@login_required
@missing_is_404
def activate(request: HttpRequest, pk: str) -> HttpResponse:
    """Put one's own pending listing into the shop window."""
    listing = selectors.listing_for(request.user, pk)
    attempt(
        request,
        _("Everybody can see it now."),
        services.activate_listing,
        listing=listing,
        actor=request.user,
    )
    return redirect("chowk_marketplace_pages:listing", pk=pk)
