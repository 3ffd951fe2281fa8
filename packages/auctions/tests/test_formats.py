"""What holds for every format: the contract of ``engine.Format``, over all that the settings name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk_auctions.conf import auctions_settings
from chowk_auctions.engine import Accepted, Format, Standing, play
from chowk_auctions.exceptions import BidTooLow, RaiseTooLow
from chowk_auctions.policies import EbayIncrements

FORMATS = sorted(auctions_settings.FORMATS)
bids = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 40_000)), max_size=20)
starts = st.integers(1, 5_000)
reserves = st.one_of(st.none(), st.integers(0, 20_000))


def step(price: int) -> int:
    return EbayIncrements().increment(price, "USD")


def accepted_of(
    rules: Format, start: int, reserve: int | None, script: Sequence[tuple[str, int]]
) -> tuple[list[tuple[str, int]], list[Accepted]]:
    """Those of ``script`` that are accepted, and what each made of the standing."""
    standing = Standing(start, start, reserve_price=reserve)
    taken, steps = [], []
    if rules.sealed:  # one envelope a bidder
        script = list(dict(reversed(script)).items())
    for bidder, amount in script:
        try:
            made = rules.accept(standing, bidder, amount, step)
        except (BidTooLow, RaiseTooLow):
            continue
        taken.append((bidder, amount))
        steps.append(made)
        standing = Standing(start, made.price, made.leader, made.leader_maximum, reserve, made.reserve_met)
    return taken, steps


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=starts, over=reserves, script=bids)
def test_the_highest_leads_and_the_earlier_of_equals(name, start, over, script):
    reserve = None if over is None else start + over
    taken, steps = accepted_of(auctions_settings.FORMATS[name], start, reserve, script)
    before = start
    for number, made in enumerate(steps, start=1):
        highest = max(amount for _bidder, amount in taken[:number])
        first = next(bidder for bidder, amount in taken[:number] if amount == highest)
        assert (made.leader, made.leader_maximum) == (first, highest)
        assert start <= made.price <= highest
        assert made.price >= before
        assert made.price_moved == (made.price != before)
        assert made.reserve_met == (highest >= (reserve or 0))
        assert not (made.reserve_met and reserve) or made.price >= reserve
        before = made.price


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=starts, over=reserves, script=bids, who=st.sampled_from("abcd"), newest=st.integers(1, 5))
def test_the_newest_bids_of_a_bidder_may_be_left_out(*, name, start, over, script, who, newest):
    """As retraction does: the others' are accepted still, and the price does not rise."""
    rules, reserve = auctions_settings.FORMATS[name], None if over is None else start + over
    taken, steps = accepted_of(rules, start, reserve, script)
    own = [number for number, (bidder, _amount) in enumerate(taken) if bidder == who]
    rest = [bid for number, bid in enumerate(taken) if number not in own[-newest:]]
    played = list(play(rules, starting_price=start, reserve_price=reserve, bids=rest, increment=step))
    assert len(played) == len(rest)
    if played:
        assert played[-1].price <= steps[-1].price


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=starts, bidder=st.sampled_from("ab"), amount=st.integers(1, 6_000))
def test_the_first_bid_opens_at_the_starting_price(name, start, bidder, amount):
    rules, empty = auctions_settings.FORMATS[name], Standing(start, start)
    assert rules.minimum(empty, step) == start
    if amount < start:
        with pytest.raises(BidTooLow):
            rules.accept(empty, bidder, amount, step)
    else:
        assert rules.accept(empty, bidder, amount, step).leader == bidder


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_refusal_says_follows_from_public_facts(name):
    """The same refusal whatever the leader's maximum is."""
    rules = auctions_settings.FORMATS[name]
    told = set()
    for maximum in (2_000, 5_000, 9_999):
        with pytest.raises(BidTooLow) as caught:
            rules.accept(Standing(1_000, 1_000, "a", maximum), "b", 999, step)
        told.add(caught.value.params["minimum"])
    assert len(told) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_a_sealed_format_has_neither_soft_close_nor_buy_now(name):
    rules = auctions_settings.FORMATS[name]
    if rules.sealed:
        assert not rules.soft_close
        assert not rules.buy_now_open(Standing(1_000, 1_000, reserve_price=5_000))
    else:
        assert rules.buy_now_open(Standing(1_000, 1_000))
