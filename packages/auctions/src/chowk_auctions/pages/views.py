"""The auction house: what is live, one auction with its clock and its story, bidding without script."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from chowk_auctions import selectors, services
from chowk_auctions.pages.forms import BidForm, StartForm
from chowk_auctions.pages.story import revealed, story_of
from chowk_auctions.rules import has_sealed_bids
from chowk_auctions.shapes import AuctionState
from chowk_core.cards import Card, cards_of
from chowk_core.exceptions import DomainError
from chowk_core.pages import attempt, missing_is_404, post_only, site_currency
from chowk_core.targets import Target, UnknownTarget, root_model

PAGE_SIZE = 24
STORY_LENGTH = 60
TABS = {
    "live": (("open",), "ends_at"),
    "coming": (("scheduled",), "starts_at"),
    "ended": (("sold", "unsold"), "-closed_at"),
    "watched": (("scheduled", "open", "sold", "unsold", "cancelled"), "-ends_at"),
}
"""What stands under which tab, in which order."""


def index(request: HttpRequest) -> HttpResponse:
    """What is under the hammer, ending soonest first; or what is to come, was, or is watched (``?show=``)."""
    show = request.GET.get("show", "live")
    if show not in TABS or (show == "watched" and not request.user.is_authenticated):
        show = "live"
    statuses, order = TABS[show]
    rows = selectors.visible_auctions(request.user).filter(status__in=statuses).order_by(order, "pk")
    if show == "watched":
        rows = rows.filter(pk__in=selectors.watched_by(request.user))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "lots": lots_of(request.user, page.object_list)}
    return render(request, "chowk_auctions/auctions.html", context)


def lots_of(viewer: Any, auctions: Any) -> list[tuple[AuctionState, Card | None]]:
    """Each auction as the viewer may see it, with the card of what it sells."""
    states = selectors.states_of(auctions, viewer, watching=False)
    cards = cards_of((state.target for state in states), viewer)
    return [(state, cards.get(state.target)) for state in states]


@missing_is_404
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One auction: picture, price, clock, story and bid form."""
    return _page(request, selectors.visible_auction(request.user, pk))


def _page(
    request: HttpRequest, auction: Any, *, form: BidForm | None = None, status: int = 200
) -> HttpResponse:
    state = selectors.state_of(auction, request.user)
    seller = Target(root_model(get_user_model())._meta.label_lower, state.seller_id)
    cards = cards_of([state.target, seller], request.user)
    card = cards.get(state.target)
    lines = selectors.bid_history(auction, request.user, limit=STORY_LENGTH)
    chosen = request.GET.get("picture", "1")
    pictures = card.pictures if card else ()
    number = min(int(chosen), len(pictures)) if chosen.isdecimal() and chosen != "0" else 1
    context = {
        "auction": auction,
        "state": state,
        "you": state.you,
        "card": card,
        "picture": pictures[number - 1] if pictures else None,
        "chosen": number,
        "seller_card": cards.get(seller),
        "story": revealed(lines)
        if has_sealed_bids(auction)
        else story_of(lines, has_reserve=state.has_reserve),
        "more": auction.last_sequence > len(lines),
        "form": form or BidForm(currency=auction.currency),
    }
    return render(request, "chowk_auctions/auction.html", context, status=status)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def bid(request: HttpRequest, pk: str) -> HttpResponse:
    """Place a bid; what is wrong with it stands at the field, with what was typed."""
    auction = selectors.visible_auction(request.user, pk)
    form = BidForm(request.POST, currency=auction.currency)
    if not form.is_valid():
        return _page(request, auction, form=form, status=400)
    try:
        placed = services.place_bid(auction_id=pk, bidder=request.user, amount=form.cleaned_data["amount"])
    except DomainError as error:
        if error.status == 404:
            raise
        form.add_error("amount", error.detail)
        return _page(request, selectors.visible_auction(request.user, pk), form=form, status=error.status)
    if placed.commitment:
        messages.success(request, _("Your bid is sealed. Its proof: %s") % placed.commitment[:16])
    elif placed.leading:
        messages.success(
            request, _("You lead. We bid for you up to your maximum, and only as far as needed.")
        )
    else:
        messages.warning(request, _("Somebody's maximum is higher. To lead, bid more."))
    return redirect("chowk_auctions_pages:auction", pk=pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def buy(request: HttpRequest, pk: str) -> HttpResponse:
    """Buy at the buy-now price."""
    selectors.visible_auction(request.user, pk)
    attempt(request, _("It is yours. Pay for it next."), services.buy_now, auction_id=pk, buyer=request.user)
    return redirect("chowk_auctions_pages:auction", pk=pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def watch(request: HttpRequest, pk: str) -> HttpResponse:
    """Watch it, or with ``watch=no`` no longer."""
    selectors.visible_auction(request.user, pk)
    change = services.unwatch_auction if request.POST.get("watch") == "no" else services.watch_auction
    change(auction_id=pk, user=request.user)
    return redirect("chowk_auctions_pages:auction", pk=pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def retract(request: HttpRequest, pk: str) -> HttpResponse:
    """Take bids back."""
    selectors.visible_auction(request.user, pk)
    asked = {
        "reason": request.POST.get("reason", ""),
        "amount": request.POST.get("amount", "").strip() or None,
    }
    done = _("Your bid is taken back.")
    attempt(request, done, services.retract_bid, auction_id=pk, bidder=request.user, **asked)
    return redirect("chowk_auctions_pages:auction", pk=pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def relist(request: HttpRequest, pk: str) -> HttpResponse:
    """Run one's unsold auction again."""
    selectors.visible_auction(request.user, pk)
    fresh = attempt(
        request, _("The auction is open."), services.relist_auction, auction_id=pk, actor=request.user
    )
    return redirect("chowk_auctions_pages:auction", pk=pk if fresh is None else fresh.pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def accept(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a second chance."""
    selectors.visible_auction(request.user, pk)
    done = _("It is yours. Pay for it next.")
    attempt(request, done, services.accept_second_chance, auction_id=pk, bidder=request.user)
    return redirect("chowk_auctions_pages:auction", pk=pk)


@post_only("chowk_auctions_pages:auction")
@login_required
@missing_is_404
def decline(request: HttpRequest, pk: str) -> HttpResponse:
    """Leave a second chance to the next bidder."""
    selectors.visible_auction(request.user, pk)
    done = _("The next bidder will be asked.")
    attempt(request, done, services.decline_second_chance, auction_id=pk, bidder=request.user)
    return redirect("chowk_auctions_pages:auction", pk=pk)


@login_required
@missing_is_404
def start(request: HttpRequest) -> HttpResponse:
    """Put one's own thing under the hammer: ``?type=app.model&id=…`` names it.

    It is called what its card calls it. What has no card for this viewer does not exist here.
    """
    target = Target(request.GET.get("type", "")[:100], request.GET.get("id", "")[:64]).canonical()
    card = cards_of([target], request.user).get(target)
    if card is None:
        raise UnknownTarget(target=target.type)
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            auction = services.create_auction(
                seller=request.user,
                target=target,
                title=card.title[:200],
                currency=site_currency(),
                **form.terms(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
        else:
            is_open = auction.status == "open"
            messages.success(
                request, _("The auction is open.") if is_open else _("The auction is scheduled.")
            )
            return redirect("chowk_auctions_pages:auction", pk=auction.pk)
    context = {"form": form, "card": card, "currency": site_currency()}
    return render(request, "chowk_auctions/start.html", context, status=400 if form.errors else 200)
