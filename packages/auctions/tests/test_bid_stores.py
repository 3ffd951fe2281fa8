"""The ORM and the PostgreSQL statements leave the same rows (on SQLite both runs are the ORM's)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from chowk_auctions import bid_stores
from chowk_auctions.bid_stores import lock_auction
from chowk_auctions.exceptions import AuctionNotFound
from chowk_auctions.models import get_auction_model, get_bid_model, get_watch_model
from chowk_auctions.services import block_bidder, buy_now, place_bid
from chowk_core.exceptions import DomainError
from chowk_core.ids import uuid7
from chowk_core.models import LoggedEvent
from tests.factories import START, AuctionFactory, UserFactory

pytestmark = pytest.mark.django_db

SCRIPT = [
    (0, "25.00", 1), (1, "12.00", 2), (1, "40.00", 3), (1, "60.00", 4), (2, "20.00", 5), (2, "75.00", 6),
    (0, "75.00", 7), (1, "99.99", 7 * 24 * 60 - 1), (0, "101.00", 7 * 24 * 60), (1, "500.00", 99_999),
]  # fmt: skip


def play(people):
    auction = AuctionFactory(seller=people[3], title="Lot", reserve_price="70.00", buy_now_price="900.00")
    for who, amount, minutes in SCRIPT:
        try:
            now = START + timedelta(minutes=minutes)
            place_bid(auction_id=str(auction.pk), bidder=people[who], amount=amount, now=now)
        except DomainError:
            continue
    other = AuctionFactory(seller=people[3], title="Lot", buy_now_price="900.00")
    buy_now(auction_id=str(other.pk), buyer=people[0], now=START)
    return [rows_of(auction), rows_of(other)]


def rows_of(auction):
    """Everything about an auction, but for the keys that differ from run to run."""
    auction.refresh_from_db()
    lot = {f.attname: getattr(auction, f.attname) for f in auction._meta.concrete_fields}
    bids = list(get_bid_model()._default_manager.filter(auction=auction).order_by("sequence").values())
    stream = f"auctions.auction:{auction.pk}"
    events = list(LoggedEvent.objects.filter(stream=stream).order_by("seq").values("seq", "name", "payload"))
    for row in [lot, *bids, *(event["payload"] for event in events)]:
        for name in ("id", "auction_id", "bid_id", "target_id", "created_at"):
            row.pop(name, None)
    return lot, bids, events


def test_same_rows(monkeypatch):
    people = [UserFactory() for _ in range(4)]
    chosen = play(people)
    monkeypatch.setattr(bid_stores, "_postgres", bid_stores.OrmBidStore())
    assert play(people) == chosen
    (_lot, bids, _events), (_other, bought, _) = chosen
    assert len(bids) > 5
    assert any(bid["extended_to"] for bid in bids)
    assert {bid["kind"] for bid in bids + bought} == {"bid", "raise", "buy_now"}


def test_which_store_runs():
    own = get_auction_model()._meta.label == "chowk_auctions.Auction"
    fast = connection.vendor == "postgresql" and own
    assert type(bid_stores.bid_store()).__name__ == ("PostgresBidStore" if fast else "OrmBidStore")


def test_a_missing_auction_is_not_found():
    missing = 0 if get_auction_model()._meta.pk.get_internal_type() == "BigAutoField" else uuid7()
    for ask in (bid_stores.bid_store().look, lambda key: bid_stores.bid_store().lock(key, None)):
        with pytest.raises(AuctionNotFound):
            ask(missing)


def test_policies_see_the_same():
    auction, ann = AuctionFactory(reserve_price="70.00"), UserFactory()
    place_bid(auction_id=auction.pk, bidder=ann, amount="90.00", now=START)
    block_bidder(seller=auction.seller, bidder_id=ann.pk)
    stores = (bid_stores.bid_store(), bid_stores.OrmBidStore())
    fast, plain = (store.look(auction.pk) for store in stores)
    assert fast.get_deferred_fields() == plain.get_deferred_fields() == {"leader_maximum"}
    names = [f.attname for f in auction._meta.concrete_fields if f.attname != "leader_maximum"]
    assert [getattr(fast, name) for name in names] == [getattr(plain, name) for name in names]
    assert (fast, fast.seller, fast._state.adding) == (auction, auction.seller, False)
    for store in stores:
        assert store.is_blocked(seller_id=auction.seller_id, bidder_id=ann.pk)
        assert not store.is_blocked(seller_id=ann.pk, bidder_id=auction.seller_id)


def test_statements_of_a_bid(django_assert_num_queries):
    auction, ann, bob = AuctionFactory(), UserFactory(), UserFactory()
    now = START + timedelta(hours=1)
    place_bid(auction_id=auction.pk, bidder=ann, amount="20.00", now=now)
    fast = type(bid_stores.bid_store()).__name__ == "PostgresBidStore"
    publishing = 1 if connection.vendor == "postgresql" else 2
    savepoint, may_bid = 2, 2  # the auction for the policies, and the seller's block list
    with django_assert_num_queries((2 if fast else 3) + publishing + savepoint + may_bid):
        place_bid(auction_id=auction.pk, bidder=bob, amount="40.00", now=now)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_points_to_an_auction_does_not_wait_for_its_bid():
    """The lock of a bid is FOR NO KEY UPDATE: with FOR UPDATE this insert would wait until it times out."""
    auction, ann = AuctionFactory(), UserFactory()

    def point():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            get_watch_model()._default_manager.create(auction_id=auction.pk, user_id=ann.pk)
        finally:
            connection.close()

    for lock in (lambda: bid_stores.bid_store().lock(auction.pk, START), lambda: lock_auction(auction.pk)):
        with transaction.atomic(), ThreadPoolExecutor(1) as pool:
            lock()
            pool.submit(point).result()
        get_watch_model()._default_manager.all().delete()
