"""The wishlist."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from chowk_core.pages import attempt, missing_is_404, post_only
from chowk_marketplace import desire_selectors, selectors, services
from chowk_marketplace.pages.cards import card_of

PAGE_SIZE = 24


@login_required
def wishlist(request: HttpRequest) -> HttpResponse:
    """What the visitor wishes for, the newest first."""
    page = Paginator(desire_selectors.wishes(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    listings = selectors.as_own_types([wish.listing for wish in page.object_list])
    context = {
        "page": page,
        "cards": [(listing, card_of(listing)) for listing in listings],
        "listings": listings,
    }
    return render(request, "chowk_marketplace/wishlist.html", context)


@post_only("chowk_marketplace_pages:listing")
@login_required
@missing_is_404
def wish(request: HttpRequest, pk: str) -> HttpResponse:
    """Put a listing on the wishlist, or take it off, and go back to where that was asked."""
    listing = selectors.visible_listing(request.user, pk)
    if request.POST.get("wish") == "remove":
        attempt(
            request,
            _("No longer on your wishlist."),
            services.remove_wish,
            user=request.user,
            listing=listing,
        )
    else:
        attempt(request, _("On your wishlist."), services.add_wish, user=request.user, listing=listing)
    if request.POST.get("back") == "wishlist":
        return redirect("chowk_marketplace_pages:wishlist")
    return redirect("chowk_marketplace_pages:listing", pk=pk)
