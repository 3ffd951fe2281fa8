"""What a package says about one kind of realtime stream: who may see it, what they see, what they may do.

    class AuctionStream(EventStream):
        name = "auctions.auction"

        def authorise(self, viewer, key):
            return visible_auctions(viewer).filter(pk=key).exists()

and in the package's ``conf.py``::

    STREAMS = PolicyMap({"auctions.auction": "chowk_auctions.streams.AuctionStream"}, "…")

Events that are published with ``stream="auctions.auction:42"`` then reach the sockets subscribed to it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from chowk_core.events import Published
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.package_settings import PolicyMap, registry


class UnknownCommand(DomainError):
    """The message's type is none that this stream takes."""

    code = "unknown_type"
    message = _("This stream takes no message of the type “%(type)s”.")


class EventStream:
    """One kind of stream. An instance serves all its streams in the process: keep no state of a viewer in it.

    ``viewer`` is a user or ``AnonymousUser``; ``key`` is what follows the colon in the stream's name, as
    text. All but ``present`` run in a thread, where the database may be used.
    """

    name: ClassVar[str]

    def authorise(self, viewer: Any, key: str) -> bool:
        """Whether ``viewer`` may know this stream. False is answered like a stream that does not exist.

        Asked at subscription and again every SOCKET_RECHECK. ValueError and ValidationError count as False.
        """
        return False

    def audience(self, viewer: Any, key: str) -> Hashable:
        """Whose eyes ``viewer`` sees with. Viewers of one audience share each frame, which is encoded once.

        Asked after ``authorise``, and again with it. As few values as secrecy allows: "public", "seller".
        """
        return "public"

    def present(self, event: Published, audience: Hashable) -> dict[str, Any] | None:
        """What ``audience`` sees of ``event``, as plain JSON; None if it may not see it.

        Runs on the event loop for every event: pure, quick, and without the database.
        """
        return event.payload

    def snapshot(self, viewer: Any, key: str) -> dict[str, Any] | None:
        """The state as ``viewer`` sees it now, as plain JSON; None if the stream has none.

        Read in one transaction with the number of the last event that is in it.
        """
        return None

    def receive(self, viewer: Any, key: str, message: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a subscribed ``viewer`` asks for; the answer is sent back as plain JSON.

        ``message`` is whatever the client sent, unchecked, without "stream" and "ref". Not in a
        transaction. Raises DomainError, which the client gets with its code.
        """
        raise UnknownCommand(type=str(message.get("type")))


def declared_streams() -> dict[str, EventStream]:
    """Every stream declared in a package's or the site's ``STREAMS``, by name."""
    found: dict[str, EventStream] = {}
    for package in registry.values():
        if isinstance(package.declared().get("STREAMS"), PolicyMap):
            found.update(package.STREAMS)  # type: ignore[attr-defined]
    return found


def find_stream(stream: Any) -> tuple[EventStream, str]:
    """The declaration and the key in a full name such as "auctions.auction:42". Raises NotFound."""
    name, _colon, key = stream.partition(":") if isinstance(stream, str) else ("", "", "")
    declaration = declared_streams().get(name)
    if declaration is None or not key or len(stream) > 160 or "\x00" in stream:
        raise NotFound(str(_("There is no such stream, or you may not see it.")))
    return declaration, key
