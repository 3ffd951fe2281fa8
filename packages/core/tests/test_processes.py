"""Real processes that are killed, told to stop, or compete."""

import json
import os
import secrets
import signal

import pytest
from django.db import connection, transaction
from kombu import Connection
from rest_framework.test import APIClient

from chowk_core.models import Delivery, IdempotencyKey, PeriodicRun
from chowk_core.publishing import publish
from chowk_core.relay import relay
from chowk_core.testing.forked import Python
from tests.diary.events import Written
from tests.diary.models import Entry
from tests.factories import UserFactory
from tests.realtime_site.serving import CORE, PATIENCE, Redis, wait_until

NOTE = "tests.diary.handlers.note"
KILL = "tests.diary.handlers.kill_once"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start(tmp_path, settings):
    """Starts processes on the test's database: ``start("-m", "django", "chowk_relay", handler=NOTE)``."""
    processes = []

    def run(*arguments, handler=NOTE, relay="manual", **environment):
        core = {"SUBSCRIPTIONS": {"diary.written": handler}, "RELAY": relay}
        settings.CHOWK_CORE = core
        processes.append(
            Python(
                arguments,
                folder=CORE,
                environment={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "tests.settings_process",
                    "DIARY_DATABASE": connection.settings_dict["NAME"],
                    "DIARY_CORE": json.dumps(core),
                    "DIARY_KILL_MARKER": str(tmp_path / "killed"),
                    **environment,
                },
                output=tmp_path / f"output{len(processes)}",
            )
        )
        return processes[-1]

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


def manage(*command):
    return ("-m", "django", *command)


def finish(process, returncode=0):
    code = process.wait(PATIENCE)
    output = process.output.read_text()
    assert code == returncode, output
    return output


def texts():
    return sorted(Entry.objects.values_list("text", flat=True))


def write(count=1, stream="diary:1"):
    for n in range(count):
        with transaction.atomic():
            publish(Written(text=f"{n:03}"), stream=stream)


def test_killed_between_commit_and_handler_nothing_is_lost(start):
    finish(start("-m", "tests.diary.process", "publish_and_die", relay="inline"), -signal.SIGKILL)
    assert texts() == []
    assert Delivery.objects.get().state == "due"
    assert finish(start(*manage("chowk_relay", "--once"))) == "1 done, 0 failed, 0 parked\n"
    assert texts() == ["note a"]


@pytest.mark.slow
def test_unhindered_the_same_process_relays_inline(start):
    finish(start("-m", "tests.diary.process", "publish", relay="inline"))
    assert texts() == ["note a"]


def test_killed_in_a_handler_its_effect_happens_once(start):
    finish(start("-m", "tests.diary.process", "publish", handler=KILL, relay="inline"), -signal.SIGKILL)
    assert texts() == []
    assert Delivery.objects.get().state == "due"
    for output in ("1 done, 0 failed, 0 parked\n", "0 done, 0 failed, 0 parked\n"):
        assert finish(start(*manage("chowk_relay", "--once"), handler=KILL)) == output
    assert texts() == ["survived a"]


def test_a_killed_keyed_request_is_taken_over_when_its_lease_is_over(start):
    user = UserFactory()
    finish(start("-m", "tests.diary.process", "request_and_die"), -signal.SIGKILL)
    assert texts() == []
    left = IdempotencyKey.objects.get()
    assert (left.state, left.scope) == ("running", f"user:{user.pk}")
    client = APIClient()
    client.force_authenticate(user)

    def send():
        return client.post("/api/write/", {"text": "a"}, headers={"Idempotency-Key": "k"})

    assert send().json()["errors"][0]["code"] == "idempotency_key_in_progress"
    IdempotencyKey.objects.update(lease_until=left.created_at)
    assert send().status_code == 201
    assert send().headers["Idempotent-Replayed"] == "true"
    assert texts() == ["a"]


