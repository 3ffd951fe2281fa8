"""Where a buyer pays: said to who owes alone, and never at the cost of what it stands on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chowk_auctions import selectors, services
from chowk_auctions.models import get_auction_model
from chowk_auctions.streams import AuctionStream
from chowk_core.policies import Refusal
from tests.factories import AuctionFactory, UserFactory, bid
from tests.helpers import END, LATE, api, defaulted, live, sold_to_the_first, told

pytestmark = pytest.mark.django_db

AMOUNTS = ("90.00", "80.00")
PATH = "/pay/{}/"


def path_of(*, auction: Any) -> str:
    return PATH.format(auction.pk)


def broken(*, auction: Any) -> str:
    """A site's policy with a mistake of which the database complains, for what it calls broken."""
    if auction.title == "Broken":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
    return PATH.format(auction.pk)


@pytest.fixture(autouse=True)
def policy(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"PAY_URL": "tests.test_pay_url.path_of"}


def link_for(viewer: Any, auction: Any) -> str | None:
    return api(viewer).get(f"/api/auctions/{auction.pk}/").json()["you"]["pay_url"]


def test_the_buyer_who_owes_sees_it_and_nobody_else() -> None:
    auction, (winner, second) = sold_to_the_first(AMOUNTS)
    assert link_for(winner, auction) == PATH.format(auction.pk)
    staff = UserFactory(is_staff=True)
    for viewer in (second, auction.seller, staff, UserFactory(), None):
        assert link_for(viewer, auction) is None
    snapshot = AuctionStream().snapshot
    assert snapshot(winner, str(auction.pk))["you"]["pay_url"] == PATH.format(auction.pk)  # type: ignore[index]
    assert snapshot(second, str(auction.pk))["you"]["pay_url"] is None  # type: ignore[index]


def test_there_is_none_before_the_hammer_nor_after_the_payment() -> None:
    running, ann = live(), UserFactory()
    services.place_bid(auction_id=running.pk, bidder=ann, amount="20.00")
    assert link_for(ann, running) is None
    paid, (winner, _second) = sold_to_the_first(AMOUNTS)
    services.mark_settled(auction_id=paid.pk)
    assert link_for(winner, paid) is None
    undone, (winner, _second) = sold_to_the_first(AMOUNTS)
    services.void_sale(auction_id=undone.pk)
    assert link_for(winner, undone) is None


def test_after_a_default_it_is_the_next_buyers() -> None:
    auction, (first, second) = defaulted(AMOUNTS)
    services.pursue_buyers(now=timezone.now())
    assert link_for(first, auction) is link_for(second, auction) is None
    taken = api(second).post(f"/api/auctions/{auction.pk}/second-chance/accept/").json()
    assert taken["you"]["pay_url"] == link_for(second, auction) == PATH.format(auction.pk)
    assert link_for(first, auction) is None


def test_lists_do_not_ask_and_cost_what_they_did(settings: Any) -> None:
    winner = UserFactory()

    def won() -> Any:
        auction = AuctionFactory()
        bid(auction, winner, "20.00")
        services.close_due_auctions(now=END)
        return auction

    def statements(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api(winner).get(url).status_code == 200
        return len(captured)

    first = won()
    few, one = statements("/api/auctions/"), statements(f"/api/auctions/{first.pk}/")
    for _time in range(4):
        won()
    assert statements("/api/auctions/") == few <= 5
    listed = api(winner).get("/api/auctions/").json()["results"]
    assert {row["you"]["pay_url"] for row in listed} == {None}
    services.mark_settled(auction_id=first.pk)
    savepoint = 2  # of a test, which is one transaction
    assert statements(f"/api/auctions/{first.pk}/") == one - savepoint


@pytest.mark.parametrize("answer", ["", None])
def test_a_site_that_knows_no_way_yet_says_null(settings: Any, answer: Any) -> None:
    auction, (winner, _second) = sold_to_the_first(AMOUNTS)
    settings.CHOWK_AUCTIONS = {"PAY_URL": lambda auction: answer}
    assert link_for(winner, auction) is None


def test_a_policy_that_fails_breaks_no_read(settings: Any, caplog: Any) -> None:
    settings.CHOWK_AUCTIONS = {"PAY_URL": "tests.test_pay_url.broken"}
    auction, (winner, _second) = sold_to_the_first(AMOUNTS, title="Broken")
    state = api(winner).get(f"/api/auctions/{auction.pk}/")
    assert (state.status_code, state.json()["you"]["pay_url"], state.json()["settlement"]) == (
        200,
        None,
        "due",
    )
    assert f"where the auction {auction.pk} is paid could not be said" in caplog.text
    assert "nowhere" in caplog.text
    browser = Client()
    browser.force_login(winner)
    page = browser.get(f"/auctions/{auction.pk}/")
    assert page.status_code == 200
    assert "Pay for it" not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_nor_one_outside_a_transaction(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"PAY_URL": "tests.test_pay_url.broken"}
    auction, (winner, _second) = sold_to_the_first(AMOUNTS, title="Broken")
    assert selectors.state_of(auction, winner).you.pay_url is None
    assert selectors.visible_auction(winner, auction.pk).pk == auction.pk


def test_the_page_leads_the_buyer_there() -> None:
    auction, (winner, second) = sold_to_the_first(AMOUNTS)
    for viewer, led in ((winner, True), (second, False)):
        browser = Client()
        browser.force_login(viewer)
        assert (PATH.format(auction.pk) in browser.get(f"/auctions/{auction.pk}/").content.decode()) is led


def test_one_reminder_without_a_link_stops_no_other(settings: Any, caplog: Any) -> None:
    settings.CHOWK_AUCTIONS = {"PAY_URL": "tests.test_pay_url.broken"}
    sold = [sold_to_the_first(AMOUNTS, title=title)[0] for title in ("One", "Broken", "Another")]
    assert services.remind_buyers(now=END + timedelta(hours=12)) == 3
    links = {event["auction_id"]: event["pay_url"] for event in told("auctions.settlement_reminder")}
    assert links == {
        str(auction.pk): "" if auction.title == "Broken" else PATH.format(auction.pk) for auction in sold
    }
    assert caplog.text.count("is paid could not be said") == 1
    assert services.remind_buyers(now=END + timedelta(hours=12)) == 0


def failing(*, seller: Any, target: Any) -> Refusal | None:
    """A site's policy with a mistake, for one thing."""
    if target.get().name == "Broken":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
    return None


def test_one_policy_that_fails_stops_no_other_relisting(settings: Any, caplog: Any) -> None:
    stuck, free = (AuctionFactory(relists=1) for _n in range(2))
    things = type(stuck.target.get())._default_manager
    things.filter(pk=stuck.target.id).update(name="Broken")
    services.close_due_auctions(now=END)
    settings.CHOWK_AUCTIONS = {"MAY_AUCTION": ["tests.test_pay_url.failing"]}

    assert services.relist_due_auctions(now=END) == 1

    assert f"the auction {stuck.pk} could not be relisted" in caplog.text
    fresh = get_auction_model()._default_manager.get(status="open")
    assert fresh.relisted_from_id == free.pk
    stuck.refresh_from_db()
    assert stuck.relisted_at is None
    settings.CHOWK_AUCTIONS = {}
    assert services.relist_due_auctions(now=LATE - timedelta(days=1, hours=1)) == 1
