"""Many at once over HTTP: every request with one Idempotency-Key, and every buyer for the same thing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from chowk_auctions import services
from chowk_auctions.models import (
    get_auction_model,
    get_bid_model,
    get_blocked_bidder_model,
    get_sealed_bid_model,
    get_watch_model,
)
from chowk_core.models import LoggedEvent
from tests.factories import AuctionFactory, ThingFactory, UserFactory
from tests.helpers import api, people

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES, AT_ONCE = 50, 20
Scene = tuple[Any, str, str, dict[str, Any]]


def open_auction(**terms: Any) -> Any:
    now = timezone.now()
    return AuctionFactory(now=now, ends_at=now + timedelta(days=1), **terms)


def bid(auction: Any, user: Any, amount: str) -> None:
    services.place_bid(auction_id=auction.pk, bidder=user, amount=amount)


def url(auction: Any, tail: str) -> str:
    return f"/api/auctions/{auction.pk}/{tail}"


def creating() -> Scene:
    body = {
        "target": {"type": "goods.thing", "id": str(ThingFactory().pk)},
        "title": "A watch",
        "currency": "USD",
        "starting_price": "10.00",
        "ends_at": (timezone.now() + timedelta(days=2)).isoformat(),
    }
    return UserFactory(), "post", "/api/auctions/", body


def bidding() -> Scene:
    return UserFactory(), "post", url(open_auction(), "bids/"), {"amount": "20.00"}


def bidding_sealed() -> Scene:
    return UserFactory(), "post", url(open_auction(format="sealed_first_price"), "bids/"), {"amount": "20.00"}


def buying() -> Scene:
    return UserFactory(), "post", url(open_auction(buy_now_price="90.00"), "buy-now/"), {}


def cancelling() -> Scene:
    auction = open_auction()
    return auction.seller, "post", url(auction, "cancel/"), {"reason": "Lost."}


def retracting() -> Scene:
    auction, ann = open_auction(), UserFactory()
    bid(auction, ann, "500.00")
    return ann, "post", url(auction, "retract/"), {"reason": "typo", "amount": "50.00"}


def watching() -> Scene:
    return UserFactory(), "post", url(open_auction(), "watch/"), {}


def unwatching() -> Scene:
    auction, ann = open_auction(), UserFactory()
    services.watch_auction(auction_id=auction.pk, user=ann)
    return ann, "delete", url(auction, "watch/"), {}


def relisting() -> Scene:
    auction = open_auction()
    services.close_due_auctions(now=auction.ends_at)
    return auction.seller, "post", url(auction, "relist/"), {}


def offered() -> tuple[Any, Any]:
    auction, (ann, bob) = open_auction(second_chance=True), people(2)
    bid(auction, ann, "90.00")
    bid(auction, bob, "80.00")
    services.close_due_auctions(now=auction.ends_at)
    services.default_settlement(auction_id=auction.pk)
    services.pursue_buyers()
    return auction, bob


def accepting() -> Scene:
    auction, bob = offered()
    return bob, "post", url(auction, "second-chance/accept/"), {}


def declining() -> Scene:
    auction, bob = offered()
    return bob, "post", url(auction, "second-chance/decline/"), {}


def blocking() -> Scene:
    return UserFactory(), "post", "/api/blocked-bidders/", {"bidder": str(UserFactory().pk)}


def unblocking() -> Scene:
    seller = UserFactory()
    blocked = services.block_bidder(seller=seller, bidder_id=str(UserFactory().pk))
    return seller, "delete", f"/api/blocked-bidders/{blocked.pk}/", {}


ENDPOINTS = (
    creating, bidding, bidding_sealed, buying, cancelling, retracting, watching, unwatching, relisting,
    accepting, declining, blocking, unblocking,
)  # fmt: skip


def rows() -> dict[str, int]:
    """How much there is of everything that a request could leave twice."""
    models = (
        get_auction_model(), get_bid_model(), get_sealed_bid_model(), get_watch_model(),
        get_blocked_bidder_model(), LoggedEvent,
    )  # fmt: skip
    return {model._meta.label: model._default_manager.count() for model in models}


def at_once(work: Callable[[], Any], times: int) -> list[Any]:
    """``work`` so many times, AT_ONCE at a time, the first of them started together."""
    together = Barrier(min(times, AT_ONCE))

    def one(number: int) -> Any:
        if number < AT_ONCE:
            together.wait(120)
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.parametrize("scene", ENDPOINTS, ids=lambda scene: scene.__name__)
def test_one_key_one_effect_one_answer(scene: Callable[[], Scene]) -> None:
    """Fifty requests with one key leave what one leaves; who comes while the first runs asks again."""
    user, verb, path, body = scene()
    once = rows()
    first = getattr(api(user), verb)(path, body, format="json", headers={"Idempotency-Key": "alone"})
    assert first.status_code < 300, first.content
    one_effect = {label: count - once[label] for label, count in rows().items()}

    user, verb, path, body = scene()
    before = rows()

    def send() -> tuple[int, bytes]:
        while True:
            answer = getattr(api(user), verb)(path, body, format="json", headers={"Idempotency-Key": "same"})
            if answer.status_code != 409 or b"idempotency_key_in_progress" not in answer.content:
                return answer.status_code, answer.content
            time.sleep(0.02)

    answers = at_once(send, TIMES)
    assert len(answers) == TIMES
    assert {status for status, _content in answers} == {first.status_code}
    assert len({content for _status, content in answers}) == 1
    assert {label: count - before[label] for label, count in rows().items()} == one_effect


def test_twenty_buyers_one_sale() -> None:
    auction, buyers = open_auction(buy_now_price="90.00"), people(20)
    waiting = list(buyers)
    answers = at_once(lambda: api(waiting.pop()).post(url(auction, "buy-now/")).status_code, 20)
    assert sorted(answers) == [201] + [409] * 19
    auction.refresh_from_db()
    assert (auction.status, auction.sale_number, auction.bid_count) == ("sold", 1, 1)
    assert LoggedEvent.objects.filter(name="auctions.sold").count() == 1
    assert get_bid_model()._default_manager.get().bidder == auction.buyer in buyers
