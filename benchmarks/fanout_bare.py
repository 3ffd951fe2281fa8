"""The limit of ``benchmarks.fanout``: a bare ``websockets`` server that broadcasts what Redis publishes."""

from __future__ import annotations

import os
import sys

import redis.asyncio
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

CHANNEL = "bare-bench"


async def main(port: int) -> None:
    """Serve until killed."""
    connections: set[ServerConnection] = set()

    async def keep(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    source = redis.asyncio.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")).pubsub()
    await source.subscribe(CHANNEL)
    async with serve(keep, "127.0.0.1", port, compression=None):
        async for message in source.listen():
            if message["type"] == "message":
                broadcast(connections, message["data"].decode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
