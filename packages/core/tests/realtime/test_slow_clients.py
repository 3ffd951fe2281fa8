"""A client that does not read is cut, and nobody else waits for it."""

import json
import socket
import time

import pytest

from tests.realtime_site.serving import PATIENCE, wait_until

FILLER = "x" * 20_000


class Deaf:
    """A client that subscribes and then reads nothing, with small buffers."""

    def __init__(self, server, stream):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", server.port))
        key = stream.partition(":")[2]
        request = [
            f"GET /ws/room/{key}/ HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            f"Origin: {server.origin}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        self.socket.sendall("\r\n".join([*request, "", ""]).encode())

    def ended(self):
        """Read all that was sent, up to the end of the connection. Returns how many bytes."""
        self.socket.settimeout(PATIENCE)
        count = 0
        try:
            while chunk := self.socket.recv(65536):
                count += len(chunk)
        except ConnectionResetError:
            pass
        return count


def connections(server):
    return server.state()["connections"]


def test_a_client_that_reads_nothing_is_cut_when_its_backlog_is_full(serve, stream):
    server = serve(SOCKET_BACKLOG=50, SOCKET_STALL=3600)
    deaf = Deaf(server, stream)
    with server.client() as client:
        client.take("welcome")
        client.subscribe(stream)
        wait_until(lambda: connections(server) == 2)
        for first in range(1, 601, 20):
            server.say(stream, first=first, count=20, filler=FILLER, together=True)
            assert client.numbers(20) == list(range(first, first + 20)), "the others do not wait"
        wait_until(lambda: connections(server) == 1)
    assert deaf.ended() < 600 * len(FILLER) * 0.75, "what was left was dropped, not buffered"


@pytest.mark.slow
def test_a_client_that_reads_nothing_is_cut_after_a_while(serve, stream):
    server = serve(SOCKET_BACKLOG=100_000, SOCKET_STALL=1)
    deaf = Deaf(server, stream)
    wait_until(lambda: connections(server) == 1)
    server.say(stream, count=600, filler=FILLER, together=True)
    wait_until(lambda: connections(server) == 0)
    assert deaf.ended() < 600 * len(FILLER)


@pytest.mark.slow
def test_a_client_that_reads_slowly_gets_all_within_its_backlog(serve, stream):
    server = serve(SOCKET_BACKLOG=100_000, SOCKET_STALL=30)
    with server.client(f"ws/room/{stream.partition(':')[2]}/", max_queue=1) as client:
        client.take("welcome")
        client.take("subscribed")
        server.say(stream, count=400, filler=FILLER, together=True)
        seqs = []
        for n in range(400):
            seqs.append(json.loads(client.socket.recv(timeout=PATIENCE))["seq"])
            if n % 100 == 0:
                time.sleep(0.3)
        assert seqs == list(range(1, 401))


@pytest.mark.slow
def test_a_long_resume_waits_for_the_client_and_is_not_cut(serve, stream):
    server = serve(SOCKET_BACKLOG=5, SOCKET_STALL=30)
    server.say(stream, count=400, filler=FILLER, together=True)
    with server.client(f"ws/room/{stream.partition(':')[2]}/?since=0", max_queue=1) as client:
        client.take("welcome")
        client.take("subscribed")
        time.sleep(0.5)
        assert client.numbers(400) == list(range(1, 401))
        server.say(stream, first=401)
        assert client.numbers(1) == [401]
