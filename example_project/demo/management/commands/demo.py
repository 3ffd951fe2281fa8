"""Runs the demonstration."""

from __future__ import annotations

import errno
import os
import socket
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.house import House, Ticker, Worker
from demo.people import PASSWORD, VISITORS
from demo.seeding import seed


class Server(uvicorn.Server):
    """Tells the workers to stop as soon as it is told itself, so that all end at the same time."""

    def __init__(self, config: uvicorn.Config, workers: Sequence[Worker]) -> None:
        super().__init__(config)
        self.workers = workers

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        for worker in self.workers:
            worker.stopping.set()
        super().handle_exit(sig, frame)


def taken(host: str, port: int) -> str:
    """What to say when nobody else may listen there."""
    return f"Cannot listen on {host}:{port}: something is there already. Set PORT to another."


def require_free(host: str, port: int) -> None:
    """See to it that the server will be able to listen, before anything is laid out. Raises CommandError."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(taken(host, port)) from error
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


class Command(BaseCommand):
    help = (
        "A car auction house that is alive: the site with sockets, periodic work and simulated bidders, in "
        "one process. Makes its database on the first run and keeps it. Ctrl-C ends it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = os.environ.get("PORT", "8000")
        parser.add_argument("--port", type=int, default=port, help="also PORT; 8000 by default")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--csv",
            type=Path,
            default=os.environ.get("CHOWK_CARS"),
            help="import these cars too; also CHOWK_CARS",
        )
        parser.add_argument("--pace", type=float, default=1.0, help="smaller is busier")

    def handle(self, *, port: int, host: str, csv: Path | None, pace: float, **options: Any) -> None:
        require_free(host, port)
        try:
            crowd = self.prepare(csv)
        except KeyboardInterrupt:
            raise CommandError("Stopped before it began.", returncode=130) from None
        workers: list[Worker] = [Ticker(), House(crowd, pace=pace)]
        self.invite(host, port)
        for worker in workers:
            worker.start()
        try:
            self.serve(Server(self.config(host, port), workers))
        finally:
            for worker in workers:
                worker.stopping.set()
            for worker in workers:
                worker.join(timeout=1)
        self.say("The house is closed.")

    def prepare(self, csv: Path | None) -> dict[str, Any]:
        """Database, people, cars, auctions."""
        self.say(f"Preparing the database in {settings.VAR}")
        call_command("migrate", verbosity=0)
        crowd = seed(self.say)
        if csv:
            call_command("import_listings", str(csv), type="car", seller=crowd["tariq"].email)
        return crowd

    def config(self, host: str, port: int) -> uvicorn.Config:
        """One process with sockets. Open sockets and requests get a second to end."""
        return uvicorn.Config(
            "config.asgi:application",
            host=host,
            port=port,
            log_level="warning",
            lifespan="off",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )

    def serve(self, server: uvicorn.Server) -> None:
        """Until it is interrupted."""
        try:
            server.run()
        except KeyboardInterrupt:
            return  # uvicorn has shut down in order and passes the signal on
        if not server.started:
            raise CommandError(taken(server.config.host, server.config.port))

    def invite(self, host: str, port: int) -> None:
        """Where to go, and as whom."""
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
        self.say(f"\nThe house is open: {self.style.SUCCESS(f'http://{shown}:{port}/')}\n")
        self.say(f"Sign in with the password {self.style.SUCCESS(PASSWORD)} as")
        for person in VISITORS:
            self.say(f"  {person.email:<22} {person.role}")
        self.say("\nWatch a lot that ends within a minute, or bid against the house. Ctrl-C closes it.\n")

    def say(self, text: str) -> None:
        """Print at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()
