"""What the fake knows: its objects, its events, and the helpers that every resource uses."""

from __future__ import annotations

import copy
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from chowk_payments.testing.http import Routes
from chowk_payments.testing.stripe_fake.wire import StripeError, missing, page

API_VERSION = "2026-10-28.endive"

Object = dict[str, Any]


class State:
    """Objects by id, in order of creation. One lock: a request is handled alone, as in a transaction."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.listeners: list[Callable[[Object], None]] = []
        self.account = ""
        """The connected account that the call now handled acts for (header ``Stripe-Account``)."""
        self.idempotency_key: str | None = None
        self.url = ""

    def now(self) -> int:
        return int(self.clock())

    def new(self, prefix: str, kind: str, /, **values: Any) -> Object:
        """Store a new object."""
        key = str(values.pop("id", "")) or f"{prefix}_{secrets.token_hex(12)}"
        row = {"id": key, "object": kind, "created": self.now(), "livemode": False, "metadata": {}, **values}
        row["metadata"] = dict(row["metadata"] or {})
        self.objects[key] = row
        return row

    def get(self, kind: str, key: str, param: str = "id") -> Object:
        """The object ``key`` of this kind. Raises StripeError."""
        row = self.objects.get(key)
        if row is None or row["object"] != kind:
            raise missing(kind.replace(".", " "), key, param)
        return row

    def all(self, kind: str, **facts: Any) -> list[Object]:
        """Every object of this kind with these values, oldest first."""
        return [
            row
            for row in self.objects.values()
            if row["object"] == kind and all(row.get(name) == value for name, value in facts.items())
        ]

    def list(self, kind: str, params: Mapping[str, Any], *filters: str, url: str) -> Object:
        """A page of the objects of this kind, filtered by those parameters."""
        facts = {name: params[name] for name in filters if name in params}
        return page(self.all(kind, **facts), params, url)

    def update(self, row: Object, params: Mapping[str, Any], *names: str) -> Object:
        """Set what ``params`` name; metadata is merged, and an empty value removes its key."""
        for name in names:
            if name in params:
                row[name] = params[name]
        for name, value in (params.get("metadata") or {}).items():
            if value == "":
                row["metadata"].pop(name, None)
            else:
                row["metadata"][name] = value
        return row

    def emit(self, type: str, row: Object, account: str = "") -> Object:
        """An event with the object as it is now, told to the listeners."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": copy.deepcopy(row)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": f"req_{secrets.token_hex(7)}", "idempotency_key": self.idempotency_key},
            "type": type,
        }
        if account or self.account:
            event["account"] = account or self.account
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    def book(self, type: str, amount: int, source: Object, fee: int = 0) -> Object:
        """A balance transaction."""
        return self.new(
            "txn",
            "balance_transaction",
            type=type,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=source["currency"],
            source=source["id"],
            status="available",
            reporting_category=type,
        )


def expanded(state: State, row: Any, paths: list[str]) -> Any:
    """``row`` with ids replaced by their objects at ``paths`` (``data.latest_charge``)."""
    row = copy.deepcopy(row)
    for path in paths:
        _expand(state, row, path.split("."))
    return row


def _expand(state: State, node: Any, names: list[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(state, item, names)
        return
    if not isinstance(node, dict) or not names:
        return
    name, rest = names[0], names[1:]
    if name not in node:
        raise StripeError(f"This property cannot be expanded ({name}).", param="expand")
    if isinstance(node[name], str) and node[name] in state.objects:
        node[name] = copy.deepcopy(state.objects[node[name]])
    _expand(state, node[name], rest)


route = Routes()
"""Every resource's functions: called with the state, the parameters and what the path names."""