@pytest.mark.slow
def test_two_relays_at_once_have_each_effect_once_and_in_order(start):
    start(*manage("check"))  # lets the test's own settings subscribe the handler
    for stream in ("diary:1", "diary:2", "diary:3", ""):
        write(40, stream)
    relays = [start(*manage("chowk_relay", "--once")) for _ in range(3)]
    done = sum(int(finish(process).split()[0]) for process in relays)
    assert done + relay().done == 160
    assert Entry.objects.count() == 160
    assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_relay_loop_delivers_and_ends_cleanly(start, number):
    process = start(*manage("chowk_relay", "--interval", "0.05", "--batch", "2"))
    write(5)
    wait_until(lambda: len(texts()) == 5)
    process.send_signal(number)
    assert finish(process) == ""


@pytest.mark.slow
def test_the_tick_loop_delivers_what_is_left_and_ends_cleanly(start):
    process = start(*manage("chowk_tick", "--interval", "0.05"))
    write(2)
    wait_until(lambda: len(texts()) == 2)
    process.send_signal(signal.SIGTERM)
    finish(process)
    assert PeriodicRun.objects.get(name="core.relay_left_overs").runs > 0


@pytest.mark.slow
def test_parked_deliveries_are_replayed_by_the_command(start):
    finish(start(*manage("chowk_relay", "--once")))
    write()
    Delivery.objects.update(state="parked")
    output = finish(start(*manage("chowk_relay", "--once", "--replay")))
    assert output == "1 parked deliveries are due again\n1 done, 0 failed, 0 parked\n"
    assert texts() == ["note 000"]


@pytest.fixture
def broker(tmp_path):
    redis = Redis(tmp_path)
    yield redis
    redis.stop()


@pytest.mark.slow
def test_celery_workers_relay_and_carry_on_after_a_kill_and_without_a_broker(start, broker):
    celery = {"relay": "celery", "handler": KILL, "DIARY_BROKER": broker.url}
    worker = ("-m", "celery", "-A", "tests.diary.celery_app", "worker", "--pool", "solo", "-l", "ERROR")
    publisher = ("-m", "tests.diary.process", "publish")

    finish(start(*publisher, **celery))
    finish(start(*worker, **celery), -signal.SIGKILL)
    assert texts() == []
    assert Delivery.objects.get().state == "due"

    finish(start(*publisher, **celery))
    second = start(*worker, **celery)
    wait_until(lambda: texts() == ["survived a", "survived a"])
    second.terminate()
    second.wait(PATIENCE)

    broker.stop()
    log = finish(start(*publisher, **celery))
    assert "are left for the next relay" in log
    assert Delivery.objects.filter(state="due").count() == 1
    finish(start(*manage("chowk_tick", "--once"), **celery))
    assert len(texts()) == 3
    broker.start()


@pytest.fixture
def queue(amqp_url):
    """The name of a queue of the test's own at RabbitMQ."""
    name = f"chowk-test-{secrets.token_hex(6)}"
    yield name
    with Connection(amqp_url) as connected:
        connected.default_channel.queue_delete(name)


@pytest.mark.slow
@pytest.mark.rabbitmq
def test_celery_relays_over_rabbitmq_too(start, amqp_url, queue):
    """What is published waits for a worker at the broker; what a killed one had taken comes with the next."""
    celery = {"relay": "celery", "handler": KILL, "DIARY_BROKER": amqp_url, "DIARY_QUEUE": queue}
    worker = ("-m", "celery", "-A", "tests.diary.celery_app", "worker", "--pool", "solo", "-l", "ERROR")

    finish(start("-m", "tests.diary.process", "publish", **celery))
    with Connection(amqp_url) as connected:
        assert connected.default_channel.queue_declare(queue, passive=True).message_count == 1
    finish(start(*worker, **celery), -signal.SIGKILL)
    assert (texts(), Delivery.objects.get().state) == ([], "due")

    second = start(*worker, **celery)
    finish(start("-m", "tests.diary.process", "publish", **celery))
    wait_until(lambda: texts() == ["survived a", "survived a"])
    second.terminate()
    second.wait(PATIENCE)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
