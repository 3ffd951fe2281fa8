from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from chowk_core.models import Delivery
from chowk_core.publishing import publish
from chowk_core.relay import backoff, relay, replay
from chowk_core.testing.events import HandlerFailed, deliver_all, published
from tests.diary import handlers
from tests.diary.events import Echoed, Written
from tests.diary.models import Entry

NOTE = "tests.diary.handlers.note"
SECOND = "tests.diary.handlers.second"
ECHO = "tests.diary.handlers.echo"


@pytest.fixture(autouse=True)
def mended():
    handlers.broken.clear()
    handlers.depth = handlers.deepest = 0
    yield
    handlers.broken.clear()


@pytest.fixture
def site(settings):
    """Configure CHOWK_CORE: ``site(RELAY="inline")``; note and second listen to diary.written."""

    def configure(**values):
        settings.CHOWK_CORE = {
            "SUBSCRIPTIONS": {"diary.written": [NOTE, SECOND], "diary.echoed": ECHO},
            "RELAY": "manual",
            **values,
        }

    configure()
    return configure


def texts():
    return list(Entry.objects.order_by("pk").values_list("text", flat=True))


def write(*words, stream="diary:1"):
    with transaction.atomic():
        for word in words:
            publish(Written(text=word), stream=stream)


@pytest.mark.django_db(transaction=True)
def test_inline_handlers_have_run_when_the_commit_returns(site):
    site(RELAY="inline")
    with transaction.atomic():
        publish(Written(text="a"), stream="diary:1")
        assert texts() == []
    assert texts() == ["note a", "second a"]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_inline_runs_events_without_stream_too(site):
    site(RELAY="inline")
    write("a", stream="")
    assert texts() == ["note a", "second a"]


@pytest.mark.django_db(transaction=True)
def test_manual_relay_leaves_deliveries_to_others(site):
    write("a")
    assert texts() == []
    report = relay()
    assert (report.done, report.failed, report.parked) == (2, 0, 0)
    assert texts() == ["note a", "second a"]
    assert relay().handled == 0
    assert texts() == ["note a", "second a"]


@pytest.mark.django_db(transaction=True)
def test_a_failing_handler_fails_neither_the_publisher_nor_other_handlers(site):
    site(RELAY="inline")
    handlers.broken.add("a")
    write("a")
    assert texts() == ["second a"]
    failed = Delivery.objects.get(handler=NOTE)
    assert (failed.state, failed.attempts, failed.done_at) == ("due", 1, None)
    assert "RuntimeError: no ink for a" in failed.error
    assert timezone.now() < failed.due_at < timezone.now() + timedelta(seconds=2)


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_spoils_its_transaction_fails_like_any_other(site):
    site(SUBSCRIPTIONS={"diary.written": "tests.diary.handlers.spoil_transaction"})
    write("a")
    assert relay().failed == 1
    assert texts() == []
    assert "IntegrityError" in Delivery.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_a_retry_waits_for_its_time_and_then_succeeds(site):
    handlers.broken.add("a")
    write("a")
    relay()
    handlers.broken.clear()
    assert relay().handled == 0
    assert relay(now=timezone.now() + timedelta(seconds=2)).done == 1
    assert texts() == ["second a", "note a"]
    assert Delivery.objects.get(handler=NOTE).error == ""


@pytest.mark.django_db(transaction=True)
def test_a_handler_gets_a_streams_events_in_order_and_waits_for_a_failed_one(site):
    handlers.broken.add("b")
    write("a", "b", "c")
    write("d", stream="diary:2")
    relay()
    assert [t for t in texts() if t.startswith("note")] == ["note a", "note d"]
    assert [t for t in texts() if t.startswith("second")] == ["second a", "second b", "second c", "second d"]
    handlers.broken.clear()
    relay(now=timezone.now() + timedelta(seconds=2))
    assert [t for t in texts() if t.startswith("note")] == ["note a", "note d", "note b", "note c"]


@pytest.mark.django_db(transaction=True)
def test_after_max_attempts_a_delivery_is_parked_and_holds_nothing_back(site):
    site(MAX_ATTEMPTS=2)
    handlers.broken.add("a")
    write("a", "b")
    relay()
    report = relay(now=timezone.now() + timedelta(hours=1))
    assert (report.done, report.parked) == (1, 1)
    assert texts() == ["second a", "second b", "note b"]
    parked = Delivery.objects.get(state="parked")
    assert (parked.handler, parked.attempts) == (NOTE, 2)
    assert "RuntimeError: no ink for a" in parked.error


@pytest.mark.django_db(transaction=True)
def test_replay_makes_parked_deliveries_due_again_and_leaves_others_alone(site):
    site(MAX_ATTEMPTS=1)
    handlers.broken.add("a")
    write("a")
    relay()
    handlers.broken.clear()
    assert replay(Delivery.objects.all()) == 1
    assert relay().done == 1
    assert texts() == ["second a", "note a"]
    assert replay(Delivery.objects.all()) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["tests.nowhere.handler", "tests.diary.handlers.missing", "nonsense"])
def test_a_handler_that_cannot_be_imported_parks_at_once_and_says_so(site, path):
    site(SUBSCRIPTIONS={"diary.written": path})
    write("a")
    assert relay().parked == 1
    error = Delivery.objects.get().error
    assert f"The handler {path} cannot be imported" in error
    assert "Install it again" in error


@pytest.mark.django_db(transaction=True)
def test_events_that_handlers_publish_are_relayed_inline_without_nesting(site):
    site(RELAY="inline", SUBSCRIPTIONS={"diary.written": ECHO, "diary.echoed": ECHO})
    write("a")
    assert texts() == ["echo 3", "echo 2", "echo 1", "echo 0"]
    assert handlers.deepest == 1
    assert [event.seq for event in published()] == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_events_in_a_circle_stop_at_the_inline_limit_and_go_on_later(site):
    site(RELAY="inline", INLINE_LIMIT=5)
    with transaction.atomic():
        publish(Echoed(text="a", rounds=7), stream="diary:1")
    assert len(texts()) == 5
    relay()
    assert len(texts()) == 8


@pytest.mark.django_db(transaction=True)
def test_relay_stops_at_its_limit_and_when_told(site):
    write("a", "b")
    assert relay(limit=1).handled == 1
    assert relay(stop=lambda: True).handled == 0
    assert relay().handled == 3


def test_backoff_doubles_up_to_its_limit_with_jitter(settings):
    settings.CHOWK_CORE = {"BACKOFF": timedelta(seconds=2), "BACKOFF_LIMIT": timedelta(seconds=60)}
    for attempts, whole in [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (9, 60), (10_000, 60)]:
        waits = {backoff(attempts).total_seconds() for _ in range(50)}
        assert whole / 2 <= min(waits) < max(waits) <= whole


@pytest.mark.django_db
def test_deliver_all_works_inside_a_test_transaction_and_reports_failures(site):
    publish(Echoed(text="a", rounds=2), stream="diary:1")
    assert deliver_all().done == 3
    handlers.broken.add("b")
    publish(Written(text="b"), stream="diary:1")
    with pytest.raises(HandlerFailed, match="no ink for b"):
        deliver_all()
    assert deliver_all(tolerate_failures=True).done == 1
    with pytest.raises(HandlerFailed, match="no ink for b"):
        deliver_all(now=timezone.now() + timedelta(hours=2))
