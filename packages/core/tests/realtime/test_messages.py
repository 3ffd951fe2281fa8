"""What clients send: commands, and everything that is wrong."""

import json

import pytest

from tests.realtime_site.serving import wait_until

WRONG = {
    "not_json": ["", "{", "NaN", '{"type": Infinity}', "[" * 5000],
    "not_object": ["[]", "1", "null", '"text"'],
    "bad_field": [
        "{}",
        '{"type": 1}',
        '{"type": "ping", "ref": {}}',
        '{"type": "ping", "ref": "' + "x" * 65 + '"}',
        '{"type": "subscribe", "stream": "demo.room:x", "since": "1"}',
        '{"type": "subscribe", "stream": "demo.room:x", "since": true}',
        '{"type": "subscribe", "stream": "demo.room:x", "since": -1}',
        '{"type": "subscribe", "stream": "demo.room:x", "since": 9223372036854775808}',
        '{"type": "subscribe", "stream": "demo.room:x", "epoch": 4}',
        '{"type": "authenticate"}',
    ],
    "not_found": [
        '{"type": "subscribe"}',
        '{"type": "subscribe", "stream": 7}',
        '{"type": "subscribe", "stream": "demo.room"}',
        '{"type": "subscribe", "stream": "demo.room:"}',
        '{"type": "subscribe", "stream": "demo.other:1"}',
        '{"type": "subscribe", "stream": "demo.room:members"}',
        '{"type": "subscribe", "stream": "demo.room:int-abc"}',
        json.dumps({"type": "subscribe", "stream": "demo.room:" + "x" * 200}),
        json.dumps({"type": "subscribe", "stream": "demo.room:\0"}),
    ],
    "not_subscribed": [
        '{"type": "say", "n": 1}',
        '{"type": "say", "n": 1, "stream": "demo.room:x"}',
        '{"type": "say", "n": 1, "stream": []}',
        '{"type": "unsubscribe", "stream": "demo.room:x"}',
    ],
    "invalid_token": ['{"type": "authenticate", "token": "x.y.z"}'],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in WRONG.items() for text in texts])
def test_a_wrong_message_is_refused_and_the_socket_stays(server, code, text):
    with server.client() as client:
        client.take("welcome")
        client.socket.send(text)
        error = client.take("error")
        assert error["code"] == code
        assert error["message"]
        assert client.ask(type="ping", ref="still here")["ref"] == "still here"
    assert "Traceback" not in server.log()


def test_a_forbidden_stream_and_a_missing_one_are_answered_alike(server):
    with server.client() as client:
        client.take("welcome")
        forbidden = client.ask(type="subscribe", stream="demo.room:members", ref=1)
        missing = client.ask(type="subscribe", stream="demo.nothing:members", ref=1)
    assert forbidden.pop("stream") != missing.pop("stream")
    assert forbidden == missing


def test_a_binary_message_is_refused(server):
    with server.client() as client:
        client.take("welcome")
        client.socket.send(b'{"type": "ping"}')
        assert client.take("error")["code"] == "binary_frame"


def test_a_message_that_is_too_large_is_refused(serve):
    server = serve(SOCKET_MAX_MESSAGE=100)
    with server.client() as client:
        client.take("welcome")
        assert client.ask(type="ping", ref=1, filler="é" * 29)["type"] == "pong"
        error = client.ask(type="ping", ref=1, filler="é" * 60)
        assert error["code"] == "too_large"
        assert "100" in error["message"]


def test_too_many_messages_are_refused_then_the_socket_is_closed(serve):
    server = serve(SOCKET_RATE=1, SOCKET_BURST=5)
    with server.client() as client:
        client.take("welcome")
        for n in range(10):
            client.send(type="ping", ref=n)
        answers = [client.take() for _ in range(10)]
        assert [a["type"] for a in answers] == ["pong"] * 5 + ["error"] * 5
        assert {a["code"] for a in answers[5:]} == {"too_fast"}
        assert [a["ref"] for a in answers] == list(range(10))
        assert client.closed() == 4429


def test_who_waits_may_go_on(serve):
    server = serve(SOCKET_RATE=20, SOCKET_BURST=20)
    with server.client() as client:
        client.take("welcome")
        while client.ask(type="ping", ref=1)["type"] == "pong":
            pass
        wait_until(lambda: client.ask(type="ping", ref=1)["type"] == "pong")


def test_a_socket_takes_so_many_streams(serve, stream):
    server = serve(SOCKET_MAX_STREAMS=2)
    with server.client() as client:
        client.take("welcome")
        client.subscribe(f"{stream}1")
        client.subscribe(f"{stream}2")
        assert client.ask(type="subscribe", stream=f"{stream}3")["code"] == "too_many_streams"
        assert client.subscribe(f"{stream}2")["complete"] is True
        assert client.ask(type="unsubscribe", stream=f"{stream}1")["type"] == "unsubscribed"
        client.subscribe(f"{stream}3")


def test_a_command_is_answered_with_its_ref_and_its_event_arrives(server, stream):
    key = stream.partition(":")[2]
    with server.client(f"ws/room/{key}/") as client:
        client.take("welcome")
        assert client.take("subscribed")["stream"] == stream
        client.send(type="say", n=5, ref="r1")
        frames = {frame["type"]: frame for frame in (client.take(), client.take())}
    assert frames["ok"] == {"type": "ok", "stream": stream, "data": {"seq": 1, "by": ""}, "ref": "r1"}
    assert frames["demo.said"]["data"]["n"] == 5


def test_a_domain_error_is_an_error_frame_with_its_code(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        error = client.ask(type="enter", stream=stream, ref=9)
    assert error == {
        "type": "error",
        "code": "room_full",
        "message": "This field is required.",
        "ref": 9,
        "stream": stream,
    }


def test_errors_are_told_in_the_clients_language(server, stream):
    with server.client(headers={"Accept-Language": "de"}) as german, server.client() as english:
        for client in (german, english):
            client.take("welcome")
            client.subscribe(stream)
        assert german.ask(type="enter", stream=stream)["message"] == "Dieses Feld ist zwingend erforderlich."
        assert english.ask(type="enter", stream=stream)["message"] == "This field is required."


def test_an_unknown_command_is_refused(server, stream):
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        error = client.ask(type="fly", stream=stream, ref=9)
    assert (error["code"], error["ref"]) == ("unknown_type", 9)
    assert "fly" in error["message"]


def test_a_mistake_in_a_command_is_an_error_frame_without_details(serve, stream):
    server = serve()
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        error = client.ask(type="break", stream=stream, ref=9)
        assert (error["code"], error["ref"]) == ("internal_error", 9)
        assert "mistake" not in error["message"]
        assert client.ask(type="ping", ref=1)["type"] == "pong"
    assert "a mistake of the package" in server.log()
