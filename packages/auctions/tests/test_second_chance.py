from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chowk_auctions import selectors, services
from chowk_auctions.exceptions import NotSold, OfferExpired, OfferNotFound
from chowk_auctions.models import get_second_chance_offer_model
from chowk_auctions.policies import not_on_auction
from chowk_auctions.streams import AuctionStream
from chowk_core.policies import Refusal, Refused
from chowk_core.testing.events import published
from tests.factories import UserFactory
from tests.helpers import END, LATE, api, code, defaulted, people, sold_to_the_first, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
AMOUNTS = ("90.00", "80.00", "70.00", "60.00")


def offers(auction: Any) -> list[tuple[Any, int, str]]:
    rows = get_second_chance_offer_model()._default_manager.filter(auction=auction).order_by("number")
    return [(offer.bidder, offer.amount, offer.status) for offer in rows]


def test_the_next_bidder_is_offered_it_for_what_they_bid() -> None:
    auction, (_winner, second, *_rest) = defaulted(AMOUNTS)
    assert auction.pursuing
    assert services.pursue_buyers(now=LATE) == 1
    assert services.pursue_buyers(now=LATE) == 0
    assert offers(auction) == [(second, 80_00, "pending")]
    (event,) = told("auctions.second_chance_offered")
    assert event["bidder_id"] == str(second.pk)
    assert "80.00" not in event.values()
    assert not_on_auction(actor=auction.seller, listing=auction.target.get()) is not None


def test_taking_it_is_a_sale_of_its_own() -> None:
    auction, (winner, second, *_rest) = defaulted(AMOUNTS)
    services.pursue_buyers(now=LATE)
    services.accept_second_chance(auction_id=str(auction.pk), bidder=second, now=LATE)
    auction.refresh_from_db()
    assert (auction.status, auction.buyer, auction.sale_price) == ("sold", second, 80_00)
    assert (auction.sale_number, auction.leader, auction.settle_by) == (2, winner, LATE + timedelta(hours=24))
    sold = told("auctions.sold")
    assert [(event["sale_number"], event["buyer_id"], event["price"]) for event in sold] == [
        (1, str(winner.pk), "81.00"),
        (2, str(second.pk), "80.00"),
    ]
    with pytest.raises(OfferNotFound):
        services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE)
    assert services.pursue_buyers(now=LATE) == 0


def test_news_of_an_earlier_sale_is_none() -> None:
    auction, (_winner, second, *_rest) = defaulted(AMOUNTS)
    services.pursue_buyers(now=LATE)
    services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE)
    for service in (services.default_settlement, services.void_sale):
        assert service(auction_id=auction.pk, sale_number=1) is False
    assert services.mark_settled(auction_id=auction.pk, sale_number=2) is True
    (event,) = told("auctions.settled")
    assert (event["buyer_id"], event["sale_number"]) == (str(second.pk), 2)


def test_down_the_chain_until_nobody_is_left() -> None:
    auction, (_winner, second, third, fourth) = defaulted(AMOUNTS)
    now = LATE
    services.pursue_buyers(now=now)
    services.decline_second_chance(auction_id=auction.pk, bidder=second, now=now)
    services.pursue_buyers(now=now)
    now += DAY
    assert services.pursue_buyers(now=now) == 2  # the third's expires, the fourth is asked
    services.accept_second_chance(auction_id=auction.pk, bidder=fourth, now=now)
    assert services.default_settlement(auction_id=auction.pk, sale_number=2, now=now + DAY)
    assert services.pursue_buyers(now=now + DAY) == 1
    auction.refresh_from_db()
    assert (auction.status, auction.pursuing) == ("unsold", False)
    assert offers(auction) == [
        (second, 80_00, "declined"), (third, 70_00, "expired"), (fourth, 60_00, "accepted"),
    ]  # fmt: skip
    assert told("auctions.unsold")[0]["reason"] == "unpaid"
    assert len(told("auctions.payment_defaulted")) == 2
    assert not_on_auction(actor=auction.seller, listing=auction.target.get()) is None


def test_without_second_chances_it_is_unsold_at_once() -> None:
    auction, _people = defaulted(AMOUNTS, second_chance=False)
    assert (auction.status, auction.pursuing) == ("unsold", False)
    assert services.pursue_buyers(now=LATE) == 0
    assert [event["reason"] for event in told("auctions.unsold")] == ["unpaid"]
    with pytest.raises(NotSold):
        services.mark_settled(auction_id=auction.pk, sale_number=2)


