import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from chowk_core.models import IdempotencyKey, PeriodicRun
from chowk_core.periodic import periodic_work, tick
from chowk_core.publishing import publish
from tests.diary.events import Written
from tests.diary.models import Entry

MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(settings):
    """CHOWK_CORE with only the periodic work that a test names."""

    def configure(periodic, **values):
        core = ("core.relay_left_overs", "core.prune_events", "core.forget_idempotency_keys")
        settings.CHOWK_CORE = {"PERIODIC": {**dict.fromkeys(core), **periodic}, **values}

    return configure


def texts():
    return list(Entry.objects.order_by("pk").values_list("text", flat=True))


@pytest.mark.django_db(transaction=True)
def test_work_runs_when_it_is_due_with_the_now_it_is_due_at(site):
    site({"diary.remember": ("tests.diary.services.remember", MINUTE)})
    now = timezone.now()
    assert tick(now) == {"diary.remember": True}
    assert tick(now + MINUTE / 2) == {}
    assert tick(now + MINUTE) == {"diary.remember": True}
    assert texts() == [f"tick {now.isoformat()}", f"tick {(now + MINUTE).isoformat()}"]
    run = PeriodicRun.objects.get()
    assert (run.runs, run.last_started, run.last_error) == (2, now + MINUTE, "")
    assert run.last_finished is not None


@pytest.mark.django_db(transaction=True)
def test_work_that_fails_is_noted_and_stops_no_other(site):
    site(
        {
            "diary.a": ("tests.diary.services.fail", MINUTE),
            "diary.b": ("tests.diary.services.missing", MINUTE),
            "diary.c": ("tests.diary.services.remember", MINUTE),
        }
    )
    now = timezone.now()
    assert tick(now) == {"diary.a": False, "diary.b": False, "diary.c": True}
    assert len(texts()) == 1
    assert "ValueError: no clock" in PeriodicRun.objects.get(name="diary.a").last_error
    assert 'does not define a "missing"' in PeriodicRun.objects.get(name="diary.b").last_error
    assert tick(now + MINUTE)["diary.a"] is False


def test_a_site_overrides_an_interval_or_removes_work(settings):
    settings.CHOWK_CORE = {
        "PERIODIC": {
            "core.prune_events": timedelta(days=1),
            "core.relay_left_overs": None,
            "site.own": ("tests.diary.services.remember", MINUTE),
        }
    }
    work = periodic_work()
    assert work["core.prune_events"].interval == timedelta(days=1)
    assert work["core.prune_events"].service == "chowk_core.periodic.prune_events"
    assert "core.relay_left_overs" not in work
    assert work["site.own"].interval == MINUTE


@pytest.mark.django_db(transaction=True)
def test_of_many_tickers_one_runs_the_work(site):
    site({"diary.remember": ("tests.diary.services.remember", MINUTE)})
    now = timezone.now()
    barrier = threading.Barrier(6)
    ran = []

    def ticker():
        for n in range(5):
            barrier.wait()
            ran.append(tick(now + n * MINUTE))
        connection.close()

    threads = [threading.Thread(target=ticker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 30
    assert sum(len(names) for names in ran) == 5
    assert len(texts()) == 5
    assert PeriodicRun.objects.get().runs == 5


@pytest.mark.django_db(transaction=True)
def test_tick_relays_what_was_left(settings):
    settings.CHOWK_CORE = {
        "RELAY": "manual",
        "SUBSCRIPTIONS": {"diary.written": "tests.diary.handlers.note"},
    }
    with transaction.atomic():
        publish(Written(text="a"), stream="diary:1")
    assert tick()["core.relay_left_overs"]
    assert texts() == ["note a"]


@pytest.mark.django_db(transaction=True)
def test_tick_forgets_expired_idempotency_keys(settings):
    now = timezone.now()
    for age in (25, 23):
        IdempotencyKey.objects.create(
            scope="user:1", key=str(age), created_at=now - timedelta(hours=age), lease_until=now - MINUTE
        )
    tick(now)
    assert IdempotencyKey.objects.get().key == "23"


@pytest.mark.django_db(transaction=True)
def test_the_command_says_what_it_ran(site):
    site(
        {
            "diary.a": ("tests.diary.services.fail", MINUTE),
            "diary.c": ("tests.diary.services.remember", MINUTE),
        }
    )
    out = StringIO()
    call_command("chowk_tick", "--once", stdout=out)
    assert out.getvalue() == "diary.a: failed\ndiary.c: done\n"


@pytest.mark.parametrize("interval", ["0", "-1", "soon", "nan", "1e300"])
def test_the_command_refuses_a_wrong_interval(interval):
    with pytest.raises(CommandError, match="--interval: invalid seconds value"):
        call_command("chowk_tick", f"--interval={interval}")
