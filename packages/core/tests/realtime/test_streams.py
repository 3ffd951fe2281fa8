"""Subscribing, resuming and tailing, against a real server."""

import json
import threading

import pytest

from tests.realtime_site.serving import PATIENCE, wait_until


def test_live_frames_come_in_order(server, stream):
    with server.client() as client:
        assert client.take("welcome")["viewer"] is None
        opening = client.subscribe(stream, ref="a")
        assert (opening["from_seq"], opening["to_seq"], opening["complete"]) == (1, 0, True)
        assert opening["ref"] == "a"

        server.say(stream, count=20)

        frames = [client.take("demo.said") for _ in range(20)]
    assert [frame["seq"] for frame in frames] == list(range(1, 21))
    assert [frame["data"]["n"] for frame in frames] == list(range(1, 21))
    assert {frame["stream"] for frame in frames} == {stream}
    assert len({frame["epoch"] for frame in frames}) == 1


def test_a_burst_of_300_loses_nothing(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.say(stream, count=300, together=True)
        assert client.numbers(300) == list(range(1, 301))


def test_resume_sends_what_was_missed_then_tails(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.say(stream, count=3)
        epoch = [client.take() for _ in range(3)][-1]["epoch"]
    server.say(stream, first=4, count=5)

    with server.client() as client:
        client.take("welcome")
        opening = client.subscribe(stream, since=3, epoch=epoch)
        assert (opening["from_seq"], opening["to_seq"]) == (4, 8)
        assert opening["complete"] is True
        assert opening["snapshot"] is None
        server.say(stream, first=9, count=2)
        assert client.numbers(7) == [4, 5, 6, 7, 8, 9, 10]


def test_a_route_resumes_by_its_query(server, stream):
    server.say(stream, count=4)
    with server.client(f"ws/room/{stream.partition(':')[2]}/?since=2") as client:
        client.take("welcome")
        assert client.take("subscribed")["from_seq"] == 3
        assert client.numbers(2) == [3, 4]


@pytest.mark.parametrize("since", ["9" * 5000, "soon", "-1"], ids=len)
def test_a_route_refuses_a_since_that_is_no_number(server, stream, since):
    with server.client(f"ws/room/{stream.partition(':')[2]}/?since={since}") as client:
        client.take("welcome")
        assert client.take("error")["code"] == "bad_field"


@pytest.mark.parametrize("since", [7, 2**40])
def test_a_client_ahead_of_the_log_starts_afresh(server, stream, since):
    server.say(stream, count=3)
    with server.client() as client:
        client.take("welcome")
        opening = client.subscribe(stream, since=since)
    assert opening["complete"] is False
    assert opening["snapshot"] == {"first_read": 3, "second_read": 3}
    assert opening["to_seq"] == 3


def test_another_epoch_means_that_history_is_lost(server, stream):
    server.say(stream, count=3)
    with server.client() as client:
        client.take("welcome")
        assert client.subscribe(stream, since=2, epoch="other")["complete"] is False


def test_pruned_events_mean_that_history_is_lost(server, stream):
    server.say(stream, count=5)
    server.post("prune", stream=stream, seq=3)
    with server.client() as client:
        client.take("welcome")
        assert client.subscribe(stream, since=2)["complete"] is False
        assert client.subscribe(stream, since=3)["complete"] is True
        assert client.numbers(2) == [4, 5]


def test_too_much_to_replay_means_a_snapshot(serve, stream):
    server = serve(SOCKET_RESUME_LIMIT=10)
    server.say(stream, count=20, together=True)
    with server.client() as client:
        client.take("welcome")
        assert client.subscribe(stream, since=9)["complete"] is False
        assert client.subscribe(stream, since=10)["complete"] is True


def test_open_sockets_are_told_when_history_is_lost(server, stream):
    server.say(stream, count=3)
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.post("lose-history", stream=stream)

        reset = client.take("reset")
        assert reset == {"type": "reset", "stream": stream, "epoch": "after"}

        opening = client.subscribe(stream)
        assert (opening["to_seq"], opening["epoch"]) == (0, "after")
        server.say(stream)
        assert client.take("demo.said")["epoch"] == "after"


def test_a_longer_history_of_another_epoch_is_told_too(serve, server, stream):
    """Another process rewrites history; its numbers go past ours before the log is asked."""
    one = serve(SOCKET_POLL=1)
    server.say(stream, count=3)
    with one.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.post("lose-history", stream=stream)
        server.say(stream, count=5)
        assert client.take("reset")["epoch"] == "after"


def test_the_snapshot_is_the_state_at_its_number(server):
    """A writer commits all the while; the snapshot reads twice, and slowly."""
    stream = "demo.room:slow-snapshot"
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            n += 1
            server.say(stream, first=n)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with server.client() as client:
            client.take("welcome")
            for _ in range(2):
                client.send(type="subscribe", stream=stream)
                while (frame := client.take())["type"] != "subscribed":
                    pass
                assert frame["snapshot"] == {"first_read": frame["to_seq"], "second_read": frame["to_seq"]}
                first = frame["to_seq"] + 1
                assert client.numbers(3) == [first, first + 1, first + 2]
    finally:
        stop.set()
        writer.join()


def test_joining_in_the_middle_of_writing_leaves_no_gap_and_no_double(server, stream):
    writer = threading.Thread(target=server.say, args=(stream,), kwargs={"count": 200})
    writer.start()
    try:
        clients = []
        for _ in range(8):
            client = server.client()
            client.take("welcome")
            client.send(type="subscribe", stream=stream, since=0)
            clients.append(client)
        for client in clients:
            client.take("subscribed")
            assert client.numbers(200) == list(range(1, 201))
            client.close()
    finally:
        writer.join()


def test_what_is_hidden_is_skipped_and_never_sent(server, stream, username):
    staff = server.sign_in(username, staff=True)["cookie"]
    with server.client(cookie=staff) as inside, server.client() as outside:
        for client in (inside, outside):
            client.take("welcome")
            client.subscribe(stream)
        server.say(stream, secret="the reserve is 900")
        server.say(stream, first=2, whisper=True)
        server.say(stream, first=3)

        assert inside.take()["data"] == {"n": 1, "secret": "the reserve is 900", "filler": ""}
        assert inside.take("demo.whispered")["seq"] == 2
        text = outside.socket.recv(timeout=PATIENCE)
        assert "reserve" not in text
        assert json.loads(text)["data"] == {"n": 1, "filler": ""}
        skip = outside.take("skip")
        assert (skip["from_seq"], skip["seq"]) == (2, 2)
        assert "data" not in skip
        assert outside.take("demo.said")["seq"] == 3

    with server.client() as outside:
        outside.take("welcome")
        outside.subscribe(stream, since=0)
        assert [outside.take()["type"] for _ in range(3)] == ["demo.said", "skip", "demo.said"]


def test_a_mistake_in_presenting_hides_the_event_and_goes_on(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        server.say(stream, first=-1, count=2)
        assert client.take("skip")["seq"] == 1
        assert client.take("demo.said")["seq"] == 2


def test_one_socket_takes_many_streams(server, stream):
    other = f"{stream}-other"
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        client.subscribe(other)
        server.say(stream)
        server.say(other, count=2)
        assert [(f["stream"], f["seq"]) for f in (client.take() for _ in range(3))] == [
            (stream, 1),
            (other, 1),
            (other, 2),
        ]
        assert client.ask(type="ping", ref=1)["seqs"] == {stream: 1, other: 2}
        assert client.ask(type="unsubscribe", stream=stream)["type"] == "unsubscribed"
        server.say(stream, first=2)
        server.say(other, first=3)
        assert client.take("demo.said")["stream"] == other


def test_with_the_last_socket_the_server_forgets_the_stream(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        assert stream in server.state()["watched"]
    wait_until(lambda: server.state() == {"watched": [], "connections": 0})
