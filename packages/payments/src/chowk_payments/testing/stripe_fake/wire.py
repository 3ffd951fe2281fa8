"""Stripe's wire format: form-encoded in, JSON out, errors in an envelope, lists in pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


class StripeError(Exception):
    """An answer other than 200, as Stripe's error envelope."""

    def __init__(self, message: str, *, status: int = 400, type: str = "", **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        kind = type or ("invalid_request_error" if status < 500 else "api_error")
        self.envelope = {"error": {"type": kind, "message": message, **extra}}


def missing(kind: str, key: str, param: str = "id") -> StripeError:
    """There is no such object."""
    status = 404 if param == "id" else 400
    return StripeError(f"No such {kind}: '{key}'", status=status, code="resource_missing", param=param)


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``a[b][0]=c`` as nested mappings and lists. An empty value for an object or list means none."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        keys = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        node = tree
        for key in keys[:-1]:
            child = node.setdefault(key or str(len(node)), {})
            node = child if isinstance(child, dict) else node
        node[keys[-1] or str(len(node))] = value
    found: dict[str, Any] = {key: _listed(value) for key, value in tree.items()}
    return found


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    values = {key: _listed(value) for key, value in node.items()}
    if values and all(key.isdigit() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values


def whole(params: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A positive integer parameter."""
    raw = params.get(name, default)
    if raw is None:
        raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    try:
        number = int(raw)
    except ValueError:
        raise StripeError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name) from None
    if number < 1:
        raise StripeError("This value must be greater than or equal to 1.", param=name)
    return number


MINIMUM = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50}
"""What a charge must come to, of a few currencies: https://docs.stripe.com/currencies#minimum-charges."""

UNSUPPORTED = frozenset({"cup", "irr", "kpw", "syp"})
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
NO_DECIMALS_IN_HUNDREDTHS = frozenset({"isk", "ugx"})


def chargeable(amount: int, currency: str) -> None:
    """Raises StripeError for what no charge can be of."""
    if currency in UNSUPPORTED:
        raise StripeError(f"Invalid currency: {currency}.", param="currency")
    if amount < MINIMUM.get(currency, 1):
        raise StripeError(
            f"Amount must be at least {MINIMUM[currency]} {currency}", code="amount_too_small", param="amount"
        )
    if (currency in THREE_DECIMALS and amount % 10) or (
        currency in NO_DECIMALS_IN_HUNDREDTHS and amount % 100
    ):
        raise StripeError(f"Invalid amount for {currency}: {amount}", code="invalid_amount", param="amount")


def required(params: Mapping[str, Any], name: str) -> Any:
    """A parameter that must be there."""
    if name not in params:
        raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return params[name]


def true(params: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A boolean parameter."""
    return str(params.get(name, default)).lower() == "true"


def page(rows: list[dict[str, Any]], params: Mapping[str, Any], url: str) -> dict[str, Any]:
    """``rows``, oldest first, as Stripe lists them: newest first, filtered by ``created``, in pages."""
    rows = [row for row in reversed(rows) if _created(row, params.get("created"))]
    limit = min(int(params.get("limit", 10)), 100)
    ids = [row["id"] for row in rows]
    if after := params.get("starting_after"):
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    elif before := params.get("ending_before"):
        rows = rows[: ids.index(before)][-limit:] if before in ids else []
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": rows[:limit]}


def _created(row: Mapping[str, Any], wanted: Any) -> bool:
    at = row["created"]
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return bool(at == int(wanted))
    checks = {"gte": at.__ge__, "gt": at.__gt__, "lte": at.__le__, "lt": at.__lt__}
    return all(checks[name](int(value)) for name, value in wanted.items())
