"""Connect: sellers' accounts, their onboarding, transfers to them, and payouts."""

from __future__ import annotations

import secrets
from typing import Any

from chowk_payments.testing.stripe_fake.state import Object, State, route
from chowk_payments.testing.stripe_fake.wire import StripeError, missing, required, whole

ACCOUNT = (
    "email",
    "business_type",
    "business_profile",
    "company",
    "individual",
    "settings",
    "default_currency",
)

CLOSED = frozenset({"CU", "IR", "KP", "SY"})
"""Countries without accounts."""


@route("POST", "/v1/accounts")
def create_account(state: State, params: Any) -> Object:
    if params.get("country") in CLOSED:
        raise StripeError(f"{params['country']} is not currently supported by Stripe.", param="country")
    capabilities = dict.fromkeys(params.get("capabilities") or {}, "inactive")
    row = state.new(
        "acct",
        "account",
        type=params.get("type", "none"),
        controller=params.get("controller", {}),
        country=params.get("country", "US"),
        capabilities=capabilities,
        charges_enabled=False,
        payouts_enabled=False,
        details_submitted=False,
        requirements={"currently_due": ["external_account", "tos_acceptance.date"], "disabled_reason": None},
        external_accounts={"object": "list", "data": [], "has_more": False, "url": ""},
        metadata=params.get("metadata"),
        **{name: params.get(name) for name in ACCOUNT},
    )
    if params.get("tos_acceptance"):
        identify(state, row["id"])
    return row


@route("GET", "/v1/accounts")
def list_accounts(state: State, params: Any) -> Object:
    return state.list("account", params, url="/v1/accounts")


@route("GET", "/v1/accounts/{id}")
def get_account(state: State, params: Any, id: str) -> Object:
    return state.get("account", id)


@route("POST", "/v1/accounts/{id}")
def update_account(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("account", id), params, *ACCOUNT)
    for name in params.get("capabilities") or {}:
        row["capabilities"].setdefault(name, "inactive")
    state.emit("account.updated", row, account=row["id"])
    return row


@route("DELETE", "/v1/accounts/{id}")
def delete_account(state: State, params: Any, id: str) -> Object:
    state.get("account", id)
    del state.objects[id]
    return {"id": id, "object": "account", "deleted": True}


@route("POST", "/v1/account_links")
def create_link(state: State, params: Any) -> Object:
    account = state.get("account", params.get("account", ""), "account")
    for name in ("refresh_url", "return_url", "type"):
        required(params, name)
    secret = secrets.token_hex(8)
    row = state.new(
        "link", "account_link", account=account["id"], return_url=params["return_url"], used=False
    )
    url = f"{state.url}/fake/onboarding/{row['id']}/{secret}"
    row.update(url=url, expires_at=state.now() + 300)
    return {name: row[name] for name in ("object", "created", "expires_at", "url")}


def identify(state: State, key: str) -> Object:
    """What a seller does on the onboarding page: the account may take and send money then."""
    row = state.get("account", key)
    row.update(charges_enabled=True, payouts_enabled=True, details_submitted=True)
    row["requirements"] = {"currently_due": [], "disabled_reason": None}
    row["capabilities"] = dict.fromkeys(row["capabilities"], "active")
    state.emit("account.updated", row, account=row["id"])
    return row


@route("POST", "/v1/accounts/{id}/external_accounts")
def add_bank(state: State, params: Any, id: str) -> Object:
    account = state.get("account", id)
    given = params.get("external_account")
    bank = given if isinstance(given, dict) else {}
    number = str(bank.get("account_number", "000123456789"))
    row = state.new(
        "ba",
        "bank_account",
        account=id,
        bank_name="STRIPE TEST BANK",
        country=bank.get("country", account["country"]),
        currency=bank.get("currency", "usd"),
        last4=number[-4:],
        status="new",
    )
    account["external_accounts"]["data"].append(row)
    state.emit("account.external_account.created", row, account=id)
    return row