@pytest.mark.parametrize("progress", ["defaulted", "offered", "taken", "settled", "unsold", "voided"])
def test_a_payment_after_the_default_does_not_count(progress: str) -> None:
    auction, (_winner, second, *_rest) = defaulted(AMOUNTS, second_chance=progress != "unsold")
    if progress not in ("defaulted", "unsold"):
        services.pursue_buyers(now=LATE)
    if progress in ("taken", "settled", "voided"):
        services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE)
    if progress in ("settled", "voided"):
        end = services.mark_settled if progress == "settled" else services.void_sale
        assert end(auction_id=auction.pk, sale_number=2, now=LATE)
    before = type(auction)._default_manager.filter(pk=auction.pk).values().get()

    assert services.mark_settled(auction_id=auction.pk, sale_number=1, now=LATE) is False

    assert type(auction)._default_manager.filter(pk=auction.pk).values().get() == before
    (event,) = told("auctions.payment_too_late")
    assert (event["auction_id"], event["sale_number"]) == (str(auction.pk), 1)
    settled = [event["sale_number"] for event in told("auctions.settled")]
    assert settled == ([2] if progress == "settled" else [])


def test_a_payment_for_an_undone_sale_does_not_count_either() -> None:
    auction, _people = sold_to_the_first(AMOUNTS)
    assert services.void_sale(auction_id=auction.pk)
    assert services.mark_settled(auction_id=auction.pk) is False
    assert len(told("auctions.payment_too_late")) == 1


def test_the_site_may_have_them_everywhere(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"SECOND_CHANCE": True, "SECOND_CHANCE_PERIOD": timedelta(hours=3)}
    auction, _people = defaulted(AMOUNTS, second_chance=None)
    services.pursue_buyers(now=LATE)
    offer = get_second_chance_offer_model()._default_manager.get(auction=auction)
    assert offer.expires_at == LATE + timedelta(hours=3)


@pytest.mark.parametrize(("below", "asked"), [(False, 1), (True, 2)])
def test_not_below_the_reserve_unless_the_seller_said_so(below: bool, asked: int) -> None:
    auction, _people = defaulted(("90.00", "80.00", "20.00"), reserve_price="50.00", below_reserve=below)
    now = LATE
    for _ in range(3):
        services.pursue_buyers(now=now)
        now += DAY
    assert len(offers(auction)) == asked


def suspended(*, bidder: Any, auction: Any) -> Refusal | None:
    return Refusal("suspended", "No.") if bidder.last_name == "suspended" else None


def test_who_may_not_bid_is_passed_over_and_cannot_accept(settings: Any) -> None:
    auction, (_winner, second, third, fourth) = defaulted(AMOUNTS)
    services.block_bidder(seller=auction.seller, bidder_id=second.pk)
    settings.CHOWK_AUCTIONS = {
        "MAY_BID": ["chowk_auctions.policies.not_blocked", "tests.test_second_chance.suspended"]
    }
    services.pursue_buyers(now=LATE)
    assert offers(auction) == [(third, 70_00, "pending")]
    third.last_name = "suspended"
    with pytest.raises(Refused) as caught:
        services.accept_second_chance(auction_id=auction.pk, bidder=third, now=LATE)
    assert caught.value.code == "suspended"
    services.pursue_buyers(now=LATE + DAY)
    assert offers(auction)[-1] == (fourth, 60_00, "pending")


def test_a_deadline_is_a_deadline() -> None:
    auction, (_winner, second, *_rest) = defaulted(AMOUNTS)
    services.pursue_buyers(now=LATE)
    with pytest.raises(OfferExpired):
        services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE + DAY)
    services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE + DAY - timedelta(seconds=1))


def test_a_failing_policy_holds_up_its_own_auction_only(settings: Any, caplog: Any) -> None:
    first, _people = defaulted(AMOUNTS)
    other, _others = defaulted(AMOUNTS)
    settings.CHOWK_AUCTIONS = {"SECOND_CHANCE_PRICE": PriceOf(other)}
    assert services.pursue_buyers(now=LATE) == 1
    assert offers(first) == []
    assert "could not be offered" in caplog.text
    settings.CHOWK_AUCTIONS = {}
    assert services.pursue_buyers(now=LATE) == 1


