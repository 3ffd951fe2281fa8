"""What auctions put on other packages' pages: prices, clocks and the way to the auction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chowk_auctions import selectors
from chowk_auctions.pages.views import lots_of
from chowk_auctions.shapes import AuctionState
from chowk_core.targets import Target

FRONT = 4
"""How many lots stand in the window of the first page."""


def ending_soon(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """The lots that end next, for the top of a first page."""
    rows = selectors.visible_auctions(request.user).filter(status="open").order_by("ends_at", "pk")[:FRONT]
    lots = lots_of(request.user, rows)
    if not lots:
        return {}
    return {"": render_to_string("chowk_auctions/includes/ending_soon.html", {"lots": lots}, request)}


def listing_cards(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """Price, bids and clock on the cards of what is auctioned."""
    return {
        str(listing.pk): render_to_string("chowk_auctions/includes/card.html", {"state": state}, request)
        for listing, state in _auctioned(request, objects)
    }


def listing(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """The way to the auction of a listing; for its seller, before there is one, the way to start it."""
    pieces = {
        str(shown.pk): render_to_string("chowk_auctions/includes/listing.html", {"state": state}, request)
        for shown, state in _auctioned(request, objects)
    }
    for shown in objects:
        is_free = getattr(shown, "is_auction", False) and shown.status in ("pending", "active")
        if str(shown.pk) not in pieces and is_free and shown.seller_id == request.user.pk:
            target = Target.of(shown)
            query = urlencode({"type": target.type, "id": target.id})
            pieces[str(shown.pk)] = render_to_string(
                "chowk_auctions/includes/offer.html", {"query": query}, request
            )
    return pieces


def _auctioned(request: HttpRequest, objects: Sequence[Any]) -> list[tuple[Any, AuctionState]]:
    by_target = {Target.of(shown): shown for shown in objects if getattr(shown, "is_auction", True)}
    found = selectors.auctions_of(request.user, by_target)
    states = selectors.states_of(found.values(), request.user, watching=False)
    return [(by_target[state.target], state) for state in states]
