from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from chowk_auctions import selectors, services
from chowk_auctions.exceptions import CannotBlockYourself, UnknownBidder
from chowk_auctions.models import get_blocked_bidder_model
from chowk_core.policies import Refused
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import api, code, live, people

pytestmark = pytest.mark.django_db

URL = "/api/blocked-bidders/"


def test_a_blocked_bidder_bids_no_more_and_the_bids_stand() -> None:
    seller, (ann, bob) = UserFactory(), people(2)
    first, second = (AuctionFactory(seller=seller, buy_now_price="99.00") for _ in range(2))
    bid(first, ann, "20.00")
    blocked = services.block_bidder(seller=seller, bidder_id=str(ann.pk))
    for act in (
        lambda: bid(first, ann, "30.00"),
        lambda: services.buy_now(auction_id=second.pk, buyer=ann, now=START),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "blocked_by_seller"
    first.refresh_from_db()
    assert first.leader == ann
    assert bid(AuctionFactory(), ann, "20.00").leading  # another seller's
    assert not bid(first, bob, "15.00").leading
    assert services.unblock_bidder(seller=seller, block_id=blocked.pk)
    assert not services.unblock_bidder(seller=seller, block_id=blocked.pk)
    assert bid(first, ann, "30.00").leading


def test_over_http_by_key_and_by_the_name_seen() -> None:
    auction, (ann, bob, stranger) = live(), people(3)
    for who, amount in ((ann, "20.00"), (bob, "30.00")):
        api(who).post(f"/api/auctions/{auction.pk}/bids/", {"amount": amount})
    mine = api(auction.seller)
    by_key = mine.post(URL, {"bidder": str(ann.pk), "note": "never pays"})
    assert by_key.status_code == 201
    assert by_key.json() == {**by_key.json(), "bidder": str(ann.pk), "name": "", "note": "never pays"}
    assert mine.post(URL, {"bidder": str(ann.pk)}).json()["id"] == by_key.json()["id"]
    name = selectors.name_of(bob.pk, auction.pk)
    by_name = mine.post(URL, {"auction": str(auction.pk), "name": name})
    assert by_name.status_code == 201
    listed = [row["id"] for row in mine.get(URL).json()["results"]]
    assert listed == [by_name.json()["id"], by_key.json()["id"]]
    answer = api(bob).post(f"/api/auctions/{auction.pk}/bids/", {"amount": "90.00"})
    assert (answer.status_code, code(answer)) == (403, "blocked_by_seller")
    # not another's auction, nobody's name, nobody, oneself; another's list is empty
    for body, expected in (
        ({"auction": str(auction.pk), "name": "NOBODY"}, "unknown_bidder"),
        ({"bidder": "nonsense" if not str(ann.pk).isdigit() else "0"}, "unknown_bidder"),
        ({"bidder": str(auction.seller.pk)}, "cannot_block_yourself"),
        ({}, "invalid_block"),
        ({"bidder": str(ann.pk), "auction": str(auction.pk)}, "invalid_block"),
    ):
        answer = mine.post(URL, body)
        assert (answer.status_code, code(answer)) == (400, expected)
    assert code(api(stranger).post(URL, {"auction": str(auction.pk), "name": name})) == "unknown_bidder"
    assert api(stranger).get(URL).json()["count"] == 0
    one = f"{URL}{by_name.json()['id']}/"
    assert api(stranger).delete(one).status_code == 404
    assert mine.delete(one).status_code == 204
    assert mine.delete(one).status_code == 404
    assert api(bob).post(f"/api/auctions/{auction.pk}/bids/", {"amount": "90.00"}).status_code == 201
    assert api().get(URL).status_code in (401, 403)


def test_whoever_blocks_a_name_does_not_learn_whose_it_is() -> None:
    """Not by the answer, not by the list, and not by comparing it with what is blocked by key already."""
    auction, (ann, bob) = live(), people(2)
    second = live(seller=auction.seller)
    for lot in (auction, second):
        api(ann).post(f"/api/auctions/{lot.pk}/bids/", {"amount": "20.00"})
    mine = api(auction.seller)
    known = {who.pk: mine.post(URL, {"bidder": str(who.pk)}).json() for who in (ann, bob)}

    names = {str(lot.pk): selectors.name_of(ann.pk, lot.pk) for lot in (auction, second)}
    answers = [mine.post(URL, {"auction": key, "name": name}).json() for key, name in names.items()]
    again = [mine.post(URL, {"auction": key, "name": name}).json() for key, name in names.items()]

    assert answers == again
    assert {row["auction"]: row["name"] for row in answers} == names
    assert [row["bidder"] for row in answers] == [None, None]
    assert len({row["id"] for row in (*answers, *known.values())}) == 4
    listed = mine.get(URL).json()["results"]
    assert {row["id"]: row["bidder"] for row in listed} == {
        row["id"]: row["bidder"] for row in (*answers, *known.values())
    }
    for row in answers:
        assert str(ann.pk) not in row.values()


def test_what_the_service_and_the_database_refuse() -> None:
    seller = UserFactory()
    with pytest.raises(CannotBlockYourself):
        services.block_bidder(seller=seller, bidder_id=seller.pk)
    for key in ("nonsense", "", "9" * 40):
        with pytest.raises(UnknownBidder):
            services.block_bidder(seller=seller, bidder_id=key)
    with pytest.raises(IntegrityError), transaction.atomic():
        get_blocked_bidder_model()._default_manager.create(seller=seller, bidder=seller)
