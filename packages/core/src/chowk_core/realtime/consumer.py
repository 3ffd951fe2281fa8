"""The socket: authorise, resume, tail, take commands. One consumer for every stream.

In (JSON objects; ``ref``, text or a number of the client's, comes back with the answer):

==================  ====================================================================================
``subscribe``       ``stream``, and to resume ``since`` (the last number it has) with its ``epoch``
``unsubscribe``     ``stream``
``authenticate``    ``token``: a fresh one for the same user, before the old one expires
``ping``            answered by ``pong``
anything else       a command for ``stream`` (on a per-resource route: by default that one)
==================  ====================================================================================

Out:

==================  ====================================================================================
``welcome``         ``protocol``, ``viewer`` (id or null), ``server_time`` (Unix milliseconds)
``subscribed``      ``stream``, ``epoch``, ``from_seq``, ``to_seq``, ``complete``, ``snapshot``. With
                    ``since`` and ``complete``, events ``from_seq`` to ``to_seq`` follow. Without ``since``
                    ``snapshot`` is the state at ``to_seq``. Not ``complete``: history is lost (pruned, too
                    long, another epoch), throw away what you have for ``snapshot``, or fetch it anew
*package.event*     ``stream``, ``seq``, ``epoch``, ``at``, ``data``; numbers follow without a gap
``skip``            ``stream``, ``from_seq``, ``seq``, ``epoch``: these numbers are not for you
``reset``           ``stream``, ``epoch``: history is lost, you are unsubscribed, subscribe without ``since``
``unsubscribed``    ``stream``: as you asked, or because you may no longer see it (then with ``code``)
``ok``              ``ref``, ``stream``, ``data``: the command was done
``error``           ``code``, ``message``, and where known ``ref``, ``stream``, ``field``: nothing was done
``authenticated``   ``ref``
``pong``            ``ref``, ``server_time``, ``seqs``: the last number sent, for each stream
==================  ====================================================================================

Error codes: ``not_json``, ``not_object``, ``binary_frame``, ``too_large``, ``too_fast``, ``bad_field``,
``unknown_type``, ``not_found`` (no such stream or not for you, alike), ``not_subscribed``,
``too_many_streams``, ``invalid_token``, ``credentials_expired``, ``internal_error``, and those of the
stream's package.

Close codes: 1000 as you asked; 1011 failed here; 1012 the server restarts; 4401 credentials are wrong,
expired or signed out; 4404 a per-resource route's stream is not (or no longer) there for you; 4408 too slow
(1006 if not even that got through); 4429 went on sending too much. A browser cannot read a refused
handshake: so sockets are accepted first, and told why they close.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.utils import translation
from django.utils.translation import gettext as _

from chowk_core.conf import core_settings
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.realtime import frames, log
from chowk_core.realtime.authentication import (
    PROTOCOL,
    ByNobody,
    Credentials,
    CredentialsExpired,
    InvalidCredentials,
    authenticate,
    by_token,
    language_of,
)
from chowk_core.realtime.hub import Hub, Subscription
from chowk_core.realtime.limits import TokenBucket
from chowk_core.realtime.rechecks import Answer, may_see
from chowk_core.realtime.socket import Socket
from chowk_core.realtime.streams import EventStream, find_stream

logger = logging.getLogger("chowk_core.realtime")

MOST_DIGITS = 19
"""Of a number of 63 bits. Python refuses to read numbers of some thousand."""

NOT_SIGNED_IN = 4401
NO_STREAM = 4404
TOO_MANY_MESSAGES = 4429
FAILED = 1011


class StreamConsumer(AsyncConsumer):
    """A socket. ``as_asgi()`` multiplexes; ``as_asgi(stream="auctions.auction", key="id")`` subscribes at
    connect to one stream, whose key is the URL's argument named by ``key``.

    Messages of one socket are handled one after another, in order.
    """

    credentials: Credentials

    def __init__(self, *, stream: str = "", key: str = "") -> None:
        self._route = (stream, key)
        self._own = ""
        self._subscriptions: dict[str, Subscription] = {}
        self._expiry: asyncio.TimerHandle | None = None
        self._bucket = TokenBucket(rate=core_settings.SOCKET_RATE, burst=core_settings.SOCKET_BURST)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Any:
        """The ASGI application for a route; ``stream`` and ``key`` as in the class."""
        return super().as_asgi(**initkwargs)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The socket's life. Channels' own loop is not used: it hops through the synchronous thread for each
        message and needs a channel layer for what the hub does."""
        self._scope: dict[str, Any] = scope
        translation.activate(language_of(scope))  # for this socket's task, and what it runs in threads
        self._hub = Hub.current()
        self._socket = Socket(send)
        if (await receive())["type"] != "websocket.connect":
            return
        try:
            await self._open()
            while (message := await receive())["type"] == "websocket.receive":
                await self._handle(message)
        finally:
            await self._end()

    async def _open(self) -> None:
        """Accept, find out who it is, subscribe to the route's stream."""
        offered = PROTOCOL if PROTOCOL in self._scope.get("subprotocols", ()) else None
        await self._socket.send({"type": "websocket.accept", "subprotocol": offered})
        self.credentials = ByNobody()
        self._hub.connect(self)
        try:
            self._adopt(await self._hub.run(authenticate, self._scope))
        except InvalidCredentials as error:
            self._refuse(error, NOT_SIGNED_IN)
            return
        except Exception:
            logger.exception("a socket's credentials could not be checked")
            self._refuse(frames.InternalError(), FAILED)
            return
        viewer = None if isinstance(self.credentials, ByNobody) else str(self.credentials.viewer.pk)
        self._write({"type": "welcome", "protocol": 1, "viewer": viewer, "server_time": frames.server_time()})
        await self._open_route()

    async def _open_route(self) -> None:
        name, key = self._route
        if not name:
            return
        self._own = f"{name}:{self._scope['url_route']['kwargs'][key]}"
        query = parse_qs(self._scope.get("query_string", b"").decode("latin1"))
        message: dict[str, Any] = {"stream": self._own}
        if since := query.get("since"):
            number = since[0].isdecimal() and len(since[0]) <= MOST_DIGITS
            message |= {"since": int(since[0]) if number else since[0]}
            message |= {"epoch": query.get("epoch", [""])[0]}
        try:
            await self._subscribe(message)
        except DomainError as error:
            self._write(frames.error_frame(error, stream=self._own))
            self._socket.close(NO_STREAM if isinstance(error, NotFound) else 4400)
        except Exception:
            logger.exception("the stream %s could not be opened", self._own)
            self._refuse(frames.InternalError(), FAILED)

    async def _end(self) -> None:
        self._socket.closed = True
        if self._expiry is not None:
            self._expiry.cancel()
        for subscription in self._subscriptions.values():
            await self._hub.leave(subscription)
        await self._hub.disconnect(self)

    # Messages

    async def _handle(self, message: frames.Message) -> None:
        """Do what one message asks for. Whatever is wrong with it is answered by an error frame."""
        if self._socket.closing:
            return
        content: dict[str, Any] = {}
        allowed = self._bucket.take()
        try:
            content = frames.parse(message, limit=core_settings.SOCKET_MAX_MESSAGE)
            if not allowed:
                raise frames.TooFast
            act = ACTIONS.get(content["type"], StreamConsumer._command)
            await act(self, content)
        except CredentialsExpired:
            self.expired()
        except DomainError as error:
            stream = content.get("stream", self._own)
            self._write(
                frames.error_frame(
                    error, ref=content.get("ref"), stream=stream if isinstance(stream, str) else ""
                )
            )
            if self._bucket.abused:
                self._socket.close(TOO_MANY_MESSAGES, "too many messages")
        except Exception:
            logger.exception("a message of the type %r failed", content.get("type"))
            self._write(frames.error_frame(frames.InternalError(), ref=content.get("ref")))

    async def _subscribe(self, content: dict[str, Any]) -> None:
        declaration, key = find_stream(content.get("stream"))
        since, epoch = self._position(content)
        stream = f"{declaration.name}:{key}"
        if (old := self._subscriptions.pop(stream, None)) is not None:
            await self._hub.leave(old)
        if len(self.streams()) >= core_settings.SOCKET_MAX_STREAMS:
            raise frames.TooManyStreams(limit=core_settings.SOCKET_MAX_STREAMS)
        viewer = self.credentials.viewer
        audience = await self._hub.run(_audience, declaration, viewer, key)
        subscription = Subscription(self._socket, declaration, key, audience)
        self._subscriptions[stream] = subscription
        try:
            await self._hub.hold(subscription)
            opening = await self._hub.run(log.open_stream, declaration, viewer, key, since=since, epoch=epoch)
        except BaseException:
            self._subscriptions.pop(stream, None)
            await self._hub.leave(subscription)
            raise
        subscription.seq = opening.from_seq - 1
        self._write(
            {
                "type": "subscribed",
                "stream": stream,
                "epoch": opening.epoch,
                "from_seq": opening.from_seq,
                "to_seq": opening.to_seq,
                "complete": opening.complete,
                "snapshot": opening.snapshot,
                "server_time": frames.server_time(),
            }
            | _ref(content)
        )
        await self._hub.join(subscription, opening)

    @staticmethod
    def _position(content: dict[str, Any]) -> tuple[int | None, str | None]:
        since, epoch = content.get("since"), content.get("epoch")
        if since is not None and (type(since) is not int or not 0 <= since < 2**63):
            raise frames.BadField(name="since", field="since")
        if not isinstance(epoch, str | None):
            raise frames.BadField(name="epoch", field="epoch")
        return since, epoch

    async def _unsubscribe(self, content: dict[str, Any]) -> None:
        subscription = self._subscribed_to(content)
        del self._subscriptions[subscription.stream]
        await self._hub.leave(subscription)
        self._write({"type": "unsubscribed", "stream": subscription.stream} | _ref(content))

    async def _authenticate(self, content: dict[str, Any]) -> None:
        token = content.get("token")
        if not isinstance(token, str):
            raise frames.BadField(name="token", field="token")
        fresh = await self._hub.run(by_token, token)
        if fresh.viewer.pk != self.credentials.viewer.pk:
            raise InvalidCredentials(_("This token is another user's: open another socket for it."))
        self._adopt(fresh)
        self._write({"type": "authenticated"} | _ref(content))

    async def _ping(self, content: dict[str, Any]) -> None:
        seqs = {s.stream: s.seq for s in self._subscriptions.values() if s.active}
        self._write({"type": "pong", "server_time": frames.server_time(), "seqs": seqs} | _ref(content))

    async def _command(self, content: dict[str, Any]) -> None:
        subscription = self._subscribed_to(content)
        message = {name: value for name, value in content.items() if name not in {"stream", "ref"}}
        data = await self._hub.run(
            _obey, self.credentials, subscription.declaration, subscription.key, message
        )
        self._write({"type": "ok", "stream": subscription.stream, "data": data} | _ref(content))

    def _subscribed_to(self, content: dict[str, Any]) -> Subscription:
        stream = content.get("stream", self._own)
        subscription = self._subscriptions.get(stream) if isinstance(stream, str) else None
        if subscription is None or not subscription.active:
            raise frames.NotSubscribed
        return subscription

    # Asking again (rechecks.Connection)

    def streams(self) -> list[tuple[EventStream, str]]:
        """What this socket is subscribed to."""
        return [(s.declaration, s.key) for s in self._subscriptions.values() if s.active]

    def confirmed(self, viewer: Any, answers: dict[str, Answer]) -> None:
        """The viewer may stay; what they may no longer see ends."""
        self.credentials.viewer = viewer
        for subscription in list(self._subscriptions.values()):
            seen, audience = answers.get(subscription.stream, (True, subscription.audience))
            if seen:
                self._hub.move(subscription, audience)
            elif subscription.active:
                self._hub.revoke(subscription)
                gone = {"type": "unsubscribed", "stream": subscription.stream, "code": NotFound.code}
                self._write(gone)
                if subscription.stream == self._own:
                    self._socket.close(NO_STREAM)

    def expired(self) -> None:
        """The credentials are good no longer: the socket closes, and sees nothing in between."""
        for subscription in self._subscriptions.values():
            self._hub.revoke(subscription)
        self._refuse(CredentialsExpired(), NOT_SIGNED_IN)

    # Writing

    def _adopt(self, credentials: Credentials) -> None:
        self.credentials = credentials
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if credentials.expires_at is not None:
            left = credentials.expires_at - frames.server_time() / 1000
            self._expiry = asyncio.get_running_loop().call_later(max(0.0, left), self.expired)

    def _refuse(self, error: DomainError, code: int) -> None:
        self._write(frames.error_frame(error))
        self._socket.close(code, error.code)

    def _write(self, frame: dict[str, Any]) -> None:
        self._socket.write(frames.text_message(frame))


ACTIONS: dict[str, Callable[[StreamConsumer, dict[str, Any]], Awaitable[None]]] = {
    "subscribe": StreamConsumer._subscribe,
    "unsubscribe": StreamConsumer._unsubscribe,
    "authenticate": StreamConsumer._authenticate,
    "ping": StreamConsumer._ping,
}


def _ref(content: dict[str, Any]) -> dict[str, Any]:
    return {"ref": content["ref"]} if content.get("ref") is not None else {}


def _audience(declaration: EventStream, viewer: Any, key: str) -> Any:
    """By whose eyes ``viewer`` sees the stream. Raises NotFound."""
    if not may_see(declaration, viewer, key):
        raise NotFound(_("There is no such stream, or you may not see it."))
    return declaration.audience(viewer, key)


def _obey(
    credentials: Credentials, declaration: EventStream, key: str, message: dict[str, Any]
) -> dict[str, Any] | None:
    """Run a command for the viewer as the database knows them now. Raises what the stream raises.

    A socket may outlive a logout by SOCKET_RECHECK; what it asks for in that time must not be done.
    """
    return declaration.receive(credentials.check(), key, message)
