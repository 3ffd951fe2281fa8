"""What the fake knows: its objects, its events, its refusals, and amounts as PayPal writes them."""

from __future__ import annotations

import copy
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chowk_payments.testing.http import Routes

Object = dict[str, Any]

LETTERS = string.ascii_uppercase + string.digits
WHOLE = frozenset({"HUF", "JPY", "TWD"})
CURRENCIES = WHOLE | {
    *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS"),
    *("MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD"),
}


class PayPalError(Exception):
    """An answer that is a refusal: 422 with PayPal's name of the issue, unless told otherwise."""

    def __init__(self, issue: str, *, status: int = 422, name: str = "UNPROCESSABLE_ENTITY") -> None:
        super().__init__(issue)
        self.status = status
        self.envelope = {
            "name": name,
            "message": "The requested action could not be performed.",
            "debug_id": secrets.token_hex(7),
            "details": [{"issue": issue, "description": f"{issue.replace('_', ' ').capitalize()}."}],
            "links": [],
        }


def invalid(issue: str) -> PayPalError:
    """The call is not what the API takes."""
    return PayPalError(issue, status=400, name="INVALID_REQUEST")


class State:
    """Objects by id, in order of creation. One lock: a request is handled alone, as in a transaction."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.listeners: list[Callable[[Object], None]] = []
        self.url = ""

    def now(self) -> str:
        return datetime.fromtimestamp(int(self.clock()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def new(self, kind: str, **values: Any) -> Object:
        """Store a new object. What begins with an underscore only the fake knows."""
        key = "".join(secrets.choice(LETTERS) for _letter in range(17))
        now = self.now()
        self.objects[key] = {"id": key, "_kind": kind, "create_time": now, "update_time": now, **values}
        return self.objects[key]

    def get(self, kind: str, key: str) -> Object:
        """The object ``key`` of this kind. Raises PayPalError."""
        row = self.objects.get(key)
        if row is None or row["_kind"] != kind:
            raise PayPalError("INVALID_RESOURCE_ID", status=404, name="RESOURCE_NOT_FOUND")
        return row

    def all(self, kind: str, **facts: Any) -> list[Object]:
        """Every object of this kind with these values, oldest first."""
        return [
            row
            for row in self.objects.values()
            if row["_kind"] == kind and all(row.get(name) == value for name, value in facts.items())
        ]

    def change(self, row: Object, **values: Any) -> None:
        row.update(values, update_time=self.now())

    def emit(self, type: str, row: Object, resource_type: str) -> Object:
        """An event with the object as it is now, told to the listeners."""
        event = {
            "id": f"WH-{secrets.token_hex(8).upper()}-{secrets.token_hex(8).upper()}",
            "event_version": "1.0",
            "create_time": self.now(),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": type,
            "summary": type.replace(".", " ").capitalize(),
            "resource": public(copy.deepcopy(row)),
            "links": [],
        }
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return event

    def link(self, path: str, rel: str, method: str = "GET") -> Object:
        return {"href": f"{self.url}{path}", "rel": rel, "method": method}


def public(value: Any) -> Any:
    """Without what only the fake knows: names that begin with an underscore."""
    if isinstance(value, dict):
        return {name: public(one) for name, one in value.items() if not name.startswith("_")}
    return [public(one) for one in value] if isinstance(value, list) else value


def amount_of(params: Mapping[str, Any]) -> tuple[Decimal, str]:
    """An amount above zero and its currency. Raises PayPalError."""
    try:
        currency, text = params["currency_code"], params["value"]
        value = Decimal(text)
    except (KeyError, TypeError, InvalidOperation):
        raise invalid("INVALID_PARAMETER_SYNTAX") from None
    if currency not in CURRENCIES:
        raise PayPalError("CURRENCY_NOT_SUPPORTED")
    places = len(text.partition(".")[2])
    if places > 2 or (places and currency in WHOLE):
        raise PayPalError("DECIMALS_NOT_SUPPORTED")
    if value <= 0:
        raise PayPalError("CANNOT_BE_ZERO_OR_NEGATIVE")
    return value, currency


def money(value: Decimal, currency: str) -> dict[str, str]:
    """An amount as PayPal writes it."""
    shown = value if currency in WHOLE else value.quantize(Decimal("0.01"))
    return {"currency_code": currency, "value": str(shown)}


route = Routes()
"""Every resource's functions: called with the state, the body and what the path names."""
