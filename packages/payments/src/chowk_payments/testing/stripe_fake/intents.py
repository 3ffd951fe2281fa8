"""Payment intents, and what their confirmation does to charges."""

from __future__ import annotations

import secrets
from typing import Any

from chowk_payments.testing.stripe_fake.cards import TestCard
from chowk_payments.testing.stripe_fake.charges import new_charge, refunds_nothing_left, take_charge
from chowk_payments.testing.stripe_fake.customers import behaviour_of, payment_method
from chowk_payments.testing.stripe_fake.state import Object, State, route
from chowk_payments.testing.stripe_fake.wire import StripeError, chargeable, required, true, whole

KEPT = (
    "customer",
    "description",
    "receipt_email",
    "shipping",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
    "on_behalf_of",
)
OPEN = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}


@route("POST", "/v1/payment_intents")
def create(state: State, params: Any) -> Object:
    amount, currency = whole(params, "amount"), str(required(params, "currency")).lower()
    chargeable(amount, currency)
    row = state.new(
        "pi",
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        currency=currency,
        status="requires_payment_method",
        capture_method=params.get("capture_method", "automatic_async"),
        confirmation_method=params.get("confirmation_method", "automatic"),
        payment_method=None,
        payment_method_types=params.get("allowed_payment_method_types")
        or params.get("payment_method_types", ["card"]),
        payment_method_options=params.get("payment_method_options", {}),
        automatic_payment_methods=params.get("automatic_payment_methods"),
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        canceled_at=None,
        cancellation_reason=None,
        application_fee_amount=None,
        metadata=params.get("metadata"),
        **{name: params.get(name) for name in KEPT},
    )
    row["client_secret"] = f"{row['id']}_secret_{secrets.token_hex(8)}"
    state.emit("payment_intent.created", row)
    _choose(state, row, params)
    return confirm(state, params, row["id"]) if true(params, "confirm") else row


@route("GET", "/v1/payment_intents")
def list_intents(state: State, params: Any) -> Object:
    return state.list("payment_intent", params, "customer", url="/v1/payment_intents")


@route("GET", "/v1/payment_intents/{id}")
def retrieve(state: State, params: Any, id: str) -> Object:
    return state.get("payment_intent", id)


@route("POST", "/v1/payment_intents/{id}")
def update(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("payment_intent", id), params, *KEPT)
    if "amount" in params:
        row["amount"] = whole(params, "amount")
    _choose(state, row, params)
    return row


@route("POST", "/v1/payment_intents/{id}/confirm")
def confirm(state: State, params: Any, id: str) -> Object:
    row = state.get("payment_intent", id)
    if row["status"] not in OPEN - {"requires_capture"}:
        raise _wrong_state(row, "confirm")
    _choose(state, row, params)
    if row["payment_method"] is None:
        raise StripeError(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    if "capture_method" in params:
        row["capture_method"] = params["capture_method"]
    card = behaviour_of(state.objects[row["payment_method"]])
    if card.challenged and not true(params, "off_session"):
        return _challenge(state, row, params.get("return_url"))
    return charge(state, row, card)


def _challenge(state: State, row: Object, return_url: str | None) -> Object:
    row["status"] = "requires_action"
    if return_url:
        url = f"{state.url}/fake/3ds/{row['id']}"
        row["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": return_url},
        }
    else:
        row["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    state.emit("payment_intent.requires_action", row)
    return row


def charge(state: State, row: Object, card: TestCard) -> Object:
    """Charge a confirmed intent. Raises StripeError for a card that is declined."""
    row["next_action"] = None
    if card.code:
        raise decline(state, row, code=card.code, decline_code=card.decline)
    manual = row["capture_method"] == "manual"
    made = new_charge(state, row, captured=not manual)
    row["latest_charge"] = made["id"]
    if manual:
        row.update(status="requires_capture", amount_capturable=row["amount"])
        state.emit("charge.succeeded", made)
        state.emit("payment_intent.amount_capturable_updated", row)
        return row
    row.update(status="succeeded", amount_received=row["amount"])
    state.emit("charge.succeeded", made)
    state.emit("payment_intent.succeeded", row)
    if card.dispute:
        dispute(state, made, card.dispute)
    return row


def decline(state: State, row: Object, *, code: str, decline_code: str) -> StripeError:
    """Note a failed charge; the error to raise."""
    message = "Your card was declined." if code == "card_declined" else f"Your card was declined: {code}."
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "payment_method": state.objects.get(row["payment_method"] or ""),
    }
    row.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    if code != "payment_intent_authentication_failure":
        failed = new_charge(state, row, captured=False, failure=error)
        row["latest_charge"] = error["charge"] = failed["id"]
        state.emit("charge.failed", failed)
    row["payment_method"] = None
    state.emit("payment_intent.payment_failed", row)
    extra = {name: value for name, value in error.items() if name not in {"type", "message"}}
    return StripeError(message, status=402, type="card_error", payment_intent=dict(row), **extra)


def dispute(state: State, made: Object, reason: str) -> Object:
    """The payer's bank takes a charge back."""
    row = state.new(
        "du",
        "dispute",
        amount=made["amount"],
        currency=made["currency"],
        charge=made["id"],
        payment_intent=made["payment_intent"],
        reason=reason,
        status="needs_response",
        evidence={},
        evidence_details={"due_by": state.now() + 604_800, "has_evidence": False, "submission_count": 0},
        is_charge_refundable=False,
    )
    made["disputed"], made["dispute"] = True, row["id"]
    row["balance_transactions"] = [dict(state.book("adjustment", -made["amount"], row, fee=1500))]
    state.emit("charge.dispute.created", row)
    state.emit("charge.dispute.funds_withdrawn", row)
    return row


@route("POST", "/v1/payment_intents/{id}/capture")
def capture(state: State, params: Any, id: str) -> Object:
    row = state.get("payment_intent", id)
    if row["status"] != "requires_capture":
        raise _wrong_state(row, "capture")
    amount = whole(params, "amount_to_capture", row["amount_capturable"])
    if amount > row["amount_capturable"]:
        raise StripeError(
            "The amount to capture is greater than the amount you can capture.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    take_charge(state, state.objects[row["latest_charge"]], amount)
    row.update(status="succeeded", amount_received=amount, amount_capturable=0)
    state.emit("payment_intent.succeeded", row)
    return row


@route("POST", "/v1/payment_intents/{id}/cancel")
def cancel(state: State, params: Any, id: str) -> Object:
    row = state.get("payment_intent", id)
    if row["status"] not in OPEN:
        raise _wrong_state(row, "cancel")
    if row["status"] == "requires_capture":
        refunds_nothing_left(state, state.objects[row["latest_charge"]])
    row.update(
        status="canceled",
        canceled_at=state.now(),
        amount_capturable=0,
        next_action=None,
        cancellation_reason=params.get("cancellation_reason"),
    )
    state.emit("payment_intent.canceled", row)
    return row


def _wrong_state(row: Object, verb: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this PaymentIntent because it has a status of {row['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=dict(row),
    )


def _choose(state: State, row: Object, params: Any) -> None:
    given = params.get("payment_method")
    data = params.get("payment_method_data") or {}
    if data.get("type") == "card" and data.get("card", {}).get("token"):
        given = data["card"]["token"]
    if given:
        row["payment_method"] = payment_method(state, given)["id"]
        if row["status"] == "requires_payment_method":
            row["status"] = "requires_confirmation"
