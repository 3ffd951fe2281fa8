import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from chowk_core import publishing
from chowk_core.models import Delivery, LoggedEvent, Stream
from chowk_core.publishing import publish, publish_all
from chowk_core.testing.events import published
from tests.diary.events import Written

NOTE = "tests.diary.handlers.note"
SECOND = "tests.diary.handlers.second"


@pytest.fixture
def subscribed(settings):
    settings.CHOWK_CORE = {"SUBSCRIPTIONS": {"diary.written": [NOTE, SECOND]}, "RELAY": "manual"}


@pytest.mark.django_db
def test_events_of_a_stream_are_numbered_without_gaps(subscribed):
    first = publish(Written(text="a"), stream="diary:1")
    other = publish(Written(text="b"), stream="diary:2")
    second = publish(Written(text="c"), stream="diary:1")
    assert [(e.stream, e.seq) for e in (first, other, second)] == [
        ("diary:1", 1),
        ("diary:2", 1),
        ("diary:1", 2),
    ]
    assert first.epoch == second.epoch == Stream.objects.get(name="diary:1").epoch
    assert published() == [first, other, second]


@pytest.mark.django_db
def test_an_event_without_stream_has_no_number(subscribed):
    publish(Written(text="a"))
    event = publish(Written(text="b"))
    assert (event.stream, event.seq, event.epoch) == ("", 0, "")
    assert not Stream.objects.exists()


@pytest.mark.django_db
def test_each_subscriber_gets_one_delivery(subscribed):
    event = publish(Written(text="a"), stream="diary:1")
    rows = Delivery.objects.order_by("pk").values_list("event_id", "stream", "handler", "state", "due_at")
    assert list(rows) == [
        (event.id, "diary:1", NOTE, "due", event.at),
        (event.id, "diary:1", SECOND, "due", event.at),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_nothing_and_no_gap(subscribed):
    with transaction.atomic():
        publish(Written(text="a"), stream="diary:1")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish(Written(text="b"), stream="diary:1")
        raise ZeroDivisionError
    with transaction.atomic():
        assert publish(Written(text="c"), stream="diary:1").seq == 2
    assert [event.payload["text"] for event in published()] == ["a", "c"]
    assert Delivery.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused(subscribed):
    with pytest.raises(TransactionManagementError, match=r"publish\(diary.written\) needs a transaction"):
        publish(Written(text="a"))
    assert not LoggedEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(text):
    with pytest.raises(ValueError, match="not JSON compliant"), transaction.atomic():
        publish(Written(text=text), stream="diary:1")
    assert not LoggedEvent.objects.exists()
    assert not Stream.objects.exists()


@pytest.mark.django_db
def test_a_payload_that_is_not_json_is_refused():
    with pytest.raises(TypeError, match="not JSON serializable"), transaction.atomic():
        publish(Written(text=object()))


@pytest.mark.django_db
def test_a_stream_name_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="at most 160 characters"):
        publish(Written(text="a"), stream="d" * 161)


@pytest.mark.django_db
@pytest.mark.parametrize("stream", ["diary:1", ""])
@pytest.mark.parametrize("subscribers", [[], [NOTE, SECOND]])
def test_publishing_takes_few_statements(settings, django_assert_num_queries, stream, subscribers):
    settings.CHOWK_CORE = {"SUBSCRIPTIONS": {"diary.written": subscribers}, "RELAY": "manual"}
    steps = 1 + bool(stream) + bool(subscribers)
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else steps):
        publish(Written(text="a"), stream=stream)


@pytest.mark.django_db
@pytest.mark.parametrize("subscribers", [[], [NOTE, SECOND]])
def test_many_events_take_two_statements(settings, django_assert_num_queries, subscribers):
    settings.CHOWK_CORE = {"SUBSCRIPTIONS": {"diary.written": subscribers}, "RELAY": "manual"}
    with django_assert_num_queries(1 + bool(subscribers)):
        publish_all([Written(text=str(number)) for number in range(20)])
    rows = LoggedEvent.objects.order_by("pk")
    assert [(row.payload["text"], row.stream, row.seq) for row in rows] == [
        (str(number), "", 0) for number in range(20)
    ]
    assert Delivery.objects.filter(state="due").count() == 20 * len(subscribers)


@pytest.mark.django_db(transaction=True)
def test_many_events_are_relayed_and_a_rollback_leaves_none(settings):
    settings.CHOWK_CORE = {"SUBSCRIPTIONS": {"diary.written": [NOTE, SECOND]}, "RELAY": "inline"}
    with transaction.atomic():
        publish_all([])
        publish_all([Written(text="a"), Written(text="b")])
    assert not Delivery.objects.exclude(state="done").exists()
    assert Delivery.objects.exists()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish_all([Written(text="c")])
        1 / 0  # noqa: B018
    assert LoggedEvent.objects.count() == 2
    with pytest.raises(transaction.TransactionManagementError):
        publish_all([Written(text="d")])


@pytest.mark.django_db
@pytest.mark.parametrize("stream", ["diary:1", ""])
@pytest.mark.parametrize("subscribers", [[], [NOTE, SECOND]])
def test_both_ways_of_writing_leave_the_same_rows(settings, stream, subscribers):
    settings.CHOWK_CORE = {"RELAY": "manual"}
    if connection.vendor != "postgresql":
        assert publishing._write_by_steps(Written(text="a"), stream, ()).seq == bool(stream)
        return
    left = []
    for write in (publishing._write_at_once, publishing._write_by_steps):
        event = write(Written(text={"é": ["\u2603", None, 1]}), stream, tuple(subscribers))
        row = LoggedEvent.objects.filter(pk=event.id).values("name", "payload", "stream", "seq").get()
        deliveries = Delivery.objects.filter(event_id=event.id).order_by("pk")
        left.append(
            (
                row,
                list(deliveries.values("stream", "handler", "state", "attempts", "done_at", "error")),
                list(Stream.objects.values("name", "last_seq", "pruned_seq")),
                event.payload,
                {delivery.due_at == event.at for delivery in deliveries},
            )
        )
        Delivery.objects.all().delete()
        LoggedEvent.objects.all().delete()
        Stream.objects.all().delete()
    assert left[0] == left[1]


@pytest.mark.django_db(transaction=True)
def test_publishers_to_one_stream_never_share_or_skip_a_number(subscribed):
    def publish_ten():
        for n in range(10):
            with transaction.atomic():
                publish(Written(text=str(n)), stream="diary:1")
        connection.close()

    threads = [threading.Thread(target=publish_ten) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(LoggedEvent.objects.values_list("seq", flat=True)) == list(range(1, 61))
    assert Stream.objects.get(name="diary:1").last_seq == 60


@pytest.mark.django_db
def test_the_database_refuses_a_number_twice():
    event = publish(Written(text="a"), stream="diary:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        LoggedEvent.objects.create(name="diary.written", payload={}, stream="diary:1", seq=event.seq)
