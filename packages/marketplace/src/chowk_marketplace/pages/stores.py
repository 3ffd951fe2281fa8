"""A seller's shop window."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chowk_core.pages import missing_is_404
from chowk_marketplace import selectors, store_selectors
from chowk_marketplace.pages.cards import card_of

PAGE_SIZE = 24


@missing_is_404
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Who the store is, and one page of what it has for sale, newest first."""
    store = store_selectors.store_for(slug)
    rows = selectors.listing_cards(request.user).filter(store=store).order_by("-activated_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    listings = selectors.as_own_types(page.object_list)
    context = {
        "store": store,
        "profile": store.profile,
        "is_owner": request.user.pk == store.owner_id,
        "page": page,
        "listings": listings,
        "cards": [(listing, card_of(listing)) for listing in listings],
    }
    return render(request, "chowk_marketplace/store.html", context)
