"""Sealed first-price auctions: who wins, and that no amount is anywhere before the reveal.

The amounts have nine digits that nothing else comes to.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from chowk_auctions import sealing, selectors, services
from chowk_auctions.exceptions import (
    BidTooLow,
    HasBids,
    NoBuyNow,
    SealedBidUnreadable,
    SealedCannotRetract,
)
from chowk_auctions.models import get_bid_model, get_sealed_bid_model
from chowk_auctions.streams import AuctionStream
from chowk_core.realtime.log import heads
from chowk_core.testing.events import published
from tests.factories import START, AuctionFactory, UserFactory, bid
from tests.helpers import END, api, code, people, told

HIGH, LOW = "7391846.57", "6284937.13"
SECRETS = ("7391846", "6284937", "739184657", "628493713", "5173926", "517392648")


def sealed(**terms: Any) -> Any:
    return AuctionFactory(format="sealed_first_price", **terms)


def assert_clean(text: Any) -> None:
    plain = str(text).replace(",", "").replace("_", "")
    assert not [secret for secret in SECRETS if secret in plain], plain


def dump() -> str:
    """Every row of every table, as somebody reads it who has the whole database."""
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            text += [
                repr(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row
            ]
    return "\n".join(text)


@pytest.mark.django_db
def test_the_highest_wins_and_pays_what_it_bid() -> None:
    auction, (ann, bob, cid) = sealed(reserve_price="40.00"), people(3)
    for who, amount in ((ann, "50.00"), (bob, "70.00"), (cid, "70.00")):
        bid(auction, who, amount)
    services.close_due_auctions(now=END)
    auction.refresh_from_db()
    assert (auction.status, auction.buyer, auction.sale_price, auction.bid_count) == ("sold", bob, 70_00, 3)
    lines = selectors.bid_history(auction, None)
    assert [(line.sequence, line.maximum) for line in lines] == [(3, "70.00"), (2, "70.00"), (1, "50.00")]
    assert lines[0].bidder == selectors.name_of(cid.pk, auction.pk)
    assert told("auctions.bids_revealed")[0]["bid_count"] == 3
    assert told("auctions.sold")[0]["price"] == "70.00"
    for row in get_sealed_bid_model()._default_manager.all():
        amount = get_bid_model()._default_manager.get(sequence=row.sequence).maximum
        known = {"auction_id": auction.pk, "bidder_id": row.bidder_id}
        assert sealing.commitment_to(amount, row.nonce, **known) == row.commitment


@pytest.mark.django_db
def test_a_replaced_bid_counts_once_and_from_its_new_time() -> None:
    auction, (ann, bob) = sealed(), people(2)
    first = bid(auction, ann, "70.00")
    bid(auction, bob, "70.00")
    again = bid(auction, ann, "70.00")
    kept = get_sealed_bid_model()._default_manager.filter(auction=auction).order_by("sequence")
    assert list(kept.values_list("sequence", "bidder")) == [(2, bob.pk), (3, ann.pk)]
    assert first.commitment != again.commitment
    assert [event["replaced"] for event in told("auctions.sealed_bid_placed")] == [False, False, True]
    services.close_due_auctions(now=END)
    auction.refresh_from_db()
    assert (auction.bid_count, auction.buyer) == (2, bob)


@pytest.mark.django_db
def test_neither_met_nor_bid() -> None:
    short, empty = sealed(reserve_price="90.00"), sealed()
    bid(short, UserFactory(), "80.00")
    services.close_due_auctions(now=END)
    assert {event["reason"] for event in told("auctions.unsold")} == {"reserve_not_met", "no_bids"}
    short.refresh_from_db()
    assert (short.price, short.bid_count, empty.bid_count) == (80_00, 1, 0)


@pytest.mark.django_db
def test_what_a_sealed_auction_has_not() -> None:
    with pytest.raises(NoBuyNow):
        sealed(buy_now_price="90.00")
    auction, ann = sealed(), UserFactory()
    with pytest.raises(BidTooLow):
        bid(auction, ann, "9.99")
    bid(auction, ann, "20.00", at=END - timedelta(seconds=1))
    auction.refresh_from_db()
    assert (auction.ends_at, auction.extension) == (END, timedelta(0))
    with pytest.raises(SealedCannotRetract):
        services.retract_bid(auction_id=auction.pk, bidder=ann, reason="typo", amount="1", now=START)
    with pytest.raises(HasBids):
        services.cancel_auction(auction_id=auction.pk, actor=auction.seller)


@pytest.mark.django_db
def test_without_its_library_it_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(sealing, "Fernet", None)
    with pytest.raises(ImproperlyConfigured, match=r"chowk-auctions\[sealed\]"):
        sealed()


@pytest.mark.django_db
def test_keys_rotate_and_without_the_key_nothing_is_decided(settings: Any, caplog: Any) -> None:
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("old",)}
    auction, ann = sealed(), UserFactory()
    bid(auction, ann, "20.00")
    other = AuctionFactory()
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new",)}
    assert services.close_due_auctions(now=END) == 1
    auction.refresh_from_db()
    other.refresh_from_db()
    assert (auction.status, other.status) == ("open", "unsold")
    assert "cannot be closed" in caplog.text
    with pytest.raises(SealedBidUnreadable):
        services.close_auction(auction_id=auction.pk, now=END)
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new", "old")}
    services.close_due_auctions(now=END + timedelta(hours=1))
    auction.refresh_from_db()
    assert auction.buyer == ann


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ciphertext", "commitment"])
def test_a_changed_row_is_found_out(name: str) -> None:
    auction, (ann, bob) = sealed(), people(2)
    bid(auction, ann, "20.00")
    bid(auction, bob, "30.00")
    rows = get_sealed_bid_model()._default_manager
    other = getattr(rows.get(bidder=bob), name)
    rows.filter(bidder=ann).update(**{name: other})
    with pytest.raises(SealedBidUnreadable):
        services.close_auction(auction_id=auction.pk, now=END)


@pytest.mark.django_db
def test_the_count_is_public_by_setting_and_the_leader_is_not(settings: Any) -> None:
    now = timezone.now()
    auction, (ann, bob) = sealed(now=now, reserve_price="15.00"), people(2)
    path = f"/api/auctions/{auction.pk}/"
    placed = api(ann).post(f"{path}bids/", {"amount": "20.00"}).json()
    api(bob).post(f"{path}bids/", {"amount": "30.00"})
    hidden = ("maximum", "price", "leading", "reserve_met")
    assert {name: placed[name] for name in hidden} == dict.fromkeys(hidden)
    assert len(placed["commitment"]) == 64
    state = api(bob).get(path).json()
    assert (state["sealed"], state["bid_count"], state["leader"], state["price"]) == (True, 2, None, "10.00")
    assert (state["you"]["has_bid"], state["you"]["leading"], state["you"]["maximum"]) == (True, False, None)
    assert api(ann).get(f"{path}bids/").json()["count"] == 0
    (event, _second) = published("auctions.sealed_bid_placed")
    assert AuctionStream().present(event, "public") == {"auction_id": str(auction.pk), "sealed_count": 1}
    settings.CHOWK_AUCTIONS = {"SHOW_SEALED_COUNT": False}
    assert api(bob).get(path).json()["bid_count"] is None
    assert AuctionStream().present(event, "party") is None
    assert code(api(bob).post(f"{path}retract/", {"reason": "typo"})) == "sealed_cannot_retract"


@pytest.mark.django_db
def test_a_receipt_does_not_tell_how_many_have_bid(settings: Any) -> None:
    """The answer to a bidder is the same, whether they are the first or the last of many."""
    settings.CHOWK_AUCTIONS = {"SHOW_SEALED_COUNT": False}
    receipts, numbers = [], []
    for rivals in (0, 5):
        auction, ann = sealed(now=timezone.now()), UserFactory()
        for rival in people(rivals):
            bid(auction, rival, "20.00", at=timezone.now())
        answer = api(ann).post(f"/api/auctions/{auction.pk}/bids/", {"amount": "30.00"})
        assert answer.status_code == 201
        own = {"id", "auction_id", "commitment", "placed_at", "ends_at"}
        receipts.append({name: value for name, value in answer.json().items() if name not in own})
        stream = f"auctions.auction:{auction.pk}"
        numbers.append(heads([stream])[stream].last_seq)
    assert receipts[0] == receipts[1]
    assert receipts[0]["sequence"] is None
    assert numbers[0] == numbers[1]  # nor do the numbers of the socket's frames


@pytest.mark.django_db
def test_no_amount_is_anywhere_before_the_reveal(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    now = timezone.now()
    auction, (ann, bob) = sealed(now=now, ends_at=now + timedelta(days=1)), people(2)
    path = f"/api/auctions/{auction.pk}/"
    key = {"Idempotency-Key": "once"}
    with CaptureQueriesContext(connection) as statements:
        answers = [
            api(ann).post(f"{path}bids/", {"amount": HIGH}, headers=key),
            api(ann).post(f"{path}bids/", {"amount": HIGH}, headers=key),
            api(bob).post(f"{path}bids/", {"amount": "5173926.48"}),
            api(bob).post(f"{path}bids/", {"amount": LOW}),
        ]
    assert {answer.status_code for answer in answers} == {201}
    texts = [answer.content.decode() for answer in answers]
    texts += [str(statement["sql"]) for statement in statements]
    texts += [json.dumps(event.payload) for event in published()]
    texts += [record.getMessage() for record in caplog.records]
    staff = UserFactory(is_staff=True, is_superuser=True)
    stream = AuctionStream()
    for viewer in (ann, bob, auction.seller, staff):
        texts += [api(viewer).get(url).content.decode() for url in ("/api/auctions/", path, f"{path}bids/")]
        audience = stream.audience(viewer, str(auction.pk))
        texts += [json.dumps(stream.present(event, audience)) for event in published()]
        texts.append(json.dumps(stream.snapshot(viewer, str(auction.pk))))
        web = Client()
        web.force_login(viewer)
        texts.append(web.get(f"/auctions/{auction.pk}/").content.decode())
    assert services.PlacedBid.__dataclass_fields__["maximum"].repr is False
    for text in [*texts, *admin_pages(staff, auction), dump()]:
        assert_clean(text)
    services.close_due_auctions(now=auction.ends_at)
    assert api(bob).get(f"{path}bids/").json()["results"][-1]["maximum"] == HIGH
    assert "739184657" in dump()  # the search finds what it should


def admin_pages(staff: Any, auction: Any) -> list[str]:
    """Lists and forms of everything of ours in the admin."""
    web = Client()
    web.force_login(staff)
    pages = []
    for model in apps.get_models():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        if model._meta.app_label not in (auction._meta.app_label, "chowk_core"):
            continue
        try:
            pages.append(web.get(reverse(f"admin:{label}_changelist")).content.decode())
        except Exception as error:
            assert type(error).__name__ == "NoReverseMatch"
            continue
        for row in model._default_manager.all()[:3]:
            answer = web.get(reverse(f"admin:{label}_change", args=[row.pk]))
            assert answer.status_code == 200
            pages.append(answer.content.decode())
    assert len(pages) > 5
    return pages


@pytest.mark.django_db
def test_a_web_form_never_gives_an_amount_back() -> None:
    now = timezone.now()
    auction, web = sealed(now=now, starting_price="9000000.00"), Client()
    web.force_login(UserFactory())
    answer = web.post(f"/auctions/{auction.pk}/bid/", {"amount": HIGH})
    assert answer.status_code == 400
    assert_clean(answer.content.decode())


class Reference:
    """Who wins a sealed auction, told a second time."""

    def __init__(self, start: int, reserve: int | None) -> None:
        self.start, self.reserve = start, reserve
        self.envelopes: dict[str, tuple[int, int]] = {}
        self.clock = 0

    def bid(self, who: str, amount: int) -> bool:
        self.clock += 1
        if amount < self.start:
            return False
        self.envelopes[who] = (amount, -self.clock)
        return True

    def outcome(self) -> tuple[str, str | None, int | None]:
        if not self.envelopes:
            return "unsold", None, None
        who = max(self.envelopes, key=lambda name: self.envelopes[name])
        price = self.envelopes[who][0]
        return ("unsold", None, None) if self.reserve and price < self.reserve else ("sold", who, price)


class RandomSealedAuctions(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.users = {name: UserFactory() for name in "abcd"}
        cls.seller = UserFactory()

    @given(
        start=st.integers(1, 60),
        over=st.one_of(st.none(), st.integers(0, 60)),
        script=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 130)), max_size=14),
    )
    @hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_the_services_agree_with_the_reference(self, start: int, over: Any, script: Any) -> None:
        reserve = None if over is None else start + over
        auction = sealed(
            seller=self.seller,
            currency="JPY",
            starting_price=str(start),
            reserve_price=None if over is None else str(reserve),
        )
        expected = Reference(start, reserve)
        for number, (who, amount) in enumerate(script):
            at = START + timedelta(seconds=number)
            try:
                bid(auction, self.users[who], str(amount), at=at)
            except BidTooLow:
                assert not expected.bid(who, amount)
            else:
                assert expected.bid(who, amount)
        services.close_auction(auction_id=auction.pk, now=END)
        auction.refresh_from_db()
        buyer = next((name for name, user in self.users.items() if user.pk == auction.buyer_id), None)
        assert (auction.status, buyer, auction.sale_price) == expected.outcome()
        assert auction.bid_count == len(expected.envelopes)
