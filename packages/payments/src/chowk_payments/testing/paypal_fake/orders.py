"""Orders: created, approved by their payer on a page, authorised or captured."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chowk_payments.testing.paypal_fake.state import (
    Object,
    PayPalError,
    State,
    amount_of,
    invalid,
    money,
    route,
)

ORDER = "checkout-order"
PATCHABLE = ("custom_id", "description", "invoice_id", "amount", "soft_descriptor")
UNIT = "/purchase_units/@reference_id=='default'/"


@route("POST", "/v2/checkout/orders")
def create(state: State, params: Any) -> Object:
    if params.get("intent") not in {"CAPTURE", "AUTHORIZE"}:
        raise invalid("INVALID_PARAMETER_VALUE")
    units = params.get("purchase_units") or []
    if len(units) != 1 or "amount" not in units[0]:
        raise invalid("MISSING_REQUIRED_PARAMETER")
    amount_of(units[0]["amount"])
    wallet = (params.get("payment_source") or {}).get("paypal")
    row = state.new(
        "order",
        intent=params["intent"],
        status="CREATED" if wallet is None else "PAYER_ACTION_REQUIRED",
        purchase_units=[{"reference_id": "default", **units[0]}],
        _context=(wallet or {}).get("experience_context") or params.get("application_context") or {},
        _funding="",
    )
    row["links"] = [
        state.link(f"/v2/checkout/orders/{row['id']}", "self"),
        state.link(f"/fake/approve/{row['id']}", "approve" if wallet is None else "payer-action"),
        state.link(f"/v2/checkout/orders/{row['id']}", "update", "PATCH"),
    ]
    return row


@route("GET", "/v2/checkout/orders/{id}")
def show(state: State, params: Any, id: str) -> Object:
    return state.get("order", id)


@route("PATCH", "/v2/checkout/orders/{id}")
def patch(state: State, params: Any, id: str) -> None:
    row = state.get("order", id)
    if row["status"] in {"COMPLETED", "VOIDED"}:
        raise PayPalError("ORDER_ALREADY_COMPLETED")
    for change in params:
        name = change["path"].removeprefix(UNIT)
        if name not in PATCHABLE:
            raise PayPalError("NOT_PATCHABLE")
        if change["op"] not in {"add", "replace"}:
            raise PayPalError("INVALID_PATCH_OPERATION")
        row["purchase_units"][0][name] = change["value"]
    state.change(row)


def approve(state: State, id: str, funding: str = "balance") -> Object:
    """What a payer does on PayPal's page. ``funding``: "balance" pays, "declined" will be declined, "echeck"
    takes days."""
    row = state.get("order", id)
    if row["status"] not in {"CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"}:
        raise PayPalError("ORDER_ALREADY_COMPLETED")
    state.change(row, status="APPROVED", _funding=funding, payer={"email_address": "payer@example.com"})
    state.emit("CHECKOUT.ORDER.APPROVED", row, ORDER)
    return row


def _ready(state: State, id: str, intent: str) -> Object:
    row = state.get("order", id)
    if row["intent"] != intent:
        raise PayPalError("ACTION_DOES_NOT_MATCH_INTENT")
    if row["status"] == "COMPLETED":
        raise PayPalError("ORDER_ALREADY_CAPTURED" if intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED")
    if row["status"] != "APPROVED":
        raise PayPalError("ORDER_NOT_APPROVED")
    if row["_funding"] == "declined":
        raise PayPalError("INSTRUMENT_DECLINED")
    return row


@route("POST", "/v2/checkout/orders/{id}/authorize")
def authorize(state: State, params: Any, id: str) -> Object:
    row = _ready(state, id, "AUTHORIZE")
    unit = row["purchase_units"][0]
    reserved = state.new("authorization", status="CREATED", amount=unit["amount"], **_inherited(row))
    unit.setdefault("payments", {}).setdefault("authorizations", []).append(reserved)
    state.change(row, status="COMPLETED")
    state.emit("PAYMENT.AUTHORIZATION.CREATED", reserved, "authorization")
    return row


@route("POST", "/v2/checkout/orders/{id}/capture")
def capture(state: State, params: Any, id: str) -> Object:
    row = _ready(state, id, "CAPTURE")
    value, currency = amount_of(row["purchase_units"][0]["amount"])
    captured(state, row, value, currency)
    return row


def captured(state: State, row: Object, value: Decimal, currency: str) -> Object:
    """Money that comes in, at once or, by eCheck, in a few days."""
    pending = row["_funding"] == "echeck"
    taken = state.new(
        "capture",
        status="PENDING" if pending else "COMPLETED",
        amount=money(value, currency),
        final_capture=True,
        _refunded=Decimal(0),
        **_inherited(row),
    )
    if pending:
        taken["status_details"] = {"reason": "ECHECK"}
    row["purchase_units"][0].setdefault("payments", {}).setdefault("captures", []).append(taken)
    state.change(row, status="COMPLETED")
    state.emit(f"PAYMENT.CAPTURE.{taken['status']}", taken, "capture")
    if not pending:
        state.emit("CHECKOUT.ORDER.COMPLETED", row, ORDER)
    return taken


def _inherited(row: Object) -> Object:
    """What a payment has from its order."""
    unit = row["purchase_units"][0]
    facts = {name: unit[name] for name in ("custom_id", "invoice_id") if name in unit}
    return {**facts, "supplementary_data": {"related_ids": {"order_id": row["id"]}}}
