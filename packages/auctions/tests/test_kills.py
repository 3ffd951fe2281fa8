"""Four winners in a row do not pay, the process is killed at every commit: the outcome as if undisturbed.

Each turn of the world is a process of its own: the periodic work at that time, then what people do who are
asked. SIGKILL strikes at its first commit, once right before and once right after it, so no step is spared.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from chowk_auctions import services
from chowk_auctions.models import get_auction_model, get_second_chance_offer_model
from chowk_core.models import LoggedEvent, Stream
from tests.factories import AuctionFactory, bid
from tests.helpers import END, people

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

AMOUNTS = ("90.00", "80.00", "70.00", "60.00", "50.00")
MOST_TURNS = 80


def turn(key: Any, payer: Any, now: datetime) -> bool:
    """What happens at ``now``: the periodic work, then whoever is asked accepts, and the last one pays."""
    services.close_due_auctions(now=now)
    services.default_overdue_settlements(now=now)
    services.pursue_buyers(now=now)
    services.remind_buyers(now=now)
    services.relist_due_auctions(now=now)
    auction = get_auction_model()._default_manager.get(pk=key)
    offer = get_second_chance_offer_model()._default_manager.filter(auction=auction, status="pending").first()
    if offer is not None:
        services.accept_second_chance(auction_id=key, bidder=offer.bidder, now=now)
        auction.refresh_from_db()
    if auction.buyer_id == payer and auction.settled_at is None:
        services.mark_settled(auction_id=key, sale_number=auction.sale_number, now=now)
    return auction.settled_at is not None


def next_time(key: Any, now: datetime) -> datetime:
    """Time passes to the next deadline once nothing is left to do before it."""
    auction = get_auction_model()._default_manager.get(pk=key)
    due = auction.status == "sold" and auction.settled_at is None and auction.defaulted_at is None
    return max(now, auction.settle_by) if due else now


def killed_turn(key: Any, payer: Any, now: datetime, *, after: bool) -> bool:
    """A turn in a forked process that dies at its first commit of work; whether there was one."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            die_at_commit(after=after)
            turn(key, payer, now)
            code = 0
        finally:
            os._exit(code)
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the turn failed; see the captured output"
    return False


def die_at_commit(*, after: bool) -> None:
    """SIGKILL at the first commit of a transaction that wrote an event: every step of ours does."""
    commit = BaseDatabaseWrapper._commit
    before = LoggedEvent.objects.count()

    def dying_commit(self: Any) -> Any:
        wrote = LoggedEvent.objects.count() > before
        if wrote and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self)
        if wrote:
            os.kill(os.getpid(), signal.SIGKILL)

    BaseDatabaseWrapper._commit = dying_commit  # type: ignore[method-assign]


def play(disturbed: bool) -> dict[str, Any]:
    seller, *bidders = people(len(AMOUNTS) + 1)
    auction = AuctionFactory(seller=seller, second_chance=True, relists=2)
    for bidder, amount in reversed(list(zip(bidders, AMOUNTS, strict=True))):
        bid(auction, bidder, amount)
    key, payer, now, kills = auction.pk, bidders[-1].pk, END, 0
    for _ in range(MOST_TURNS):
        if disturbed:
            struck = killed_turn(key, payer, now, after=False)
            struck = killed_turn(key, payer, now, after=True) or struck
            kills += 2 * struck
            if struck:
                continue
        if turn(key, payer, now):
            break
        now = next_time(key, now)
    return outcome(key, [user.pk for user in bidders]) | {"kills": kills}


def outcome(key: Any, bidders: list[Any]) -> dict[str, Any]:
    names = {str(pk): f"bidder {number}" for number, pk in enumerate(bidders)}
    auction = get_auction_model()._default_manager.get(pk=key)
    stream = f"auctions.auction:{key}"
    events = list(LoggedEvent.objects.filter(stream=stream).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert Stream.objects.get(name=stream).last_seq == len(events)
    offers = get_second_chance_offer_model()._default_manager.filter(auction_id=key).order_by("number")
    return {
        "state": (auction.status, auction.sale_number, auction.sale_price, names[str(auction.buyer_id)]),
        "settled": (auction.settled_at is not None, auction.defaulted_at, auction.pursuing),
        "offers": [(names[str(o.bidder_id)], o.amount, o.status) for o in offers],
        "events": [
            (event.name, names.get(event.payload.get("buyer_id") or event.payload.get("bidder_id") or "", ""))
            for event in events
        ],
    }


def test_four_defaults_in_a_row_with_a_kill_at_every_commit() -> None:
    assert connection.vendor == "postgresql"
    expected = play(disturbed=False)
    found = play(disturbed=True)
    assert found.pop("kills") == 2 * 14  # the close, four times default, offer and acceptance, the payment
    assert expected.pop("kills") == 0
    assert found == expected
    assert found["state"] == ("sold", 5, 50_00, "bidder 4")
    assert found["settled"] == (True, None, False)
    assert [status for *_rest, status in found["offers"]] == ["accepted"] * 4
    told = Counter(name for name, _who in found["events"])
    assert (told["auctions.sold"], told["auctions.payment_defaulted"], told["auctions.settled"]) == (5, 4, 1)
    assert (told["auctions.second_chance_offered"], told["auctions.unsold"]) == (4, 0)
    assert get_user_model()._default_manager.count() == 12
