"""Cheap socket clients for ``benchmarks.fanout``: hundreds in one process, counting frames."""

from __future__ import annotations

import asyncio
import time

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Crowd:
    """All sockets at one server. ``expect`` says how many frames make a burst complete."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[float, int]] = []
        self._missing = 0
        self._done = asyncio.Event()

    def expect(self, frames: int) -> None:
        """Begin to count a burst."""
        self.arrivals = []
        self._missing = frames
        self._done.clear()

    async def complete(self, timeout: float) -> int:
        """Wait for the burst's frames. Returns how many never came."""
        try:
            await asyncio.wait_for(self._done.wait(), timeout)
        except TimeoutError:
            return self._missing
        return 0

    def took(self, frames: int) -> None:
        """A socket got ``frames`` more."""
        self.arrivals.append((time.monotonic(), frames))
        self._missing -= frames
        if self._missing <= 0:
            self._done.set()


class Client(asyncio.Protocol):
    """One socket. Frames of the server are counted by their headers, and not otherwise looked at."""

    def __init__(self, crowd: Crowd, path: str, port: int) -> None:
        self._crowd = crowd
        self._request = REQUEST.format(path=path, port=port).encode()
        self._rest = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined] - a TCP transport

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if not self.opened.done():
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            assert b" 101 " in head, head
            self.opened.set_result(None)
        frames, at, length = 0, 0, len(data)
        while length - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + size > length:
                break
            frames += data[at] == 0x81
            at = start + size
        self._rest = data[at:]
        if frames:
            self._crowd.took(frames)


async def gather_crowd(sockets: int, *, port: int, path: str, greetings: int) -> Crowd:
    """Open ``sockets``, and wait until each got its ``greetings``."""
    crowd, loop = Crowd(), asyncio.get_running_loop()
    crowd.expect(sockets * greetings)
    for _ in range(sockets):
        client = Client(crowd, path, port)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
        await client.opened
    if greetings and (missing := await crowd.complete(60)):
        raise RuntimeError(f"{missing} greetings never came")
    return crowd
