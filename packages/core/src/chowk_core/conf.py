"""Settings of chowk_core: ``CHOWK_CORE = {…}``."""

from __future__ import annotations

from datetime import timedelta
from types import NoneType
from typing import Any

from chowk_core.package_settings import PackageSettings, Periodic, Policy, PolicyMap, Setting, Subscriptions
from chowk_core.panels import Panels


def _relay(value: str) -> str | None:
    return None if value in {"inline", "celery", "manual"} else "should be 'inline', 'celery' or 'manual'"


def _positive(value: Any) -> str | None:
    return None if value > type(value)(0) else "should be more than nothing"


class CoreSettings(PackageSettings):
    """The event log, its relay, sockets, idempotency keys and periodic work."""

    prefix = "CHOWK_CORE"

    SUBSCRIPTIONS = Subscriptions(
        {}, "The site's own handlers: event name to one or several dotted paths, beside the packages' own."
    )
    RELAY = Setting(
        "inline",
        "Who runs handlers after a commit: 'inline' (this process, at once), 'celery' (a worker) or "
        "'manual' (only `chowk_relay`). `chowk_tick` and `chowk_relay` pick up what was left in every case.",
        validate=_relay,
    )
    MAX_ATTEMPTS = Setting(
        8, "After so many failed runs a delivery is parked until somebody replays it.", validate=_positive
    )
    BACKOFF = Setting(
        timedelta(seconds=2),
        "Wait before the first retry of a handler; doubles each time, with jitter.",
        validate=_positive,
    )
    BACKOFF_LIMIT = Setting(
        timedelta(hours=1), "The longest wait between two retries of a handler.", validate=_positive
    )

    # Pages
    CARDS: PolicyMap[Any] = PolicyMap(
        {}, "How the site's own objects look to packages that link to them: target type to `cards.DrawCards`."
    )
    PANELS = Panels({}, "What the site itself puts on packages' pages: place to one or several `DrawPanels`.")

    # Sockets
    STREAMS: PolicyMap[Any] = PolicyMap(
        {}, "The site's own realtime streams: name to the dotted path of an EventStream subclass."
    )
    SOCKET_REDIS_URL = Setting(
        "",
        "Where processes tell each other of new events, such as 'redis://127.0.0.1:6379/0' (extra `redis`). "
        "Empty: only this process is told at once; others find new events within SOCKET_POLL.",
    )
    SOCKET_PREFIX = Setting("chowk", "What the names of our Redis channels begin with.")
    SOCKET_POLL = Setting(
        timedelta(seconds=1),
        "How often watched streams are compared with the log: the longest delay of a frame whose hint was "
        "lost.",
        validate=_positive,
    )
    SOCKET_RECHECK = Setting(
        timedelta(seconds=10),
        "How often open sockets' sessions, tokens, accounts and permissions are asked again: the longest "
        "time a socket outlives a logout.",
        validate=_positive,
    )
    SOCKET_RATE = Setting(10, "Messages a second a socket may send in the long run.", validate=_positive)
    SOCKET_BURST = Setting(40, "Messages a socket may send at once after a silence.", validate=_positive)
    SOCKET_MAX_MESSAGE = Setting(
        16_384, "The largest message a socket may send, in bytes.", validate=_positive
    )
    SOCKET_MAX_STREAMS = Setting(50, "Streams one socket may be subscribed to.", validate=_positive)
    SOCKET_BACKLOG = Setting(
        256,
        "Frames that may wait for a socket whose network is full; one more and it is cut.",
        validate=_positive,
    )
    SOCKET_STALL = Setting(
        timedelta(seconds=10),
        "How long a socket may accept nothing while frames wait for it; then it is cut.",
        validate=_positive,
    )
    SOCKET_RESUME_LIMIT = Setting(
        1000, "Events replayed to a returning client; one that missed more starts afresh.", validate=_positive
    )
    SOCKET_THREADS = Setting(
        4, "Threads of a process for the database work of its sockets.", validate=_positive
    )
    SOCKET_TOKEN_VIEWER: Policy[Any] = Policy(
        "chowk_core.realtime.authentication.simplejwt_viewer",
        "Who a token is: called with its text, answers (user, expiry as Unix seconds or None) or raises "
        "InvalidCredentials.",
    )
    INLINE_LIMIT = Setting(
        1000,
        "How many deliveries one commit may run inline; the rest waits for the next relay. Keeps events "
        "that cause each other in a circle from holding a request for ever.",
        validate=_positive,
    )
    EVENT_RETENTION = Setting[timedelta | None](
        None,
        "How long `chowk_tick` keeps events whose handlers are all done. None: until `chowk_prune`.",
        type=(timedelta, NoneType),
    )
    PERIODIC = Periodic(
        {
            "core.relay_left_overs": ("chowk_core.periodic.relay_left_overs", timedelta(seconds=1)),
            "core.prune_events": ("chowk_core.periodic.prune_events", timedelta(hours=1)),
            "core.forget_idempotency_keys": (
                "chowk_core.periodic.forget_idempotency_keys",
                timedelta(minutes=10),
            ),
        },
        "Core's own periodic work, which `chowk_tick` runs.",
    )
    IDEMPOTENCY_LEASE = Setting(
        timedelta(seconds=60),
        "How long a request holds its Idempotency-Key before a retry may take over. Longer than your "
        "slowest unsafe request: one that outlives its lease is rolled back once another has taken over.",
        validate=_positive,
    )
    IDEMPOTENCY_LIFETIME = Setting(
        timedelta(hours=24), "How long the answer to an Idempotency-Key is kept.", validate=_positive
    )
    PAGE_SIZE = Setting(20, "How many rows a page of the API has without ?size=.", validate=_positive)
    MAX_PAGE_SIZE = Setting(100, "The largest ?size= of the API.", validate=_positive)
    THROTTLE_RATES = Setting[dict[str, str]](
        {}, "Rates of the packages' throttle scopes as DRF writes them ('bids': '60/min'); unnamed: no limit."
    )


core_settings = CoreSettings()
