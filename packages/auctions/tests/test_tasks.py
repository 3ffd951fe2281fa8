from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chowk_auctions import tasks
from chowk_auctions.models import get_auction_model
from chowk_auctions.services import close_auction
from chowk_core.periodic import tick
from tests.factories import AuctionFactory, UserFactory, bid

pytestmark = pytest.mark.django_db


@pytest.fixture
def lots():
    """Three whose time has come: to open, to close, to default."""
    now = timezone.now()
    past, week = now - timedelta(days=9), timedelta(days=7)
    opens = AuctionFactory(now=past, starts_at=now - timedelta(days=1), ends_at=now + week)
    closes = AuctionFactory(now=past, ends_at=past + week)
    defaults = AuctionFactory(now=past, ends_at=past + timedelta(days=1))
    bid(defaults, UserFactory(), "20.00", at=past + timedelta(hours=1))
    close_auction(auction_id=defaults.pk, now=past + timedelta(days=1))
    return opens, closes, defaults


def check(lots):
    rows = {row.pk: row for row in get_auction_model()._default_manager.all()}
    opens, closes, defaults = (rows[lot.pk] for lot in lots)
    assert (opens.status, closes.status) == ("open", "unsold")
    assert defaults.defaulted_at is not None


def test_celery_tasks_do_the_work(lots):
    tasks.open_due_auctions()
    tasks.close_due_auctions()
    tasks.default_overdue_settlements()
    check(lots)


def test_so_does_the_tick(lots):
    done = tick(timezone.now())
    assert {name: ok for name, ok in done.items() if name.startswith("auctions.")} == {
        "auctions.open_due": True,
        "auctions.close_due": True,
        "auctions.default_overdue": True,
        "auctions.ending_soon": True,
        "auctions.pursue_buyers": True,
        "auctions.relist_due": True,
        "auctions.remind_buyers": True,
    }
    check(lots)
