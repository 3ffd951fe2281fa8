"""Charges, refunds, disputes, balance transactions and the balance."""

from __future__ import annotations

from typing import Any

from chowk_payments.testing.stripe_fake.customers import behaviour_of, payment_method
from chowk_payments.testing.stripe_fake.state import Object, State, route
from chowk_payments.testing.stripe_fake.wire import StripeError, required, true, whole


def new_charge(
    state: State, source: Object, *, captured: bool, failure: dict[str, Any] | None = None
) -> Object:
    """A charge of a payment intent (or of what stands for one)."""
    method = state.objects.get(source["payment_method"] or "")
    row = state.new(
        "ch",
        "charge",
        amount=source["amount"],
        amount_captured=source["amount"] if captured else 0,
        amount_refunded=0,
        currency=source["currency"],
        status="failed" if failure else "succeeded",
        paid=failure is None,
        captured=captured,
        refunded=False,
        disputed=False,
        dispute=None,
        customer=source.get("customer"),
        description=source.get("description"),
        payment_intent=source["id"] if source["id"].startswith("pi_") else None,
        payment_method=method["id"] if method else None,
        payment_method_details={"type": "card", "card": {**method["card"]}} if method else None,
        failure_code=failure and failure["code"],
        failure_message=failure and failure["message"],
        outcome={"type": "issuer_declined" if failure else "authorized", "network_status": "approved"},
        transfer_group=source.get("transfer_group"),
        transfer_data=source.get("transfer_data"),
        balance_transaction=None,
        metadata=source["metadata"],
    )
    if captured:
        row["balance_transaction"] = _income(state, row)["id"]
    return row


def _income(state: State, row: Object) -> Object:
    amount = row["amount_captured"]
    return state.book("charge", amount, row, fee=round(amount * 0.029) + 30)


def take_charge(state: State, row: Object, amount: int) -> Object:
    """Capture an authorised charge; what is left of it is given up."""
    row.update(captured=True, amount_captured=amount, amount_refunded=row["amount"] - amount)
    row["balance_transaction"] = _income(state, row)["id"]
    state.emit("charge.captured", row)
    return row


def refunds_nothing_left(state: State, row: Object) -> None:
    """Give up an authorised charge."""
    row.update(refunded=True, amount_refunded=row["amount"])
    state.emit("charge.refunded", row)


@route("POST", "/v1/charges")
def create_charge(state: State, params: Any) -> Object:
    method = payment_method(state, params.get("source") or "tok_visa", customer=params.get("customer"))
    source = {
        "id": "",
        "amount": whole(params, "amount"),
        "currency": str(required(params, "currency")).lower(),
        "payment_method": method["id"],
        "metadata": params.get("metadata") or {},
        **{name: params.get(name) for name in ("customer", "description", "transfer_group")},
    }
    card = behaviour_of(method)
    if card.code:
        failure = {"code": card.code, "decline_code": card.decline, "message": "Your card was declined."}
        row = new_charge(state, source, captured=False, failure=failure)
        state.emit("charge.failed", row)
        raise StripeError(
            "Your card was declined.",
            status=402,
            type="card_error",
            charge=row["id"],
            code=card.code,
            decline_code=card.decline,
        )
    row = new_charge(state, source, captured=true(params, "capture", True))
    state.emit("charge.succeeded", row)
    return row


@route("GET", "/v1/charges")
def list_charges(state: State, params: Any) -> Object:
    return state.list("charge", params, "customer", "payment_intent", "transfer_group", url="/v1/charges")


@route("GET", "/v1/charges/{id}")
def get_charge(state: State, params: Any, id: str) -> Object:
    return state.get("charge", id)


@route("POST", "/v1/charges/{id}")
def update_charge(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("charge", id), params, "description", "shipping", "transfer_group")
    state.emit("charge.updated", row)
    return row


@route("POST", "/v1/charges/{id}/capture")
def capture_charge(state: State, params: Any, id: str) -> Object:
    row = state.get("charge", id)
    if row["captured"]:
        raise StripeError(f"Charge {id} has already been captured.", code="charge_already_captured")
    amount = whole(params, "amount", row["amount"])
    if amount > row["amount"]:
        raise StripeError("Amount may not exceed the authorized amount.", code="amount_too_large")
    return take_charge(state, row, amount)