class PriceOf:
    def __init__(self, auction: Any) -> None:
        self.auction = auction

    def __call__(self, *, auction: Any, bidder: Any) -> int | None:
        if auction != self.auction:
            raise RuntimeError("a site's mistake")
        return 50_00


def test_only_the_one_who_is_asked_sees_it() -> None:
    auction, (winner, second, third, _fourth) = defaulted(AMOUNTS)
    services.pursue_buyers(now=timezone.now())
    path = f"/api/auctions/{auction.pk}/second-chance/"
    offer = api(second).get(path).json()
    assert (offer["amount"], offer["currency"]) == ("80.00", "USD")
    assert api(second).get(f"/api/auctions/{auction.pk}/").json()["you"]["offer"]["amount"] == "80.00"
    for viewer in (winner, third, auction.seller, UserFactory(is_staff=True)):
        assert (api(viewer).get(path).status_code, code(api(viewer).get(path))) == (404, "not_found")
        assert api(viewer).get(f"/api/auctions/{auction.pk}/").json()["you"]["offer"] is None
        for verb in ("accept/", "decline/"):
            assert api(viewer).post(path + verb).status_code == 404
    assert api().get(path).status_code in (401, 403)
    assert api(auction.seller).get(f"/api/auctions/{auction.pk}/").json()["settlement"] == "second_chance"
    assert api(winner).get(f"/api/auctions/{auction.pk}/").json()["settlement"] == "defaulted"
    assert api().get(f"/api/auctions/{auction.pk}/").json()["winner"] is None
    taken = api(second).post(path + "accept/").json()
    assert (taken["sale_price"], taken["you"]["won"], taken["settlement"]) == ("80.00", True, "due")


def test_its_frame_is_for_them_alone() -> None:
    auction, (winner, second, third, _fourth) = defaulted(AMOUNTS)
    stream, key = AuctionStream(), str(auction.pk)
    services.pursue_buyers(now=LATE)

    (event,) = published("auctions.second_chance_offered")
    seen = {
        person.pk: stream.present(event, stream.audience(person, key))
        for person in (winner, second, third, auction.seller, UserFactory(is_staff=True), UserFactory())
    }
    assert seen.pop(second.pk) == {"auction_id": key, "expires_at": event.payload["expires_at"]}
    assert set(seen.values()) == {None}


def test_the_database_holds_one_pending_offer_and_one_a_bidder() -> None:
    auction, (_winner, second, third, _fourth) = defaulted(AMOUNTS)
    services.pursue_buyers(now=LATE)
    rows = get_second_chance_offer_model()._default_manager
    terms = {"auction": auction, "amount": 1, "offered_at": LATE, "expires_at": LATE + DAY}
    for number, bidder, status, answered in (
        (2, third, "pending", None),
        (2, second, "expired", LATE),
        (1, third, "expired", LATE),
        (2, third, "expired", None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.create(number=number, bidder=bidder, status=status, answered_at=answered, **terms)


def test_reminders_before_the_deadline_each_once(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"PAY_URL": lambda auction: f"/pay/{auction.pk}/"}
    auction, (_winner, second, *_rest) = defaulted(AMOUNTS)
    assert services.remind_buyers(now=LATE) == 0
    services.pursue_buyers(now=LATE)
    services.accept_second_chance(auction_id=auction.pk, bidder=second, now=LATE)
    assert services.remind_buyers(now=LATE + timedelta(hours=11)) == 0
    assert services.remind_buyers(now=LATE + timedelta(hours=12)) == 1
    assert services.remind_buyers(now=LATE + timedelta(hours=13)) == 0
    assert services.remind_buyers(now=LATE + timedelta(hours=23)) == 1
    assert services.remind_buyers(now=LATE + timedelta(hours=23)) == 0
    first, last = told("auctions.settlement_reminder")
    assert (first["lead_seconds"], last["lead_seconds"]) == (12 * 3600, 2 * 3600)
    assert (first["buyer_id"], first["sale_number"]) == (str(second.pk), 2)
    assert first["pay_url"] == f"/pay/{auction.pk}/"


def test_those_who_paid_are_not_reminded() -> None:
    auction, _people = defaulted(AMOUNTS)
    other = people(1)[0]
    assert services.remind_buyers(now=END + timedelta(hours=23)) == 0
    assert selectors.state_of(auction, other).settlement is None
