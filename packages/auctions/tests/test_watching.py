from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chowk_auctions import selectors, services
from chowk_auctions.models import get_watch_model
from chowk_auctions.policies import followers
from chowk_auctions.streams import AuctionStream
from chowk_core.testing.events import published
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import END, api, code, live, people, told

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_watching_is_counted_once_a_person_and_told_without_names() -> None:
    auction, (ann, bob) = live(), people(2)
    path = f"/api/auctions/{auction.pk}/watch/"
    for user, count in ((ann, 1), (ann, 1), (bob, 2)):
        seen = api(user).post(path).json()
        assert (seen["watcher_count"], seen["you"]["watching"]) == (count, True)
    assert api().get(f"/api/auctions/{auction.pk}/").json()["watcher_count"] == 2
    frames = [AuctionStream().present(event, "public") for event in published("auctions.watchers_changed")]
    assert frames == [{"auction_id": str(auction.pk), "watcher_count": count} for count in (1, 2)]
    for _ in range(2):
        seen = api(ann).delete(path).json()
        assert (seen["watcher_count"], seen["you"]["watching"]) == (1, False)
    assert len(told("auctions.watchers_changed")) == 3
    assert api().post(path).status_code in (401, 403)
    with pytest.raises(IntegrityError), transaction.atomic():
        get_watch_model()._default_manager.create(auction=auction, user=bob)


def test_ones_own_list() -> None:
    watched, other, ann = live(), live(), UserFactory()
    services.watch_auction(auction_id=watched.pk, user=ann)

    def found(user: Any, query: str) -> set[str]:
        return {row["id"] for row in api(user).get(f"/api/auctions/?{query}").json()["results"]}

    assert found(ann, "watching=true") == {str(watched.pk)}
    assert found(ann, "watching=false") == {str(other.pk)}
    assert found(UserFactory(), "watching=true") == found(None, "watching=true") == set()


def test_who_follows_an_auction() -> None:
    auction, (ann, bob) = AuctionFactory(), people(2)
    services.watch_auction(auction_id=auction.pk, user=ann)
    bid(auction, bob, "20.00")
    assert followers(auction_id=str(auction.pk)) == sorted([str(ann.pk), str(bob.pk)])


def test_what_may_not_be_seen_may_not_be_watched() -> None:
    auction = AuctionFactory(starts_at=START + DAY)
    answer = api(UserFactory()).post(f"/api/auctions/{auction.pk}/watch/")
    assert (answer.status_code, code(answer)) == (404, "not_found")
    assert api(auction.seller).post(f"/api/auctions/{auction.pk}/watch/").status_code == 200


def test_a_site_may_announce_what_is_scheduled(settings: Any) -> None:
    auction = AuctionFactory(starts_at=START + DAY)
    assert list(selectors.visible_auctions(None)) == []
    settings.CHOWK_AUCTIONS = {"VISIBILITY": "chowk_auctions.policies.AnnouncedToo"}
    assert list(selectors.visible_auctions(None)) == [auction]
    assert api(UserFactory()).post(f"/api/auctions/{auction.pk}/watch/").status_code == 200
    services.open_due_auctions(now=START + DAY)
    assert told("auctions.opened")[0]["starts_at"] == "2026-03-02T12:00:00+00:00"


def test_ending_soon_is_told_once_a_lead_and_not_again_when_the_end_moves() -> None:
    auction = AuctionFactory()
    assert services.tell_ending_soon(now=END - DAY - HOUR) == 0
    assert services.tell_ending_soon(now=END - DAY) == 1
    assert services.tell_ending_soon(now=END - DAY) == 0
    assert services.tell_ending_soon(now=END - HOUR) == 1
    bid(auction, UserFactory(), "20.00", at=END - timedelta(seconds=5))
    auction.refresh_from_db()
    assert auction.ends_at > END
    assert services.tell_ending_soon(now=END) == 0
    assert [event["lead_seconds"] for event in told("auctions.ending_soon")] == [86_400, 3_600]


def test_of_two_leads_that_came_at_once_the_shorter_is_told() -> None:
    AuctionFactory()
    assert services.tell_ending_soon(now=END - timedelta(minutes=30)) == 1
    assert services.tell_ending_soon(now=END - timedelta(minutes=20)) == 0
    assert told("auctions.ending_soon")[0]["lead_seconds"] == 3_600


def test_a_short_auction_is_not_ending_soon_from_its_start(settings: Any) -> None:
    AuctionFactory(ends_at=START + HOUR / 2)
    assert services.tell_ending_soon(now=START) == 0
    settings.CHOWK_AUCTIONS = {"ENDING_SOON": (timedelta(minutes=5),)}
    assert services.tell_ending_soon(now=START + timedelta(minutes=26)) == 1


def test_many_in_batches_with_statements_that_do_not_grow(
    settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.CHOWK_AUCTIONS = {"CLOSE_BATCH": 4, "ENDING_SOON": (HOUR,)}
    for _ in range(10):
        AuctionFactory()
    with django_assert_max_num_queries(4 * 6 + 10 * 2):  # a batch: begin, clock, lock, update, end; an event
        assert services.tell_ending_soon(now=END - HOUR) == 10
