"""Authorizations, captures and refunds, and what happens to them later."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chowk_payments.testing.paypal_fake.orders import captured
from chowk_payments.testing.paypal_fake.state import Object, PayPalError, State, amount_of, money, route

MOST = Decimal("1.15")
"""Of what is authorised, PayPal lets so much be captured."""


@route("GET", "/v2/payments/authorizations/{id}")
def show_authorization(state: State, params: Any, id: str) -> Object:
    return state.get("authorization", id)


@route("POST", "/v2/payments/authorizations/{id}/capture")
def capture(state: State, params: Any, id: str) -> Object:
    row = state.get("authorization", id)
    if row["status"] != "CREATED":
        raise PayPalError(f"AUTHORIZATION_{'VOIDED' if row['status'] == 'VOIDED' else 'ALREADY_CAPTURED'}")
    reserved, currency = amount_of(row["amount"])
    value, named = amount_of(params.get("amount") or row["amount"])
    if named != currency:
        raise PayPalError("AUTH_CAPTURE_CURRENCY_MISMATCH")
    if value > reserved * MOST:
        raise PayPalError("MAX_CAPTURE_AMOUNT_EXCEEDED")
    state.change(row, status="CAPTURED")
    order = state.get("order", row["supplementary_data"]["related_ids"]["order_id"])
    return captured(state, order, value, currency)


@route("POST", "/v2/payments/authorizations/{id}/void")
def void(state: State, params: Any, id: str) -> Object:
    row = state.get("authorization", id)
    if row["status"] != "CREATED":
        raise PayPalError(f"PREVIOUSLY_{row['status']}")
    state.change(row, status="VOIDED")
    state.emit("PAYMENT.AUTHORIZATION.VOIDED", row, "authorization")
    return row


@route("GET", "/v2/payments/captures/{id}")
def show_capture(state: State, params: Any, id: str) -> Object:
    return state.get("capture", id)


@route("POST", "/v2/payments/captures/{id}/refund")
def refund(state: State, params: Any, id: str) -> Object:
    row = state.get("capture", id)
    if row["status"] == "REFUNDED":
        raise PayPalError("CAPTURE_FULLY_REFUNDED")
    if row["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"}:
        raise PayPalError("REFUND_NOT_ALLOWED")
    total, currency = amount_of(row["amount"])
    left = total - row["_refunded"]
    value, named = amount_of(params.get("amount") or money(left, currency))
    if named != currency:
        raise PayPalError("REFUND_CAPTURE_CURRENCY_MISMATCH")
    if value > left:
        raise PayPalError("REFUND_AMOUNT_EXCEEDED")
    facts = {name: params[name] for name in ("custom_id", "invoice_id", "note_to_payer") if name in params}
    made = give_back(state, row, value, "T1107", **{"custom_id": row.get("custom_id", ""), **facts})
    state.emit("PAYMENT.CAPTURE.REFUNDED", made, "refund")
    return made


@route("GET", "/v2/payments/refunds/{id}")
def show_refund(state: State, params: Any, id: str) -> Object:
    return state.get("refund", id)


def give_back(state: State, row: Object, value: Decimal, code: str, **facts: Any) -> Object:
    """Money of a capture that goes back, for a reason with this transaction event code."""
    total, currency = amount_of(row["amount"])
    links = [state.link(f"/v2/payments/captures/{row['id']}", "up")]
    made = state.new(
        "refund", status="COMPLETED", amount=money(value, currency), links=links, _code=code, **facts
    )
    row["_refunded"] += value
    state.change(row, status="REFUNDED" if row["_refunded"] == total else "PARTIALLY_REFUNDED")
    order = state.get("order", row["supplementary_data"]["related_ids"]["order_id"])
    order["purchase_units"][0]["payments"].setdefault("refunds", []).append(made)
    return made


def settle(state: State, id: str, *, completed: bool) -> Object:
    """What was pending comes, or does not."""
    row = state.get("capture", id)
    row.pop("status_details", None)
    state.change(row, status="COMPLETED" if completed else "DECLINED")
    state.emit(f"PAYMENT.CAPTURE.{'COMPLETED' if completed else 'DENIED'}", row, "capture")
    return row


def reverse(state: State, id: str) -> Object:
    """PayPal takes a payment back."""
    row = state.get("capture", id)
    total, _currency = amount_of(row["amount"])
    left = total - row["_refunded"]
    made = give_back(state, row, left, "T1106", custom_id=row.get("custom_id", ""))
    state.emit("PAYMENT.CAPTURE.REVERSED", made, "refund")
    return made
