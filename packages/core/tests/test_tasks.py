"""Celery in this process, over its own in-memory broker; see test_processes for workers that are killed."""

import pytest
from celery import Celery, current_app
from celery.contrib.testing.worker import start_worker
from django.db import transaction

from chowk_core import tasks
from chowk_core.models import Delivery, PeriodicRun
from chowk_core.publishing import publish
from tests.diary.events import Written
from tests.diary.models import Entry
from tests.realtime_site.serving import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def celery(settings, monkeypatch):
    """A Celery application as the current one, and RELAY = "celery"."""
    settings.CHOWK_CORE = {
        "RELAY": "celery",
        "SUBSCRIPTIONS": {"diary.written": "tests.diary.handlers.note"},
    }
    monkeypatch.setattr(tasks, "_paused_until", 0.0)
    before = current_app._get_current_object()

    def application(broker):
        app = Celery("tests", broker=broker)
        app.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0}
        app.set_current()
        return app

    yield application
    before.set_current()


def write(stream):
    with transaction.atomic():
        publish(Written(text=stream), stream=stream)


def test_a_worker_runs_the_handlers_and_the_periodic_work(celery):
    app = celery("memory://")
    write("diary:1")
    write("")
    tasks.tick.delay()
    assert not Entry.objects.exists()
    with start_worker(app, perform_ping_check=False, pool="solo"):
        wait_until(lambda: Entry.objects.count() == 2)
        wait_until(lambda: PeriodicRun.objects.exclude(last_finished=None).count() == 3)


def test_a_broker_that_is_down_is_asked_once_and_loses_nothing(celery, caplog, monkeypatch):
    celery("amqp://127.0.0.1:1//")
    write("diary:1")
    assert caplog.text.count("are left for the next relay") == 1
    assert "Connection refused" in caplog.text
    write("diary:2")
    assert caplog.text.count("are left for the next relay") == 1
    assert Delivery.objects.filter(state="due").count() == 2
    monkeypatch.setattr(tasks, "_paused_until", 0.0)
    write("diary:3")
    assert caplog.text.count("are left for the next relay") == 2
    tasks.relay()
    assert Entry.objects.count() == 3