@route("POST", "/v1/refunds")
def create_refund(state: State, params: Any) -> Object:
    row = _charge_of(state, params)
    left = row["amount"] - row["amount_refunded"]
    if row["status"] != "succeeded" or (left == 0 and row["amount_refunded"]):
        raise StripeError(
            f"Charge {row['id']} has already been refunded.", code="charge_already_refunded", param="charge"
        )
    amount = whole(params, "amount", left)
    if amount > left:
        raise StripeError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            code="amount_too_large",
            param="amount",
        )
    fails = behaviour_of(state.objects[row["payment_method"]]).refund_fails
    refund = state.new(
        "re",
        "refund",
        amount=amount,
        currency=row["currency"],
        charge=row["id"],
        payment_intent=row["payment_intent"],
        reason=params.get("reason"),
        status="failed" if fails else "succeeded",
        failure_reason="expired_or_canceled_card" if fails else None,
        balance_transaction=None,
        metadata=params.get("metadata"),
    )
    state.emit("refund.created", refund)
    if fails:
        state.emit("refund.failed", refund)
        return refund
    refund["balance_transaction"] = state.book("refund", -amount, refund)["id"]
    row["amount_refunded"] += amount
    row["refunded"] = row["amount_refunded"] == row["amount"]
    state.emit("charge.refunded", row)
    return refund


def fail_refund(state: State, refund: Object, reason: str) -> Object:
    """A refund that succeeded fails: its money is the platform's again."""
    refund.update(status="failed", failure_reason=reason)
    refund["failure_balance_transaction"] = state.book("refund_failure", refund["amount"], refund)["id"]
    row = state.get("charge", refund["charge"])
    row["amount_refunded"] -= refund["amount"]
    row["refunded"] = False
    state.emit("charge.refund.updated", refund)
    state.emit("refund.failed", refund)
    return refund


def _charge_of(state: State, params: Any) -> Object:
    if intent := params.get("payment_intent"):
        found = state.get("payment_intent", intent, "payment_intent")
        if found["status"] != "succeeded":
            raise StripeError(
                "This PaymentIntent does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        return state.get("charge", found["latest_charge"])
    row = state.get("charge", params.get("charge", ""), "charge")
    if not row["captured"]:
        refunds_nothing_left(state, row)
    return row


@route("GET", "/v1/refunds")
def list_refunds(state: State, params: Any) -> Object:
    return state.list("refund", params, "charge", "payment_intent", url="/v1/refunds")


@route("GET", "/v1/refunds/{id}")
def get_refund(state: State, params: Any, id: str) -> Object:
    return state.get("refund", id)


@route("POST", "/v1/refunds/{id}")
def update_refund(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("refund", id), params)
    state.emit("charge.refund.updated", row)
    return row


@route("GET", "/v1/disputes")
def list_disputes(state: State, params: Any) -> Object:
    return state.list("dispute", params, "charge", "payment_intent", url="/v1/disputes")


@route("GET", "/v1/disputes/{id}")
def get_dispute(state: State, params: Any, id: str) -> Object:
    return state.get("dispute", id)


@route("POST", "/v1/disputes/{id}")
def update_dispute(state: State, params: Any, id: str) -> Object:
    """Evidence decides, as in test mode: its text "winning_evidence" or "losing_evidence"."""
    row = state.get("dispute", id)
    row["evidence"].update(params.get("evidence") or {})
    row["status"] = "under_review"
    state.emit("charge.dispute.updated", row)
    text = row["evidence"].get("uncategorized_text")
    ends = {"winning_evidence": "won", "losing_evidence": "lost"}
    return decide(state, row, ends[text]) if text in ends else row


@route("POST", "/v1/disputes/{id}/close")
def close_dispute(state: State, params: Any, id: str) -> Object:
    return decide(state, state.get("dispute", id), "lost")


def decide(state: State, row: Object, status: str) -> Object:
    """A dispute ends."""
    row["status"] = status
    if status == "won":
        state.book("adjustment", row["amount"], row)
        state.emit("charge.dispute.funds_reinstated", row)
    state.emit("charge.dispute.closed", row)
    return row


@route("GET", "/v1/balance_transactions")
def list_balance(state: State, params: Any) -> Object:
    names = ("type", "source", "payout", "currency")
    return state.list("balance_transaction", params, *names, url="/v1/balance_transactions")


@route("GET", "/v1/balance_transactions/{id}")
def get_balance_transaction(state: State, params: Any, id: str) -> Object:
    return state.get("balance_transaction", id)


@route("GET", "/v1/balance")
def balance(state: State, params: Any) -> Object:
    sums: dict[str, int] = {}
    for row in state.all("balance_transaction"):
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["net"]
    available = [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())]
    return {"object": "balance", "available": available, "pending": [], "livemode": False}
