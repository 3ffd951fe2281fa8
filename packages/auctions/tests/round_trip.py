"""A row of each model, through the getters, for the swap matrix."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from chowk_auctions.models import (
    get_auction_model,
    get_bid_model,
    get_blocked_bidder_model,
    get_sealed_bid_model,
    get_second_chance_offer_model,
    get_watch_model,
)
from chowk_auctions.services import (
    accept_second_chance,
    block_bidder,
    close_due_auctions,
    create_auction,
    default_settlement,
    place_bid,
    pursue_buyers,
    watch_auction,
)
from chowk_core.targets import Target


def round_trip() -> None:
    """An auction is made, bid on and closed by the services, and reads back."""
    users = get_user_model()._default_manager
    seller, ann, bob = (
        users.create(**{get_user_model().USERNAME_FIELD: f"{name}@example.com"}) for name in "sab"
    )
    now = timezone.now()
    auction = create_auction(
        seller=seller,
        target=Target.of(ContentType.objects.get_for_model(get_user_model())),
        title="Lot",
        currency="USD",
        starting_price="10.00",
        ends_at=now + timedelta(days=1),
        second_chance=True,
    )
    watch_auction(auction_id=str(auction.pk), user=bob)
    assert get_watch_model()._default_manager.get(auction=auction).user == bob
    place_bid(auction_id=str(auction.pk), bidder=ann, amount="50.00")
    place_bid(auction_id=str(auction.pk), bidder=bob, amount="30.00")
    assert close_due_auctions(now=now + timedelta(days=2)) == 1
    auction = get_auction_model()._default_manager.get(pk=auction.pk)
    assert (auction.status, auction.price, auction.leader) == ("sold", 31_00, ann)
    bids = get_bid_model()._default_manager.filter(auction=auction).order_by("sequence")
    assert [(bid.sequence, bid.bidder) for bid in bids] == [(1, ann), (2, bob)]
    assert list(auction.bids.all()) == list(bids)
    assert default_settlement(auction_id=str(auction.pk), now=now + timedelta(days=3))
    assert pursue_buyers(now=now + timedelta(days=3)) == 1
    accept_second_chance(auction_id=str(auction.pk), bidder=bob, now=now + timedelta(days=3))
    offer = get_second_chance_offer_model()._default_manager.get(auction=auction)
    assert (offer.bidder, offer.amount, offer.status) == (bob, 30_00, "accepted")
    auction.refresh_from_db()
    assert (auction.buyer, auction.sale_number, auction.sale_price) == (bob, 2, 30_00)
    seal(seller, ann)
    block_bidder(seller=seller, bidder_id=str(ann.pk))
    assert get_blocked_bidder_model()._default_manager.get(seller=seller).bidder == ann


def seal(seller: Any, bidder: Any) -> None:
    """A sealed auction, revealed."""
    now = timezone.now()
    auction = create_auction(
        seller=seller,
        target=Target.of(seller),
        title="Sealed",
        currency="USD",
        starting_price="10.00",
        ends_at=now + timedelta(days=1),
        format="sealed_first_price",
    )
    place_bid(auction_id=str(auction.pk), bidder=bidder, amount="50.00")
    sealed = get_sealed_bid_model()._default_manager.get(auction=auction)
    assert (sealed.bidder, sealed.revealed_at) == (bidder, None)
    assert close_due_auctions(now=now + timedelta(days=2)) == 1
    auction.refresh_from_db()
    assert (auction.status, auction.price, auction.buyer) == ("sold", 50_00, bidder)
