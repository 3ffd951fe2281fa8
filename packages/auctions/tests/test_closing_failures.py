"""An auction that cannot be closed holds up no other one: it is put off, shown to staff, and tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chowk_auctions import services
from chowk_auctions.engine import Accepted, SealedFirstPrice
from tests.factories import AuctionFactory, UserFactory, bid
from tests.helpers import END, told

pytestmark = pytest.mark.django_db

SOON = timedelta(seconds=1)
LONG = timedelta(hours=2)


class Overcharging(SealedFirstPrice):
    """A site's mistake that the database refuses, in the midst of a reveal."""

    def accept(self, *args: Any) -> Accepted:
        accepted = super().accept(*args)
        return replace(accepted, price=accepted.price + 1)


FORMATS = {
    "english": "chowk_auctions.engine.English",
    "sealed_first_price": "chowk_auctions.engine.SealedFirstPrice",
    "overcharging": "tests.test_closing_failures.Overcharging",
}


def sealed(format_name: str = "sealed_first_price", title: str = "Sealed") -> Any:
    auction = AuctionFactory(format=format_name, title=title)
    bid(auction, UserFactory(), "20.00")
    return auction


def reread(*auctions: Any) -> list[str]:
    for auction in auctions:
        auction.refresh_from_db()
    return [auction.status for auction in auctions]


def test_the_others_close_and_the_bad_ones_are_put_off(settings: Any, caplog: Any) -> None:
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("lost",), "FORMATS": FORMATS}
    keyless = sealed()
    settings.CHOWK_AUCTIONS = {
        "SEALED_KEYS": ("kept",),
        "FORMATS": {**FORMATS, "withdrawn": FORMATS["english"]},
    }
    overcharged, readable = sealed("overcharging"), sealed()
    gone, unsold = AuctionFactory(format="withdrawn"), AuctionFactory()
    bid(gone, UserFactory(), "20.00")
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("kept",), "FORMATS": FORMATS}

    assert services.close_due_auctions(now=END) == 3

    assert reread(keyless, overcharged, readable, gone, unsold) == ["open", "open", "sold", "sold", "unsold"]
    assert keyless.close_error.startswith("SealedBidUnreadable: ")
    assert overcharged.close_error == "IntegrityError"
    assert (overcharged.bid_count, overcharged.bids.count()) == (0, 0)
    for auction in (keyless, overcharged):
        assert auction.close_failures == 1
        assert END < auction.close_retry_at <= END + timedelta(seconds=2)
        assert f"auction {auction.pk} cannot be closed" in caplog.text
    assert "Failing row" not in caplog.text  # PostgreSQL's complaint quotes the row, and what was bid


def test_it_is_tried_again_with_back_off_until_it_closes(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("old",)}
    auction, now = sealed(), END
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new",)}
    waits = []
    for failures in range(1, 7):
        assert services.close_due_auctions(now=now) == 0
        auction.refresh_from_db()
        assert auction.close_failures == failures
        waits.append(auction.close_retry_at - now)
        assert services.close_due_auctions(now=auction.close_retry_at - timedelta(microseconds=1)) == 0
        auction.refresh_from_db()
        assert auction.close_failures == failures  # not tried before its time
        now = auction.close_retry_at
    assert waits[-1] > 8 * waits[0]
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new", "old")}

    assert services.close_due_auctions(now=now) == 1

    assert reread(auction) == ["sold"]
    assert (auction.close_failures, auction.close_retry_at, auction.close_error) == (0, None, "")
    assert len(told("auctions.sold")) == 1


def test_staff_sees_it_and_has_it_tried_at_once(settings: Any) -> None:
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("old",)}
    auction, fine = (
        sealed(title="An envelope without its key"),
        AuctionFactory(title="Unsold without trouble"),
    )
    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new",)}
    services.close_due_auctions(now=END)
    browser = Client()
    browser.force_login(UserFactory(is_staff=True, is_superuser=True))
    name = f"admin:{auction._meta.app_label}_{auction._meta.model_name}"

    page = browser.get(reverse(f"{name}_changelist"), {"closing": "failing"}).content.decode()
    assert auction.title in page
    assert fine.title not in page
    form = browser.get(reverse(f"{name}_change", args=[auction.pk])).content.decode()
    assert "no key opens a sealed bid" in form

    settings.CHOWK_AUCTIONS = {"SEALED_KEYS": ("new", "old")}
    browser.post(
        reverse(f"{name}_changelist"), {"action": "close_again", "_selected_action": [str(auction.pk)]}
    )
    assert services.close_due_auctions(now=END) == 1
    assert reread(auction) == ["sold"]