@route("POST", "/v1/transfers")
def create_transfer(state: State, params: Any) -> Object:
    amount, name = whole(params, "amount"), str(required(params, "destination"))
    if name not in state.objects or state.objects[name]["object"] != "account":
        raise missing("destination", name, "destination")
    if charge := params.get("source_transaction"):
        left = state.get("charge", charge, "source_transaction")["amount_captured"] - sum(
            row["amount"] - row["amount_reversed"] for row in state.all("transfer", source_transaction=charge)
        )
        if amount > left:
            raise StripeError(
                "Transfers using this transaction as a source must not exceed it.", code="amount_too_large"
            )
    row = state.new(
        "tr",
        "transfer",
        amount=amount,
        amount_reversed=0,
        currency=str(required(params, "currency")).lower(),
        destination=name,
        description=params.get("description"),
        reversed=False,
        reversals={"object": "list", "data": [], "has_more": False, "url": ""},
        source_transaction=params.get("source_transaction"),
        source_type=params.get("source_type", "card"),
        transfer_group=params.get("transfer_group"),
        metadata=params.get("metadata"),
    )
    row["balance_transaction"] = state.book("transfer", -amount, row)["id"]
    state.emit("transfer.created", row)
    return row


@route("GET", "/v1/transfers")
def list_transfers(state: State, params: Any) -> Object:
    return state.list("transfer", params, "destination", "transfer_group", url="/v1/transfers")


@route("GET", "/v1/transfers/{id}")
def get_transfer(state: State, params: Any, id: str) -> Object:
    return state.get("transfer", id)


@route("POST", "/v1/transfers/{id}")
def update_transfer(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("transfer", id), params, "description")
    state.emit("transfer.updated", row)
    return row


@route("POST", "/v1/transfers/{id}/reversals")
def reverse_transfer(state: State, params: Any, id: str) -> Object:
    row = state.get("transfer", id)
    left = row["amount"] - row["amount_reversed"]
    amount = whole(params, "amount", left or None)
    if amount > left:
        raise StripeError("The reversal is greater than what is left.", code="amount_too_large")
    back = state.new(
        "trr",
        "transfer_reversal",
        amount=amount,
        currency=row["currency"],
        transfer=id,
        metadata=params.get("metadata"),
    )
    back["balance_transaction"] = state.book("transfer_refund", amount, back)["id"]
    row["amount_reversed"] += amount
    row["reversed"] = row["amount_reversed"] == row["amount"]
    row["reversals"]["data"].append(back)
    state.emit("transfer.reversed", row)
    return back


@route("POST", "/v1/payouts")
def create_payout(state: State, params: Any) -> Object:
    row = state.new(
        "po",
        "payout",
        amount=whole(params, "amount"),
        currency=str(required(params, "currency")).lower(),
        arrival_date=state.now() + 86_400,
        automatic=False,
        description=params.get("description"),
        destination=params.get("destination"),
        method=params.get("method", "standard"),
        failure_code=None,
        status="pending",
        metadata=params.get("metadata"),
    )
    row["balance_transaction"] = state.book("payout", -row["amount"], row)["id"]
    state.emit("payout.created", row)
    return row


@route("GET", "/v1/payouts")
def list_payouts(state: State, params: Any) -> Object:
    return state.list("payout", params, "status", "destination", url="/v1/payouts")


@route("GET", "/v1/payouts/{id}")
def get_payout(state: State, params: Any, id: str) -> Object:
    return state.get("payout", id)


@route("POST", "/v1/payouts/{id}")
def update_payout(state: State, params: Any, id: str) -> Object:
    row = state.update(state.get("payout", id), params)
    state.emit("payout.updated", row)
    return row


@route("POST", "/v1/payouts/{id}/cancel")
def cancel_payout(state: State, params: Any, id: str) -> Object:
    row = state.get("payout", id)
    if row["status"] != "pending":
        raise StripeError(f"Payouts in {row['status']} status can't be canceled.")
    return finish_payout(state, row, "canceled")


def finish_payout(state: State, row: Object, status: str) -> Object:
    """What happens to a payout after a while: paid, failed, or canceled."""
    row["status"] = status
    if status != "paid":
        state.book("payout_failure", row["amount"], row)
    state.emit(f"payout.{status}", row)
    return row
