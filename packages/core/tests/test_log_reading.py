from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chowk_core import pruning
from chowk_core.models import Delivery, LoggedEvent, Stream
from chowk_core.periodic import tick
from chowk_core.pruning import prune, reset_stream
from chowk_core.publishing import publish
from chowk_core.relay import relay
from chowk_core.selectors import read
from tests.diary import handlers
from tests.diary.events import Written

DAY = timedelta(days=1)
NOTE = "tests.diary.handlers.note"


def write(*words, stream="diary:1", age=timedelta(0)):
    """Publish one event a word; ``age`` lets them have happened so long ago."""
    with transaction.atomic():
        events = [publish(Written(text=word), stream=stream) for word in words]
    if age:
        LoggedEvent.objects.filter(pk__in=[event.id for event in events]).update(at=timezone.now() - age)
    return events


def words(page):
    return [event.payload["text"] for event in page.events]


@pytest.mark.django_db
def test_a_resume_gets_what_came_since():
    write("a", "b", "c", "d")
    write("x", stream="diary:2")
    page = read("diary:1", since=2)
    assert words(page) == ["c", "d"]
    assert (page.from_seq, page.to_seq, page.last_seq, page.complete) == (3, 4, 4, True)
    assert page.epoch == Stream.objects.get(name="diary:1").epoch
    assert page.events[0].epoch == page.epoch


@pytest.mark.django_db
def test_reading_in_pieces():
    write("a", "b", "c", "d", "e")
    page = read("diary:1", limit=2)
    assert (words(page), page.from_seq, page.to_seq, page.last_seq) == (["a", "b"], 1, 2, 5)
    page = read("diary:1", since=page.to_seq, limit=2)
    assert (words(page), page.from_seq, page.to_seq, page.complete) == (["c", "d"], 3, 4, True)


@pytest.mark.django_db
def test_nothing_new_is_complete():
    (event,) = write("a")
    page = read("diary:1", since=1, epoch=event.epoch)
    assert (page.events, page.from_seq, page.to_seq, page.last_seq, page.complete) == ((), 2, 1, 1, True)


@pytest.mark.django_db
def test_a_stream_that_nobody_has_published_to_is_empty():
    page = read("diary:9")
    assert (page.events, page.from_seq, page.to_seq, page.last_seq) == ((), 1, 0, 0)
    assert (page.complete, page.epoch) == (True, "")
    assert not read("diary:9", since=3).complete
    assert not read("diary:9", epoch="abcd").complete


@pytest.mark.django_db
def test_streamless_events_belong_to_no_stream():
    write("a", stream="")
    assert read("").events == ()


@pytest.mark.django_db
def test_another_epoch_or_a_number_never_reached_starts_over():
    write("a", "b")
    for page in (read("diary:1", since=1, epoch="other"), read("diary:1", since=7)):
        assert words(page) == ["a", "b"]
        assert (page.from_seq, page.to_seq, page.complete) == (1, 2, False)


@pytest.mark.django_db
def test_a_read_takes_two_statements_that_use_an_index(django_assert_num_queries):
    write(*"abcdefgh")
    with django_assert_num_queries(2):
        read("diary:1", since=3)
    with CaptureQueriesContext(connection) as queries:
        read("diary:1", since=3)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[1]['sql']}")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {queries[1]['sql']}")
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "chowk_core_event_stream_seq" in plan


