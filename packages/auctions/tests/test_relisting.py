from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chowk_auctions import services
from chowk_auctions.exceptions import (
    AuctionNotFound,
    InvalidPrices,
    InvalidRelist,
    NotRelistable,
    TargetOnAuction,
)
from chowk_auctions.models import get_auction_model
from chowk_core.exceptions import NotAllowed
from chowk_core.policies import Refusal, Refused
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import END, LATE, api, code, defaulted, told

pytestmark = pytest.mark.django_db


def unsold(**terms: Any) -> Any:
    auction = AuctionFactory(**terms)
    services.close_due_auctions(now=END)
    auction.refresh_from_db()
    assert auction.status == "unsold"
    return auction


def test_by_its_seller_on_the_same_terms() -> None:
    old = unsold(title="Lamp", reserve_price="80.00", second_chance=True)
    fresh = services.relist_auction(auction_id=str(old.pk), actor=old.seller, now=LATE)
    assert (fresh.title, fresh.reserve_price, fresh.second_chance) == ("Lamp", 80_00, True)
    assert (fresh.status, fresh.price, fresh.target) == ("open", 10_00, old.target)
    assert (fresh.starts_at, fresh.ends_at) == (LATE, LATE + timedelta(days=7))
    (event,) = told("auctions.relisted")
    assert (event["new_auction_id"], event["automatic"]) == (str(fresh.pk), False)
    with pytest.raises(NotRelistable):
        services.relist_auction(auction_id=old.pk, actor=old.seller, now=LATE)


def test_an_extension_does_not_make_the_next_run_longer() -> None:
    auction = AuctionFactory(reserve_price="80.00")
    bid(auction, UserFactory(), "20.00", at=END - timedelta(seconds=1))
    services.close_due_auctions(now=LATE)
    fresh = services.relist_auction(auction_id=auction.pk, actor=auction.seller, now=LATE)
    assert fresh.ends_at - fresh.starts_at == timedelta(days=7)


def test_from_another_price_within_reason() -> None:
    old = unsold(reserve_price="80.00")
    with pytest.raises(InvalidPrices):
        services.relist_auction(auction_id=old.pk, actor=old.seller, starting_price="81.00", now=LATE)
    fresh = services.relist_auction(auction_id=old.pk, actor=old.seller, starting_price="7.50", now=LATE)
    assert (fresh.starting_price, fresh.price) == (7_50, 7_50)


def test_who_and_what_may_not() -> None:
    old = unsold()
    with pytest.raises(NotAllowed):
        services.relist_auction(auction_id=old.pk, actor=UserFactory(), now=LATE)
    with pytest.raises(AuctionNotFound):
        services.relist_auction(auction_id="nonsense", actor=old.seller)
    running = AuctionFactory()
    with pytest.raises(TargetOnAuction):
        AuctionFactory(target=running.target, seller=running.seller)
    with pytest.raises(NotRelistable):
        services.relist_auction(auction_id=running.pk, actor=running.seller, now=START)
    AuctionFactory(target=old.target, seller=old.seller, now=LATE)
    with pytest.raises(TargetOnAuction):
        services.relist_auction(auction_id=old.pk, actor=UserFactory(is_staff=True), now=LATE)


def test_by_itself_as_often_as_was_said_from_a_lower_price() -> None:
    auction = AuctionFactory(relists=2, relist_price="8.00")
    now = END
    for number, price in ((1, 8_00), (2, 8_00)):
        services.close_due_auctions(now=now)
        assert services.relist_due_auctions(now=now) == 1
        assert services.relist_due_auctions(now=now) == 0
        fresh = get_auction_model()._default_manager.get(status="open")
        assert (fresh.starting_price, fresh.relists_left) == (price, 2 - number)
        now = fresh.ends_at
    services.close_due_auctions(now=now)
    assert services.relist_due_auctions(now=now) == 0
    assert [event["automatic"] for event in told("auctions.relisted")] == [True, True]
    assert get_auction_model()._default_manager.get(relisted_from=auction).relisted_at is not None


def test_the_site_may_have_it_everywhere(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"RELISTS": 1}
    unsold()
    assert services.relist_due_auctions(now=END) == 1


def test_after_nobody_paid() -> None:
    auction, _people = defaulted(("90.00", "80.00"), relists=1)
    services.pursue_buyers(now=LATE)
    assert services.relist_due_auctions(now=LATE) == 0  # the second bidder is being asked
    services.pursue_buyers(now=LATE + timedelta(days=1))
    assert services.relist_due_auctions(now=LATE + timedelta(days=1)) == 1
    fresh = get_auction_model()._default_manager.get(relisted_from=auction)
    assert (fresh.sale_number, fresh.buyer, fresh.bid_count) == (0, None, 0)


def refuse(*, seller: Any, target: Any) -> Refusal | None:
    return Refusal("not_yet", "Not yet.")


def test_a_refusal_is_asked_again_until_patience_ends(settings: Any) -> None:
    old = unsold(relists=1)
    settings.CHOWK_AUCTIONS = {"MAY_AUCTION": ["tests.test_relisting.refuse"]}
    assert services.relist_due_auctions(now=END) == 0
    with pytest.raises(Refused):
        services.relist_auction(auction_id=old.pk, actor=old.seller, now=END)
    settings.CHOWK_AUCTIONS = {}
    assert services.relist_due_auctions(now=END + timedelta(days=1)) == 0
    assert services.relist_due_auctions(now=END + timedelta(hours=23)) == 1


def known(*, seller: Any, target: Any) -> None:
    target.get()


def test_what_is_gone_keeps_nothing_else_waiting(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"MAY_AUCTION": ["tests.test_relisting.known"]}
    gone, other = unsold(relists=1), unsold(relists=1)
    gone.target.get().delete()
    assert services.relist_due_auctions(now=END) == 1
    other.refresh_from_db()
    assert other.relisted_at == END


def test_terms_that_make_no_sense() -> None:
    for terms, field in (
        ({"relists": 11}, "relists"),
        ({"relists": -1}, "relists"),
        ({"relist_price": "11.00"}, "relist_price"),
    ):
        with pytest.raises(InvalidRelist) as caught:
            AuctionFactory(**terms)
        assert caught.value.field == field


def test_the_database_relists_once() -> None:
    old, other = unsold(relists=1), AuctionFactory()
    services.relist_due_auctions(now=END)
    with pytest.raises(IntegrityError), transaction.atomic():
        get_auction_model()._default_manager.filter(pk=other.pk).update(relisted_from=old)


def test_over_http() -> None:
    old = unsold()
    path = f"/api/auctions/{old.pk}/relist/"
    assert code(api(UserFactory()).post(path)) == "not_allowed"
    answer = api(old.seller).post(path, {"starting_price": "5.00"})
    assert (answer.status_code, answer.json()["starting_price"]) == (201, "5.00")
    again = api(old.seller).post(path)
    assert (again.status_code, code(again)) == (409, "not_relistable")
