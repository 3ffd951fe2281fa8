"""PayPal's own list of transactions, for the reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.utils.dateparse import parse_datetime

from chowk_payments.gateways.base import EntryKind, GatewayEntry, Status
from chowk_payments.gateways.paypal_client import PayPalClient, field, from_paypal, rows

LONGEST = timedelta(days=31)
"""The longest time that one search may cover."""

PAGE = 500

STATUSES = {"S": Status.SUCCEEDED, "V": Status.SUCCEEDED, "P": Status.PROCESSING}
"""V: a transaction that another one, listed too, reversed."""

BACK = frozenset({"T1106", "T1107", "T1201"})
"""Money that goes back: by PayPal's reversal, by our refund, by a chargeback.
https://developer.paypal.com/docs/transaction-search/transaction-event-codes/"""


def entries(client: PayPalClient, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
    """What was created in that time: payments received, and what went back."""
    while since < until:
        end = min(until, since + LONGEST)
        for row in _search(client, since, end):
            entry = _entry(row)
            if entry and since <= entry.created_at < end:
                yield entry
        since = end


def _search(client: PayPalClient, since: datetime, until: datetime) -> Iterator[Any]:
    for page in count(1):
        found = client.call(
            "transaction_search",
            "search_transactions",
            start_date=_utc(since),
            end_date=_utc(until),
            fields="transaction_info",
            page_size=PAGE,
            page=page,
        ).body
        yield from (row.transaction_info for row in rows(found, "transaction_details"))
        if page >= (getattr(found, "total_pages", None) or 1):
            return


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(row: Any) -> GatewayEntry | None:
    """What a line says, None for what is neither a payment received nor money that goes back."""
    code = field(row, "transaction_event_code")
    made = parse_datetime(field(row, "transaction_initiation_date"))
    money = getattr(row, "transaction_amount", None)
    received = code.startswith("T00") and not field(money, "value").startswith("-")
    if made is None or not (received or code in BACK):
        return None
    amount, currency = from_paypal(money)
    return GatewayEntry(
        kind=EntryKind.CHARGE if received else EntryKind.REFUND,
        reference=field(row, "transaction_id"),
        key=field(row, "custom_field").partition("/")[0] if received else field(row, "custom_field"),
        amount=amount,
        currency=currency,
        status=STATUSES.get(field(row, "transaction_status"), Status.DECLINED),
        created_at=made,
    )
