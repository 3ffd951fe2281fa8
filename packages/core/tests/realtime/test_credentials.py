"""Who may open a socket, and for how long it may stay."""

import time

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.realtime_site.serving import PATIENCE, Server, environment


@pytest.fixture(scope="module")
def watchful(database, tmp_path_factory):
    """A server that asks open sockets again all the time."""
    served = Server(environment(database), tmp_path_factory.mktemp("watchful") / "log", SOCKET_RECHECK=0.3)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def unasking(database, tmp_path_factory):
    """A server whose next round of asking open sockets is an hour away."""
    served = Server(environment(database), tmp_path_factory.mktemp("unasking") / "log", SOCKET_RECHECK=3600)
    yield served
    served.stop()


def test_a_session_opens_a_socket(server, username):
    user = server.sign_in(username)
    with server.client(cookie=user["cookie"]) as client:
        assert client.take("welcome")["viewer"] == user["id"]
        client.subscribe("demo.room:members")


def test_a_token_opens_a_socket(server, username):
    user = server.sign_in(username)
    with server.client(token=user["token"]) as client:
        assert client.socket.subprotocol == "chowk.v1"
        assert client.take("welcome")["viewer"] == user["id"]
        client.subscribe("demo.room:members")


def test_a_token_in_a_header_opens_a_socket(server, username):
    user = server.sign_in(username)
    with connect(
        f"ws://127.0.0.1:{server.port}/ws/",
        origin=server.origin,
        additional_headers={"Authorization": f"Bearer {user['token']}"},
    ) as socket:
        assert f'"viewer":"{user["id"]}"' in socket.recv(timeout=PATIENCE)


@pytest.mark.parametrize("token", ["x", "x.y.z", "eyJhbGciOiJub25lIn0.e30."])
def test_a_wrong_token_is_told_and_closed(server, token):
    with server.client(token=token) as client:
        assert client.take("error")["code"] == "invalid_token"
        assert client.closed() == 4401


def test_a_token_of_an_inactive_user_opens_nothing(server, username):
    token = server.sign_in(username)["token"]
    server.post("change-user", username=username, to={"is_active": False})
    with server.client(token=token) as client:
        assert client.take("error")["code"] == "invalid_token"


def test_a_wrong_session_is_nobody(server):
    with server.client(cookie="sessionid=invented") as client:
        assert client.take("welcome")["viewer"] is None


@pytest.mark.parametrize("path", ["ws/room/members/", "ws/room/int-x/"])
def test_a_route_that_is_not_for_the_viewer_is_not_found(server, path):
    with server.client(path) as client:
        client.take("welcome")
        assert client.take("error")["code"] == "not_found"
        assert client.closed() == 4404


def test_a_page_of_another_site_cannot_connect(server, username):
    cookie = server.sign_in(username)["cookie"]
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            f"ws://127.0.0.1:{server.port}/ws/",
            origin="https://evil.example",
            additional_headers={"Cookie": cookie},
        ),
    ):
        pass
    assert refused.value.response.status_code == 403


def opened(server, username):
    """A socket with a token that expires soon, the token, and when. On a busy machine soon is later."""
    for seconds in (2, 4, 8, 16):
        expiry = time.time() + seconds
        token = server.sign_in(username, seconds=seconds)["token"]
        client = server.client(token=token)
        if client.take()["type"] == "welcome" and time.time() < expiry - 1:
            return client, token, expiry
        client.close()
    raise AssertionError("every token had expired before the socket was open")


def test_an_open_socket_closes_when_its_token_expires(server, username):
    client, token, _expiry = opened(server, username)
    with client:
        client.subscribe("demo.room:members")
        assert client.take("error")["code"] == "credentials_expired"
        assert client.closed() == 4401
    with server.client(token=token) as client:
        assert client.take("error")["code"] == "invalid_token"


