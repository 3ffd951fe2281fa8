"""Hints in several processes, over Redis, and without: frames may be late, never lost."""

import threading

import pytest

from tests.realtime_site.serving import Redis, Server, environment, wait_until


@pytest.fixture(scope="module")
def shared_redis(tmp_path_factory):
    started = Redis(tmp_path_factory.mktemp("redis"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def pair(database, shared_redis, tmp_path_factory):
    """Two servers on one Redis. They ask the log and the sockets once an hour only: the rest is hints."""
    logs = tmp_path_factory.mktemp("pair")
    shared = environment(database)
    settings = {"SOCKET_REDIS_URL": shared_redis.url, "SOCKET_POLL": 3600, "SOCKET_RECHECK": 3600}
    servers = [Server(shared, logs / name, **settings) for name in ("one", "other")]
    yield servers
    for server in servers:
        server.stop()


def test_another_process_is_heard_over_redis_at_once(pair, shared_redis, stream):
    one, other = pair
    with one.client() as client:
        client.take("welcome")
        subscribe_over_redis(client, shared_redis, stream)
        other.say(stream, count=50)
        other.say(stream, first=51, count=300, together=True)
        assert client.numbers(350) == list(range(1, 351))


def test_another_process_is_heard_without_redis_through_the_log(serve, server, stream):
    one = serve(SOCKET_POLL=0.2)
    with one.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.say(stream, count=60)
        assert client.numbers(60) == list(range(1, 61))


@pytest.mark.slow
def test_who_joins_ahead_of_the_hub_gets_nothing_twice(serve, server, stream):
    """The hub learns of another process's events from its poll; the newcomer has them from the snapshot."""
    one = serve(SOCKET_POLL=2)
    server.say(stream, first=0)
    with one.client() as early, one.client() as newcomer:
        early.take("welcome")
        early.subscribe(stream)
        newcomer.take("welcome")
        server.say(stream, count=10, together=True)
        assert newcomer.subscribe(stream)["to_seq"] == 11
        assert early.numbers(10) == list(range(2, 12))
        one.say(stream, first=11)
        assert newcomer.numbers(1) == [12]


def test_two_processes_write_at_once_and_all_see_one_order(pair, stream):
    clients = [server.client() for server in pair]
    for client in clients:
        client.take("welcome")
        client.subscribe(stream)
    writers = [
        threading.Thread(target=server.say, args=(stream,), kwargs={"first": first, "count": 100})
        for server, first in zip(pair, (1, 1001), strict=True)
    ]
    for writer in writers:
        writer.start()
    seen = [[client.take("demo.said") for _ in range(200)] for client in clients]
    for writer in writers:
        writer.join()
    for client in clients:
        client.close()
    assert [frame["seq"] for frame in seen[0]] == list(range(1, 201))
    assert seen[0] == seen[1]


def test_killed_redis_connections_lose_no_frame(pair, shared_redis, stream):
    one, other = pair
    with one.client() as client:
        client.take("welcome")
        subscribe_over_redis(client, shared_redis, stream)
        for first in range(1, 101, 10):
            other.say(stream, first=first, count=5, together=True)
            shared_redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            other.say(stream, first=first + 5, count=5, together=True)
        assert client.numbers(100) == list(range(1, 101))


@pytest.mark.slow
def test_redis_stopped_and_back(serve, redis, stream):
    one, other = (serve(SOCKET_REDIS_URL=redis.url, SOCKET_POLL=0.3) for _ in range(2))
    with one.client() as client, one.client() as late:
        for each in (client, late):
            each.take("welcome")
        subscribe_over_redis(client, redis, stream)
        other.say(stream, count=5)
        assert client.numbers(5) == [1, 2, 3, 4, 5]

        redis.stop()
        other.say(stream, first=6, count=5)
        assert client.numbers(5) == [6, 7, 8, 9, 10], "frames come through the log"
        late.subscribe(f"{stream}-late")
        other.say(f"{stream}-late")
        assert late.take("demo.said")["seq"] == 1, "and so do new subscriptions"

        redis.start()
        wait_until(lambda: heard(redis, stream) and heard(redis, f"{stream}-late"))
        other.say(stream, first=11, count=5)
        assert client.numbers(5) == [11, 12, 13, 14, 15]


def test_what_was_missed_without_redis_comes_when_it_is_back(serve, server, redis, stream):
    """Nobody sends a hint, and the log is asked once an hour only: it is asked on reconnecting."""
    one = serve(SOCKET_REDIS_URL=redis.url, SOCKET_POLL=3600)
    with one.client() as client:
        client.take("welcome")
        subscribe_over_redis(client, redis, stream)
        redis.stop()
        server.say(stream, count=5)
        redis.start()
        assert client.numbers(5) == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_redis_that_was_never_there_delays_and_loses_nothing(serve, stream):
    server = serve(SOCKET_REDIS_URL="redis://127.0.0.1:9/0", SOCKET_POLL=0.3)
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.say(stream, count=20)
        assert client.numbers(20) == list(range(1, 21))


def test_a_command_that_publishes_and_ends_is_heard(pair, shared_redis, stream):
    with pair[0].client() as client:
        client.take("welcome")
        subscribe_over_redis(client, shared_redis, stream)
        pair[0].run(PUBLISH_AND_END, stream)
        assert client.numbers(3) == [1, 2, 3]


def test_a_logout_in_another_process_closes_the_socket_at_once(pair, shared_redis, username):
    one, other = pair
    cookie = one.sign_in(username)["cookie"]
    with one.client(cookie=cookie) as client:
        client.take("welcome")
        subscribe_over_redis(client, shared_redis, "demo.room:members")
        other.post("sign-out", cookie=cookie)
        assert client.take("error")["code"] == "credentials_expired"
        assert client.closed() == 4401


def test_a_foreign_message_on_our_channel_is_ignored(pair, shared_redis, stream):
    server = pair[0]
    with server.client() as client:
        client.take("welcome")
        subscribe_over_redis(client, shared_redis, stream)
        for channel in shared_redis.command("PUBSUB", "CHANNELS").split():
            for text in ("", "{}", "[1]", '["", 0, 0, 0, 0, 0, 0]', "\\xff"):
                shared_redis.command("PUBLISH", channel, text)
        server.say(stream, count=2)
        assert client.numbers(2) == [1, 2]


def heard(redis, stream):
    """Whether a server listens to the stream at Redis."""
    return any(channel.endswith(f":{stream}") for channel in redis.command("PUBSUB", "CHANNELS").split())


def subscribe_over_redis(client, redis, stream):
    client.subscribe(stream)
    wait_until(lambda: heard(redis, stream))


PUBLISH_AND_END = """
import sys, django
django.setup()
from django.db import transaction
from chowk_core.publishing import publish
from tests.realtime_site.events import Said
with transaction.atomic():
    for n in range(3):
        publish(Said(n=n), stream=sys.argv[1])
"""
