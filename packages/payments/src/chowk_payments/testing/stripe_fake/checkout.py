"""Checkout sessions, the products and prices they name, and webhook endpoints."""

from __future__ import annotations

import secrets
from typing import Any

from chowk_payments.testing.stripe_fake.customers import behaviour_of, payment_method
from chowk_payments.testing.stripe_fake.intents import charge, create
from chowk_payments.testing.stripe_fake.state import Object, State, route
from chowk_payments.testing.stripe_fake.wire import StripeError, required


@route("POST", "/v1/products")
def create_product(state: State, params: Any) -> Object:
    row = state.new(
        "prod",
        "product",
        id=params.get("id", ""),
        name=params.get("name"),
        description=params.get("description"),
        active=True,
        default_price=None,
        metadata=params.get("metadata"),
    )
    state.emit("product.created", row)
    return row


@route("POST", "/v1/prices")
def create_price(state: State, params: Any) -> Object:
    row = state.new(
        "price",
        "price",
        active=True,
        currency=str(required(params, "currency")).lower(),
        product=params.get("product"),
        recurring=params.get("recurring"),
        type="recurring" if params.get("recurring") else "one_time",
        unit_amount=int(params.get("unit_amount", 0)),
        metadata=params.get("metadata"),
    )
    state.emit("price.created", row)
    return row


@route("POST", "/v1/checkout/sessions")
def create_session(state: State, params: Any) -> Object:
    total, currency = _total(state, params.get("line_items") or [])
    row = state.new(
        "cs_test",
        "checkout.session",
        mode=params.get("mode", "payment"),
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        customer=params.get("customer"),
        customer_email=params.get("customer_email"),
        client_reference_id=params.get("client_reference_id"),
        success_url=params.get("success_url"),
        cancel_url=params.get("cancel_url"),
        expires_at=int(params.get("expires_at", state.now() + 86_400)),
        payment_intent=None,
        payment_status="unpaid",
        status="open",
        metadata=params.get("metadata"),
        _intent=params.get("payment_intent_data") or {},
    )
    row["url"] = f"{state.url}/fake/checkout/{row['id']}"
    return row


def _total(state: State, lines: list[Any]) -> tuple[int, str]:
    total, currency = 0, "usd"
    for line in lines:
        price = line.get("price_data") or state.get("price", line.get("price", ""), "price")
        currency = str(price["currency"]).lower()
        total += int(price["unit_amount"]) * int(line.get("quantity", 1))
    return total, currency


@route("GET", "/v1/checkout/sessions")
def list_sessions(state: State, params: Any) -> Object:
    return state.list(
        "checkout.session", params, "payment_intent", "customer", "status", url="/v1/checkout/sessions"
    )


@route("GET", "/v1/checkout/sessions/{id}")
def get_session(state: State, params: Any, id: str) -> Object:
    return state.get("checkout.session", id)


@route("POST", "/v1/checkout/sessions/{id}/expire")
def expire_session(state: State, params: Any, id: str) -> Object:
    row = state.get("checkout.session", id)
    if row["status"] != "open":
        raise StripeError(f"Only Checkout Sessions with a status in open can be expired ({row['status']}).")
    row["status"] = "expired"
    state.emit("checkout.session.expired", row)
    return row


def complete_session(state: State, key: str, method: str = "pm_card_visa") -> Object:
    """What a payer does on the hosted page. A card that is declined leaves the session open."""
    row = state.get("checkout.session", key)
    if row["status"] != "open":
        raise StripeError(f"This Checkout Session is {row['status']}.")
    params = {"amount": row["amount_total"], "currency": row["currency"], **row["_intent"]}
    if row["payment_intent"] is None:
        row["payment_intent"] = create(state, {**params, "customer": row["customer"]})["id"]
    intent = state.objects[row["payment_intent"]]
    intent["payment_method"] = payment_method(state, method)["id"]
    charge(state, intent, behaviour_of(state.objects[intent["payment_method"]]))
    row.update(status="complete", payment_status="paid")
    state.emit("checkout.session.completed", row)
    return row


@route("GET", "/v1/payment_pages/{id}")
@route("POST", "/v1/payment_pages/{id}/init")
def init_page(state: State, params: Any, id: str) -> Object:
    return state.get("checkout.session", id)


@route("POST", "/v1/payment_pages/{id}/confirm")
def confirm_page(state: State, params: Any, id: str) -> Object:
    return complete_session(state, id, params.get("payment_method") or "pm_card_visa")


@route("POST", "/v1/webhook_endpoints")
def create_endpoint(state: State, params: Any) -> Object:
    return state.new(
        "we",
        "webhook_endpoint",
        url=required(params, "url"),
        enabled_events=required(params, "enabled_events"),
        secret=f"whsec_{secrets.token_hex(16)}",
        status="enabled",
        connect=params.get("connect"),
        description=params.get("description"),
        metadata=params.get("metadata"),
    )


@route("GET", "/v1/webhook_endpoints")
def list_endpoints(state: State, params: Any) -> Object:
    return state.list("webhook_endpoint", params, url="/v1/webhook_endpoints")


@route("GET", "/v1/webhook_endpoints/{id}")
def get_endpoint(state: State, params: Any, id: str) -> Object:
    return state.get("webhook_endpoint", id)


@route("DELETE", "/v1/webhook_endpoints/{id}")
def delete_endpoint(state: State, params: Any, id: str) -> Object:
    state.get("webhook_endpoint", id)
    del state.objects[id]
    return {"id": id, "object": "webhook_endpoint", "deleted": True}


@route("GET", "/v1/events")
def list_events(state: State, params: Any) -> Object:
    rows = [event for event in reversed(state.events) if params.get("type") in (None, event["type"])]
    limit = int(params.get("limit", 10))
    return {"object": "list", "url": "/v1/events", "has_more": len(rows) > limit, "data": rows[:limit]}


@route("GET", "/v1/events/{id}")
def get_event(state: State, params: Any, id: str) -> Object:
    found = next((event for event in state.events if event["id"] == id), None)
    if found is None:
        raise StripeError(f"No such event: '{id}'", status=404, code="resource_missing", param="id")
    return found