def test_a_fresh_token_keeps_the_socket_open(server, username):
    fresh = server.sign_in(username, seconds=3600)["token"]
    client, _token, expiry = opened(server, username)
    with client:
        assert client.ask(type="authenticate", token=fresh, ref=1)["type"] == "authenticated"
        while time.time() < expiry + 0.3:
            assert client.ask(type="ping", ref=2)["type"] == "pong"
            time.sleep(0.1)


def test_another_users_token_is_refused(server, username):
    token = server.sign_in(username)["token"]
    others = server.sign_in(f"{username}-other")["token"]
    with server.client(token=token) as client:
        client.take("welcome")
        assert client.ask(type="authenticate", token=others, ref=1)["code"] == "invalid_token"


def test_logging_out_closes_the_users_open_sockets_at_once(unasking, username):
    cookie = unasking.sign_in(username)["cookie"]
    with unasking.client(cookie=cookie) as client:
        client.take("welcome")
        client.subscribe("demo.room:members")
        unasking.post("sign-out", cookie=cookie)
        assert client.take("error")["code"] == "credentials_expired"
        assert client.closed() == 4401


def test_logging_out_of_one_session_leaves_the_other(server, username):
    first = server.sign_in(username)["cookie"]
    second = server.sign_in(username)["cookie"]
    with server.client(cookie=first) as closing, server.client(cookie=second) as staying:
        staying.take("welcome")
        server.post("sign-out", cookie=first)
        assert closing.closed() == 4401
        assert staying.ask(type="ping", ref=1)["type"] == "pong"


@pytest.mark.parametrize("how", ["cookie", "token"])
def test_a_closed_account_is_noticed_while_the_socket_is_open(watchful, username, how):
    user = watchful.sign_in(username)
    with watchful.client(**{how: user[how]}) as client:
        client.take("welcome")
        watchful.post("change-user", username=username, to={"is_active": False})
        assert client.take("error")["code"] == "credentials_expired"
        assert client.closed() == 4401


def test_a_command_after_logout_is_not_done(unasking, stream, username):
    """Nothing tells of it: the command itself asks again."""
    user = unasking.sign_in(username)
    with unasking.client(cookie=user["cookie"]) as client, unasking.client() as watching:
        watching.take("welcome")
        watching.subscribe(stream)
        client.take("welcome")
        client.subscribe(stream)
        unasking.post("change-user", username=username, to={"is_active": False})
        assert client.ask(type="say", n=1, stream=stream)["code"] == "credentials_expired"
        assert client.closed() == 4401
        assert watching.ask(type="ping", ref=1)["seqs"] == {stream: 0}


def test_what_the_viewer_may_no_longer_see_ends(watchful, username):
    cookie = watchful.sign_in(username)["cookie"]
    stream = f"demo.room:of-{username}"
    with (
        watchful.client(cookie=cookie) as client,
        watchful.client(f"ws/room/of-{username}/", cookie=cookie) as on_route,
    ):
        for one in (client, on_route):
            one.take("welcome")
        client.subscribe(stream)
        on_route.take("subscribed")
        watchful.post("change-user", username=username, to={"username": f"{username}-renamed"})
        gone = client.take("unsubscribed")
        assert (gone["stream"], gone["code"]) == (stream, "not_found")
        assert client.ask(type="say", n=1, stream=stream)["code"] == "not_subscribed"
        assert on_route.closed() == 4404


def test_a_viewer_who_becomes_staff_sees_as_staff(watchful, stream, username):
    cookie = watchful.sign_in(username)["cookie"]
    with watchful.client(cookie=cookie) as client:
        client.take("welcome")
        client.subscribe(stream)
        watchful.say(stream, secret="s")
        assert "secret" not in client.take("demo.said")["data"]
        watchful.post("change-user", username=username, to={"is_staff": True})
        n = 1
        while True:
            n += 1
            watchful.say(stream, first=n, secret="s")
            frame = client.take("demo.said")
            assert frame["seq"] == n
            if "secret" in frame["data"]:
                break
