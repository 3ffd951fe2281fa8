"""Auctions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from chowk_auctions import services
from replays.makers import auction, lot, offered, user
from replays.table import Scene, row


def on(found: Any, tail: str, who: Any = None, verb: str = "post", **body: Any) -> Scene:
    return Scene(who or user(), f"auctions/{found.pk}/{tail}", body, verb)


@row("AuctionViewSet.create")
def start() -> Scene:
    item = lot()
    body = {
        "target": {"type": "chowk_marketplace.listing", "id": str(item.pk)},
        "title": item.title,
        "currency": "USD",
        "starting_price": "10.00",
        "ends_at": (timezone.now() + timedelta(days=1)).isoformat(),
    }
    return Scene(item.seller, "auctions/", body)


@row("AuctionViewSet.place_bid")
def bid() -> Scene:
    return on(auction(), "bids/", amount="20.00")


@row("AuctionViewSet.buy_now")
def buy_now() -> Scene:
    return on(auction(buy_now_price="90.00"), "buy-now/")


@row("AuctionViewSet.cancel")
def cancel() -> Scene:
    found = auction()
    return on(found, "cancel/", found.seller, reason="Lost.")


@row("AuctionViewSet.retract")
def retract() -> Scene:
    found, ann = auction(), user()
    services.place_bid(auction_id=found.pk, bidder=ann, amount="500.00")
    return on(found, "retract/", ann, reason="typo", amount="50.00")


@row("AuctionViewSet.watch")
def watch() -> Scene:
    return on(auction(), "watch/")


@row("AuctionViewSet.unwatch")
def unwatch() -> Scene:
    found, ann = auction(), user()
    services.watch_auction(auction_id=found.pk, user=ann)
    return on(found, "watch/", ann, "delete")


@row("AuctionViewSet.relist")
def relist() -> Scene:
    found = auction()
    services.close_due_auctions(now=found.ends_at)
    return on(found, "relist/", found.seller)


@row("AuctionViewSet.accept_second_chance")
def accept() -> Scene:
    found, bob = offered()
    return on(found, "second-chance/accept/", bob)


@row("AuctionViewSet.decline_second_chance")
def decline() -> Scene:
    found, bob = offered()
    return on(found, "second-chance/decline/", bob)


@row("BlockedBidderViewSet.create")
def block() -> Scene:
    return Scene(user(), "blocked-bidders/", {"bidder": str(user().pk)})


@row("BlockedBidderViewSet.destroy")
def unblock() -> Scene:
    seller, ann = user(), user()
    block = services.block_bidder(seller=seller, bidder_id=ann.pk)
    return Scene(seller, f"blocked-bidders/{block.pk}/", verb="delete")
