"""Customers, payment methods and setup intents."""

from __future__ import annotations

import secrets
from typing import Any

from chowk_payments.testing.stripe_fake.cards import PREFIXES, VISA, TestCard, card_object, card_of
from chowk_payments.testing.stripe_fake.state import Object, State, route
from chowk_payments.testing.stripe_fake.wire import StripeError, missing, true

CUSTOMER = ("name", "email", "description", "phone", "address", "shipping", "invoice_settings", "test_clock")


@route("POST", "/v1/customers")
def create_customer(state: State, params: Any) -> Object:
    values = {name: params.get(name) for name in CUSTOMER}
    row = state.new("cus", "customer", metadata=params.get("metadata"), **values, balance=0, currency=None)
    row["default_source"] = None
    if given := params.get("source"):
        row["default_source"] = payment_method(state, given, customer=row["id"])["id"]
    if given := params.get("payment_method"):
        payment_method(state, given, customer=row["id"])
    state.emit("customer.created", row)
    return row


@route("GET", "/v1/customers")
def list_customers(state: State, params: Any) -> Object:
    return state.list("customer", params, "email", url="/v1/customers")


@route("GET", "/v1/customers/{id}")
def get_customer(state: State, params: Any, id: str) -> Object:
    return state.get("customer", id)


@route("POST", "/v1/customers/{id}")
def update_customer(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("customer", id), params, *CUSTOMER)
    state.emit("customer.updated", row)
    return row


@route("DELETE", "/v1/customers/{id}")
def delete_customer(state: State, params: Any, id: str) -> Object:
    row = state.get("customer", id)
    del state.objects[id]
    state.emit("customer.deleted", row)
    return {"id": id, "object": "customer", "deleted": True}


@route("POST", "/v1/customers/{id}/sources")
def add_source(state: State, params: Any, id: str) -> Object:
    row = state.get("customer", id)
    return payment_method(state, params["source"], customer=row["id"])


@route("POST", "/v1/payment_methods")
def create_payment_method(state: State, params: Any) -> Object:
    given = params.get("card") or {}
    name = given.get("token") or given.get("number") or ""
    card = card_of(name)
    if card is None:
        raise StripeError(
            "Your card number is incorrect.", status=402, type="card_error", code="incorrect_number"
        )
    return _store(state, card, metadata=params.get("metadata"))


@route("GET", "/v1/payment_methods")
def list_payment_methods(state: State, params: Any) -> Object:
    return state.list("payment_method", params, "customer", "type", url="/v1/payment_methods")


@route("GET", "/v1/payment_methods/{id}")
def get_payment_method(state: State, params: Any, id: str) -> Object:
    return payment_method(state, id)


@route("POST", "/v1/payment_methods/{id}/attach")
def attach(state: State, params: Any, id: str) -> Object:
    customer = state.get("customer", params.get("customer", ""), "customer")
    row = payment_method(state, id, customer=customer["id"])
    state.emit("payment_method.attached", row)
    return row


@route("POST", "/v1/payment_methods/{id}/detach")
def detach(state: State, params: Any, id: str) -> Object:
    row = payment_method(state, id)
    row["customer"] = None
    state.emit("payment_method.detached", row)
    return row


@route("POST", "/v1/tokens")
def create_token(state: State, params: Any) -> Object:
    card = card_of((params.get("card") or {}).get("number", "")) or VISA
    row = _store(state, card)
    return state.new("tok", "token", type="card", card=row["card"], payment_method=row["id"], used=False)


def payment_method(state: State, name: str, customer: str | None = None) -> Object:
    """The stored payment method ``name``; a test card's name makes one. Raises StripeError."""
    if name in state.objects:
        row = state.objects[name]
        if row["object"] == "token":
            row = state.objects[row["payment_method"]]
    else:
        card = card_of(name) if name.startswith(PREFIXES) else None
        if card is None:
            raise missing("PaymentMethod", name, "payment_method")
        row = _store(state, card)
    if customer:
        row["customer"] = customer
    return row


def behaviour_of(row: Object) -> TestCard:
    """What charging this payment method does."""
    return card_of(row["_number"]) or VISA


def _store(state: State, card: TestCard, metadata: Any = None) -> Object:
    return state.new(
        "pm",
        "payment_method",
        type="card",
        card=card_object(card),
        customer=None,
        billing_details={"name": None, "email": None, "phone": None, "address": None},
        metadata=metadata,
        _number=card.number,
    )


@route("POST", "/v1/setup_intents")
def create_setup_intent(state: State, params: Any) -> Object:
    row = state.new(
        "seti",
        "setup_intent",
        status="requires_payment_method",
        customer=params.get("customer"),
        description=params.get("description"),
        payment_method=None,
        payment_method_types=params.get("payment_method_types", ["card"]),
        usage=params.get("usage", "off_session"),
        client_secret=f"seti_secret_{secrets.token_hex(8)}",
        next_action=None,
        last_setup_error=None,
        metadata=params.get("metadata"),
    )
    state.emit("setup_intent.created", row)
    if given := params.get("payment_method"):
        row["payment_method"] = payment_method(state, given)["id"]
        row["status"] = "requires_confirmation"
    return confirm_setup_intent(state, params, row["id"]) if true(params, "confirm") else row


@route("GET", "/v1/setup_intents/{id}")
def get_setup_intent(state: State, params: Any, id: str) -> Object:
    return state.get("setup_intent", id)


@route("POST", "/v1/setup_intents/{id}/confirm")
def confirm_setup_intent(state: State, params: Any, id: str) -> Object:
    row = state.get("setup_intent", id)
    if given := params.get("payment_method"):
        row["payment_method"] = payment_method(state, given)["id"]
    if row["payment_method"] is None:
        raise StripeError("You cannot confirm this SetupIntent because it's missing a payment method.")
    card = behaviour_of(state.objects[row["payment_method"]])
    if card.code and not card.challenged:
        row["status"] = "requires_payment_method"
        row["last_setup_error"] = {"code": card.code, "decline_code": card.decline, "type": "card_error"}
        state.emit("setup_intent.setup_failed", row)
        raise StripeError(
            "Your card was declined.",
            status=402,
            type="card_error",
            code=card.code,
            decline_code=card.decline,
            setup_intent=dict(row),
        )
    row["status"] = "requires_action" if card.challenged else "succeeded"
    state.emit(f"setup_intent.{row['status']}", row)
    return row


@route("POST", "/v1/setup_intents/{id}/cancel")
def cancel_setup_intent(state: State, params: Any, id: str) -> Object:
    row = state.get("setup_intent", id)
    row["status"] = "canceled"
    state.emit("setup_intent.canceled", row)
    return row
