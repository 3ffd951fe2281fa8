"""The browser's client, in a real browser, against a real server."""

import os
import shutil

import pytest

from tests.realtime_site.serving import wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

START = """async ([path, stream, options]) => {
  const { connect } = await import("/static/chowk_core/stream.js");
  window.log = [];
  window.statuses = [];
  window.socket = connect(path, options);
  socket.on("status", (status) => statuses.push(status));
  socket.on("error", (error) => log.push(["error", error.code]));
  socket.on("gone", (frame) => log.push(["gone", frame.code]));
  window.subscription = stream ? socket.subscribe(stream) : socket;
  subscription.on("snapshot", (state, how) => log.push(["snapshot", how.seq, how.complete]));
  subscription.on("demo.said", (frame) => log.push(["said", frame.seq]));
}"""
HOOK = """
window.sockets = [];
window.dropSeq = null;
window.dropped = 0;
window.deaf = null;
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
  }
  set onmessage(handle) {
    super.onmessage = (event) => {
      if (deaf === this) return;
      if (dropSeq !== null && JSON.parse(event.data).seq === dropSeq) {
        dropSeq = null;
        dropped += 1;
      } else handle(event);
    };
  }
};"""


@pytest.fixture(scope="module")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_page(chromium):
    """Opens a page of a server; every page must end without an uncaught error."""
    context = chromium.new_context()
    context.add_init_script(HOOK)
    errors = []

    def open_at(server):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server.origin}/")
        return page

    yield open_at
    context.close()
    assert errors == []


@pytest.fixture
def page(open_page, server):
    return open_page(server)


def said(first, last):
    return [["said", seq] for seq in range(first, last + 1)]


def log(page):
    return page.evaluate("log")


def start(page, path="/ws/", stream=None, **options):
    page.evaluate(START, [path, stream, options])
    wait_until(lambda: log(page))


def test_events_arrive_in_order_after_the_snapshot(page, server, stream):
    server.say(stream, count=2)
    start(page, stream=stream)
    server.say(stream, first=3, count=30)
    wait_until(lambda: len(log(page)) == 31)
    assert log(page) == [["snapshot", 2, True], *said(3, 32)]


def test_a_route_subscribes_by_itself_and_takes_commands(page, server, stream):
    start(page, path=f"/ws/room/{stream.partition(':')[2]}/")
    assert page.evaluate("socket.send({type: 'say', n: 4})") == {"seq": 1, "by": ""}
    wait_until(lambda: log(page) == [["snapshot", 0, True], ["said", 1]])


@pytest.mark.parametrize("route", [False, True])
def test_a_broken_connection_is_resumed_without_gap_or_double(page, server, stream, route):
    path = f"/ws/room/{stream.partition(':')[2]}/" if route else "/ws/"
    start(page, path=path, stream=None if route else stream)
    server.say(stream, count=5)
    wait_until(lambda: len(log(page)) == 6)
    page.evaluate("sockets.at(-1).close()")
    server.say(stream, first=6, count=5)
    wait_until(lambda: "waiting" in page.evaluate("statuses"))
    wait_until(lambda: len(log(page)) == 11)
    server.say(stream, first=11)
    wait_until(lambda: len(log(page)) == 12)
    assert log(page) == [["snapshot", 0, True], *said(1, 11)]


@pytest.mark.slow
def test_a_server_that_restarts_is_found_again(open_page, serve, stream):
    server = serve()
    page = open_page(server)
    start(page, stream=stream)
    server.say(stream, count=3)
    wait_until(lambda: len(log(page)) == 4)
    server.restart()
    server.say(stream, first=4, count=3)
    wait_until(lambda: len(log(page)) == 7)
    assert log(page) == [["snapshot", 0, True], *said(1, 6)]


def test_a_gap_is_noticed_and_repaired(page, server, stream):
    """A frame is taken away on its way; the next one shows that it is missing."""
    page.evaluate("dropSeq = 3")
    start(page, stream=stream)
    server.say(stream, count=6)
    wait_until(lambda: len(log(page)) == 7)
    assert log(page) == [["snapshot", 0, True], *said(1, 6)]
    assert page.evaluate("dropped") == 1


def test_a_lost_last_frame_is_noticed_by_the_heartbeat(page, server, stream):
    page.evaluate("dropSeq = 3")
    start(page, stream=stream, heartbeat=200)
    server.say(stream, count=3)
    wait_until(lambda: len(log(page)) == 4)
    assert log(page) == [["snapshot", 0, True], *said(1, 3)]
    assert page.evaluate("dropped") == 1


def test_lost_history_starts_afresh(page, server, stream):
    server.say(stream, count=3)
    start(page, stream=stream)
    server.post("lose-history", stream=stream)
    wait_until(lambda: len(log(page)) == 2)
    server.say(stream)
    wait_until(lambda: len(log(page)) == 3)
    assert log(page) == [["snapshot", 3, True], ["snapshot", 0, True], ["said", 1]]


def test_a_silent_connection_is_given_up(page, server, stream):
    """Nothing arrives any more, not even the answer to a ping, and nobody closes."""
    start(page, stream=stream, heartbeat=100, patience=300)
    page.evaluate("() => { deaf = sockets.at(-1); }")
    wait_until(lambda: "waiting" in page.evaluate("statuses"))
    server.say(stream, count=2)
    wait_until(lambda: log(page) == [["snapshot", 0, True], *said(1, 2)])


def test_refusals_reject_with_their_code(page, server, stream):
    start(page, stream=stream)
    code = "(error) => [error.name, error.code, error.message]"
    assert page.evaluate(f"subscription.send({{type: 'enter'}}).catch({code})") == [
        "StreamError",
        "room_full",
        "This field is required.",
    ]
    assert page.evaluate(f"subscription.send({{type: 'fly'}}).catch({code})")[1] == "unknown_type"
    page.evaluate("socket.close()")
    assert page.evaluate(f"subscription.send({{type: 'say'}}).catch({code})")[1] == "disconnected"
    assert page.evaluate("statuses.at(-1)") == "closed"


def test_a_forbidden_route_is_not_tried_again(page):
    start(page, path="/ws/room/members/")
    wait_until(lambda: page.evaluate("statuses.at(-1)") == "closed")
    assert log(page) == [["error", "not_found"]]


def test_a_token_is_fetched_anew_for_each_connection(page, username):
    """Each lives longer than the one before: the first may have expired before a busy machine has used it."""
    page.evaluate(
        """async (username) => {
          const { connect } = await import("/static/chowk_core/stream.js");
          window.log = [];
          window.viewers = [];
          window.lives = [2, 4, 8, 16, 3600];
          const token = async () => {
            const body = JSON.stringify({ username, seconds: lives.shift() });
            const answer = await fetch("/sign-in/", { method: "POST", body, credentials: "omit" });
            return (await answer.json()).token;
          };
          window.socket = connect("/ws/", { token });
          socket.on("viewer", (viewer) => viewers.push(viewer));
          socket.subscribe("demo.room:members").on("snapshot", () => log.push("snapshot"));
        }""",
        username,
    )
    wait_until(lambda: len(page.evaluate("viewers")) >= 2)
    assert None not in page.evaluate("viewers")


def test_the_servers_clock_is_known(page, stream):
    """The browser's clock is an hour wrong; ``serverNow`` is not."""
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 3600000; }")
    start(page, stream=stream, heartbeat=50)
    wrong = "() => socket.serverNow() - (performance.timeOrigin + performance.now())"
    wait_until(lambda: abs(page.evaluate(wrong)) < 250)
