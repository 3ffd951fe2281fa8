"""Many relays and publishers in one process, on one database."""

from collections import defaultdict

import pytest
from django.db import transaction

from chowk_core.models import Delivery
from chowk_core.publishing import publish
from chowk_core.relay import relay
from tests.diary.events import Written
from tests.diary.models import Entry
from tests.threads import at_once

NOTE = "tests.diary.handlers.note"
SECOND = "tests.diary.handlers.second"

pytestmark = pytest.mark.django_db(transaction=True)


def write(stream, number):
    with transaction.atomic():
        publish(Written(text=f"{stream} {number:03}"), stream=stream)


def effects():
    """The numbers that each handler noted, by handler and stream, in the order of their effects."""
    found = defaultdict(list)
    for text in Entry.objects.order_by("pk").values_list("text", flat=True):
        handler, stream, number = text.split()
        found[handler, stream].append(int(number))
    return dict(found)


def test_relays_at_once_have_each_effect_once_and_a_streams_in_order(settings):
    settings.CHOWK_CORE = {"RELAY": "manual", "SUBSCRIPTIONS": {"diary.written": [NOTE, SECOND]}}
    streams = [f"diary:{n}" for n in range(4)]
    for number in range(10):
        for stream in streams:
            write(stream, number)
    done = []
    at_once(6, lambda _: done.append(relay().done))
    assert sum(done) + relay().done == 80
    assert effects() == {
        (handler, stream): list(range(10)) for handler in ("note", "second") for stream in streams
    }


def test_inline_publishers_to_one_stream_leave_nothing_undelivered(settings):
    """Who finds an earlier delivery in other hands leaves its own to those, which must look again."""
    settings.CHOWK_CORE = {"RELAY": "inline", "SUBSCRIPTIONS": {"diary.written": NOTE}}

    def write_ten(thread):
        for number in range(10):
            write("diary:1", thread * 10 + number)

    at_once(6, write_ten)
    assert not Delivery.objects.exclude(state="done").exists()
    seen = effects()["note", "diary:1"]
    assert sorted(seen) == list(range(60))
    order = Delivery.objects.order_by("pk").values_list("event__payload__text", flat=True)
    assert [int(text.split()[1]) for text in order] == seen