@pytest.mark.django_db(transaction=True)
def test_pruning_removes_what_is_old_and_tells_readers():
    write("a", "b", age=3 * DAY)
    write("c")
    write("x", stream="", age=3 * DAY)
    write("y", stream="")
    assert prune(before=timezone.now() - DAY) == 3
    assert [event.payload["text"] for event in LoggedEvent.objects.order_by("pk")] == ["c", "y"]
    assert Stream.objects.get().pruned_seq == 2
    page = read("diary:1", since=1)
    assert (words(page), page.from_seq, page.to_seq, page.complete) == (["c"], 3, 3, False)
    assert read("diary:1", since=2).complete
    assert not read("diary:1").complete
    assert prune(before=timezone.now() - DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_a_stream_pruned_to_nothing_keeps_its_numbers():
    write("a", "b", age=3 * DAY)
    prune(before=timezone.now())
    page = read("diary:1", since=1)
    assert (page.events, page.from_seq, page.to_seq, page.last_seq) == ((), 3, 2, 2)
    assert not page.complete
    assert read("diary:1", since=2).complete
    assert write("c")[0].seq == 3
    assert words(read("diary:1", since=2)) == ["c"]


@pytest.mark.django_db(transaction=True)
def test_pruning_keeps_what_handlers_have_yet_to_do_and_all_after_it(settings):
    settings.CHOWK_CORE = {
        "RELAY": "manual",
        "MAX_ATTEMPTS": 1,
        "SUBSCRIPTIONS": {"diary.written": NOTE},
    }
    handlers.broken.add("b")
    write("a", "b", "c", age=3 * DAY)
    write("d", stream="", age=3 * DAY)
    assert prune(before=timezone.now()) == 0
    relay()
    handlers.broken.clear()
    assert Delivery.objects.filter(state="parked").count() == 1
    assert prune(before=timezone.now()) == 2
    assert words(read("diary:1", since=1)) == ["b", "c"]
    assert Stream.objects.get().pruned_seq == 1
    assert Delivery.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_pruning_goes_on_beyond_a_batch(monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    for number in range(5):
        write("a", "b", "c", stream=f"diary:{number}", age=3 * DAY)
    write("d", "e", "f", stream="", age=3 * DAY)
    assert prune(before=timezone.now()) == 18
    assert set(Stream.objects.values_list("pruned_seq", flat=True)) == {3}


@pytest.mark.django_db(transaction=True)
def test_an_old_event_after_a_young_one_stays():
    write("a")
    write("b", age=3 * DAY)
    assert prune(before=timezone.now() - DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_a_reset_stream_begins_another_epoch(settings):
    settings.CHOWK_CORE = {"RELAY": "manual", "SUBSCRIPTIONS": {"diary.written": NOTE}}
    old = write("a", "b")[-1]
    with transaction.atomic():
        reset_stream("diary:1")
    new = write("c")[0]
    assert (new.seq, new.epoch == old.epoch) == (1, False)
    page = read("diary:1", since=1, epoch=old.epoch)
    assert (words(page), page.complete) == (["c"], False)
    assert Delivery.objects.count() == 1
    with pytest.raises(Stream.DoesNotExist):
        reset_stream("diary:2")


@pytest.mark.django_db(transaction=True)
def test_a_deleted_stream_comes_back_with_another_epoch():
    (old,) = write("a")
    LoggedEvent.objects.all().delete()
    Stream.objects.all().delete()
    (new,) = write("b")
    assert new.epoch != old.epoch
    assert not read("diary:1", since=1, epoch=old.epoch).complete


@pytest.mark.django_db(transaction=True)
def test_the_command_prunes_by_age():
    write("a", age=40 * DAY)
    write("b", age=20 * DAY)
    out = StringIO()
    call_command("chowk_prune", "--older-than", "30d", stdout=out)
    assert out.getvalue() == "1 events removed\n"


@pytest.mark.parametrize("age", ["30", "d", "0d", "-1d", "1.5h", "30y", "9" * 20 + "d", "", "x"])
def test_the_command_refuses_a_wrong_age(age):
    with pytest.raises(CommandError, match="--older-than: invalid duration value"):
        call_command("chowk_prune", f"--older-than={age}")


@pytest.mark.django_db(transaction=True)
def test_tick_prunes_only_if_the_site_says_how_long_events_are_kept(settings):
    write("a", age=40 * DAY)
    tick()
    assert LoggedEvent.objects.count() == 1
    settings.CHOWK_CORE = {"EVENT_RETENTION": 30 * DAY}
    tick(timezone.now() + DAY)
    assert LoggedEvent.objects.count() == 0
