"""/ws/auction/<id>/ in the shape of the seed: bids in, and what happens out to everybody connected."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.utils import timezone

from chowk_auctions.routing import websocket_urlpatterns
from chowk_auctions.services import (
    accept_second_chance,
    close_due_auctions,
    default_settlement,
    place_bid,
    pursue_buyers,
)
from chowk_auctions.streams import AuctionStream
from chowk_core.realtime import hints
from chowk_core.realtime.hub import Hub
from tests.factories import AuctionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 120
"""Seconds that an answer may take; machines are slow at times."""


class Client:
    """A socket opened by ``user``, as a site's authentication middleware would have it."""

    def __init__(self, auction_id, user=None):
        router = URLRouter(websocket_urlpatterns)

        async def application(scope, receive, send):
            return await router({**scope, "user": user or AnonymousUser()}, receive, send)

        path = f"/ws/auction/{auction_id}/"
        scope = {"type": "websocket", "path": path, "headers": [], "query_string": b""}
        self.waiting: list[dict[str, object]] = []
        self.socket = ApplicationCommunicator(application, scope)

    async def __aenter__(self):
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(PATIENCE))["type"] == "websocket.accept"
        while not self.waiting or self.waiting[-1]["type"] not in {"subscribed", "error"}:
            await self._receive()
        return self

    async def __aexit__(self, *error):
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(PATIENCE)

    async def take(self, kind):
        """The first frame of this type that was not taken yet; an event may come before its command's ok."""
        while True:
            for frame in self.waiting:
                if frame["type"] == kind:
                    self.waiting.remove(frame)
                    return frame
            await self._receive()

    async def _receive(self):
        self.waiting.append(json.loads((await self.socket.receive_output(PATIENCE))["text"]))

    async def send(self, **message):
        await self.socket.send_input({"type": "websocket.receive", "text": json.dumps(message)})


def run(story):
    """Play an async story, then give the hub's database connections back."""

    async def play():
        try:
            await story()
        finally:
            hub = Hub.current()
            await asyncio.gather(*(hub.run(connections.close_all) for _ in range(16)))

    asyncio.run(play())


def live(**terms):
    now = timezone.now()
    return AuctionFactory(now=now, ends_at=now + timedelta(days=1), **terms)


def test_a_bid_reaches_everybody_connected():
    auction, ann = live(), UserFactory()

    async def story():
        async with Client(auction.pk, ann) as bidder, Client(auction.pk) as watcher:
            opening = await watcher.take("subscribed")
            assert opening["snapshot"]["price"] == "10.00"
            assert opening["snapshot"]["bids"] == []
            mine = (await bidder.take("subscribed"))["snapshot"]["you"]["name"]
            await bidder.send(type="place_bid", amount="5000.00", ref=7)
            answer = await bidder.take("ok")
            assert (answer["ref"], answer["data"]["maximum"]) == (7, "5000.00")
            for client in (bidder, watcher):
                frame = await client.take("auctions.bid_placed")
                assert frame["stream"] == f"auctions.auction:{auction.pk}"
                assert frame["seq"] == opening["to_seq"] + 1
                data = frame["data"]
                assert (data["price"], data["next_minimum"], data["bid_count"]) == ("10.00", "10.50", 1)
                assert data["leader"] == data["bidder"] == mine
                assert set(data) == {
                    "auction_id", "sequence", "price", "currency", "next_minimum", "bid_count",
                    "reserve_met", "ends_at", "extended", "bidder", "leader",
                }  # fmt: skip

    run(story)


