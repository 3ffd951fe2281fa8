"""A worker of the shop: takes many people's carts through checkout and payment at once.

What is to be done is in the file ``visits`` of the story's folder, written by ``plan``; every answer becomes
a line of the file ``answers``.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connections
from rest_framework.test import APIClient

CARDS = {"card": "4242424242424242", "declined": "4000000000000002", "lost": "4000000000000259"}
"""Test cards of the dummy gateway; of the last one's charge the first answer gets lost."""


@dataclass(frozen=True)
class Visit:
    """One time that somebody orders their cart. ``pay`` is "wallet" or one of CARDS; ``holds`` whether they
    begin the checkout before."""

    buyer: str
    pay: str
    holds: bool
    key: str


def folder() -> Path:
    """Where the files are."""
    return Path(os.environ["STORY_FOLDER"])


def plan(room: Path, visits: Sequence[Visit]) -> None:
    """Write down what the workers have to do."""
    (room / "visits").write_text(json.dumps([asdict(visit) for visit in visits]))
    (room / "answers").write_text("")


def answers(room: Path) -> Counter[tuple[str, int, str]]:
    """How often each step got which status, with the payment's state or the refusal's code."""
    lines = (room / "answers").read_text().splitlines()
    return Counter((step, int(status), said) for step, status, said in (line.split() for line in lines))


def work(_application: Any, share: str) -> None:
    """Do the visits ``NUMBER/WORKERS/THREADS/LIFE``: every so many-th of them, so many at once.

    After ``LIFE`` answered orders (0: never) the process is killed, whatever its threads are doing.
    """
    number, workers, threads, life = (int(part) for part in share.split("/"))
    visits = [Visit(**row) for row in json.loads((folder() / "visits").read_text())]
    ordered = itertools.count(1)

    def visit(one: Visit) -> None:
        try:
            shopper = Shopper(one)
            group = shopper.order()
            if next(ordered) == life:
                os.kill(os.getpid(), signal.SIGKILL)
            if group:
                shopper.pay(group)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(visit, visits[number::workers]))


class Shopper:
    """Somebody who orders and pays."""

    def __init__(self, visit: Visit) -> None:
        from accounts.models import User  # after the site is loaded

        self.visit, self.client = visit, APIClient(SERVER_NAME="localhost")
        self.client.force_authenticate(User.objects.get(pk=visit.buyer))

    def order(self) -> str:
        """Order what is in the cart; the key of the checkout, "" where it was refused."""
        if self.visit.holds:
            self.post("begin", "checkout/begin/", {})
        placed = self.post("place", "checkout/", {})
        return str(placed.json()["id"]) if placed.status_code == 201 else ""

    def pay(self, group: str) -> None:
        """Pay for the whole checkout."""
        body: dict[str, Any] = {"target": {"type": "chowk_marketplace.ordergroup", "id": group}}
        if number := CARDS.get(self.visit.pay):
            card = {"number": number, "expiry_month": 12, "expiry_year": 2040, "security_code": "123"}
            body |= {"method": "card", "card": card}
        else:
            body["method"] = "wallet"
        self.post("pay", "payments/", body)

    def post(self, step: str, path: str, body: dict[str, Any]) -> Any:
        """One request, and its answer noted. An exception of the site ends this worker."""
        key = {"Idempotency-Key": f"{step}-{self.visit.key}"}
        answer = self.client.post(f"/api/{path}", body, format="json", headers=key)
        told = answer.json()
        said = told.get("state", "-") if answer.status_code < 400 else told["errors"][0]["code"]
        with (folder() / "answers").open("a") as file:
            file.write(f"{step} {answer.status_code} {said}\n")
        return answer
