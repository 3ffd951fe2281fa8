"""The list of transactions, and disputes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chowk_payments.testing.paypal_fake.state import Object, State, invalid, route

LONGEST = timedelta(days=31)
STATUSES = {"PENDING": "P", "DECLINED": "D"}


@route("GET", "/v1/reporting/transactions")
def search(state: State, params: Any) -> Object:
    try:
        since, until = (datetime.fromisoformat(params[name]) for name in ("start_date", "end_date"))
        page, size = int(params.get("page", 1)), int(params.get("page_size", 100))
    except (KeyError, ValueError):
        raise invalid("INVALID_REQUEST") from None
    if until - since > LONGEST or not 0 < size <= 500:
        raise invalid("INVALID_REQUEST")
    lines = [
        _line(row)
        for row in [*state.all("capture"), *state.all("refund")]
        if since <= datetime.fromisoformat(row["create_time"]) <= until
    ]
    lines.sort(key=lambda line: str(line["transaction_initiation_date"]))
    shown = lines[(page - 1) * size : page * size]
    return {
        "transaction_details": [{"transaction_info": line} for line in shown],
        "start_date": params["start_date"],
        "end_date": params["end_date"],
        "last_refreshed_datetime": state.now(),
        "page": page,
        "total_items": len(lines),
        "total_pages": -(-len(lines) // size) or 1,
    }


def _line(row: Object) -> Object:
    back = row["_kind"] == "refund"
    amount = dict(row["amount"])
    return {
        "transaction_id": row["id"],
        "transaction_event_code": row["_code"] if back else "T0006",
        "transaction_initiation_date": row["create_time"].replace("Z", "+0000"),
        "transaction_updated_date": row["update_time"].replace("Z", "+0000"),
        "transaction_amount": {**amount, "value": f"-{amount['value']}"} if back else amount,
        "transaction_status": STATUSES.get(row["status"], "S"),
        "custom_field": row.get("custom_id", ""),
    }


@route("GET", "/v1/customer/disputes/{id}")
def show_dispute(state: State, params: Any, id: str) -> Object:
    return state.get("dispute", id)


def dispute(state: State, capture: str, reason: str) -> Object:
    """A payer complains at PayPal about a payment."""
    row = state.get("capture", capture)
    about = {"seller_transaction_id": capture, "custom": row.get("custom_id", "")}
    made = state.new(
        "dispute",
        reason=reason,
        status="OPEN",
        disputed_transactions=[about],
        dispute_amount=row["amount"],
    )
    made["dispute_id"] = made["id"]
    state.emit("CUSTOMER.DISPUTE.CREATED", made, "dispute")
    return made


def resolve(state: State, id: str, outcome: str) -> Object:
    """PayPal decides it, such as RESOLVED_SELLER_FAVOUR."""
    row = state.get("dispute", id)
    decision: Object = {"outcome_code": outcome}
    if outcome == "RESOLVED_BUYER_FAVOUR":
        decision["amount_refunded"] = row["dispute_amount"]
    state.change(row, status="RESOLVED", dispute_outcome=decision)
    state.emit("CUSTOMER.DISPUTE.RESOLVED", row, "dispute")
    return row