def test_the_close_is_told_without_the_buyers_id():
    auction, ann = live(), UserFactory()

    async def story():
        async with Client(auction.pk, ann) as bidder, Client(auction.pk) as watcher:
            await bidder.send(type="place_bid", amount="50.00")
            await watcher.take("auctions.bid_placed")
            await asyncio.to_thread(close, auction)
            sold = await watcher.take("auctions.sold")
            assert set(sold["data"]) == {"auction_id", "price", "currency", "winner"}

    def close(auction):
        close_due_auctions(now=auction.ends_at)
        connections.close_all()

    run(story)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "place_bid"}, "invalid_message"),
        ({"type": "place_bid", "amount": 50}, "invalid_message"),
        ({"type": "place_bid", "amount": None}, "invalid_message"),
        ({"type": "place_bid", "amount": ["50"]}, "invalid_message"),
        ({"type": "place_bid", "amount": "50", "currency": 3}, "invalid_message"),
        ({"type": "place_bid", "amount": "50", "currency": "PKR"}, "wrong_currency"),
        ({"type": "place_bid", "amount": "NaN"}, "invalid_amount"),
        ({"type": "place_bid", "amount": "50.001"}, "invalid_amount"),
        ({"type": "place_bid", "amount": "0"}, "amount_out_of_range"),
        ({"type": "place_bid", "amount": "9" * 400}, "amount_out_of_range"),
        ({"type": "place_bid", "amount": "9.99"}, "bid_too_low"),
        ({"type": "buy_now"}, "buy_now_unavailable"),
        ({"type": "take_it"}, "unknown_type"),
    ],
)
def test_wrong_messages_get_an_error_with_a_code(message, code):
    auction, ann = live(), UserFactory()

    async def story():
        async with Client(auction.pk, ann) as bidder:
            await bidder.send(**message, ref="r")
            error = await bidder.take("error")
            assert (error["code"], error["ref"]) == (code, "r")
            assert error["message"]

    run(story)
    auction.refresh_from_db()
    assert auction.bid_count == 0


def test_strangers_watch_but_do_not_bid():
    auction = live()

    async def story():
        async with Client(auction.pk) as watcher:
            await watcher.send(type="place_bid", amount="50.00")
            assert (await watcher.take("error"))["code"] == "not_authenticated"
        async with Client(auction.pk, auction.seller) as seller:
            await seller.send(type="place_bid", amount="50.00")
            assert (await seller.take("error"))["code"] == "seller_cannot_bid"

    run(story)


@pytest.mark.parametrize("key", ["nonsense", "0", "01890000-0000-7000-8000-000000000000"])
def test_no_such_auction(key):
    async def story():
        async with Client(key) as watcher:
            assert (await watcher.take("error"))["code"] == "not_found"

    run(story)


def test_buy_now():
    auction, ann = live(buy_now_price="75.00"), UserFactory()

    async def story():
        async with Client(auction.pk, ann) as bidder:
            await bidder.send(type="buy_now")
            assert (await bidder.take("ok"))["data"]["kind"] == "buy_now"
            assert (await bidder.take("auctions.sold"))["data"]["price"] == "75.00"

    run(story)


class Ear:
    """Hears what a hub of this process would hear."""

    def __init__(self):
        self.rechecked = []

    def hint(self, event):
        pass

    def recheck(self, viewer_id):
        self.rechecked.append(viewer_id)


def test_a_buyer_is_a_party_at_once():
    """Their sockets are asked again after the commit, not at the next round."""
    auction, ann, bob = live(second_chance=True), UserFactory(), UserFactory()
    place_bid(auction_id=auction.pk, bidder=ann, amount="50.00")
    place_bid(auction_id=auction.pk, bidder=bob, amount="40.00")
    ear = Ear()
    hints.listen(ear)
    try:
        close_due_auctions(now=auction.ends_at)
        assert ear.rechecked == [str(ann.pk)]
        default_settlement(auction_id=auction.pk)
        pursue_buyers()
        accept_second_chance(auction_id=auction.pk, bidder=bob)
        assert ear.rechecked == [str(ann.pk), str(bob.pk), str(bob.pk)]
    finally:
        hints.unlisten(ear)
    stream, key = AuctionStream(), str(auction.pk)
    assert (stream.audience(bob, key), stream.audience(ann, key)) == ("party", f"bidder:{ann.pk}")
