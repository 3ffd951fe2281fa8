"""A loopback HTTP server in a thread, for the fakes: routes to functions, JSON out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Call:
    """A request. ``headers`` have lower-case names; ``params`` are the decoded body and query."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    """What goes back: JSON from ``data``, or ``text`` as HTML."""

    status: int = 200
    data: Any = None
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[..., Any]


class Routes:
    """Functions by method and path; ``{name}`` in a path becomes an argument."""

    def __init__(self) -> None:
        self.found: list[tuple[str, re.Pattern[str], Handler]] = []

    def __call__(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Decorates the function that answers."""
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path) + "/?")

        def add(handler: Handler) -> Handler:
            self.found.append((method, pattern, handler))
            return handler

        return add

    def match(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """The function for a call, and what its path says."""
        for one, pattern, handler in self.found:
            if one == method and (fit := pattern.fullmatch(path)):
                return handler, fit.groupdict()
        return None


class LoopbackServer:
    """Serves ``answer`` on 127.0.0.1, on a port of its choice unless one is given. A context manager."""

    def __init__(self, answer: Callable[[Call], Answer], port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(answer))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve in a thread until ``stop``."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> LoopbackServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _handler(answer: Callable[[Call], Answer]) -> type[BaseHTTPRequestHandler]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            address = urlsplit(self.path)
            call = Call(
                method=self.command,
                path=address.path,
                query=parse_qsl(address.query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            self.send(answer(call))

        do_GET = do_POST = do_DELETE = do_PATCH = handle_any

        def send(self, found: Answer) -> None:
            html = found.data is None
            body = found.text.encode() if html else json.dumps(found.data).encode()
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8" if html else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what a test wants to see is in the fake's state."""

    return Request
