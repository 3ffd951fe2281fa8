"""Stripe's own lists, for the reconciliation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from chowk_payments.gateways.base import EntryKind, GatewayEntry, Status
from chowk_payments.gateways.stripe_client import KEY, StripeClient, answered, field, from_stripe

PAGE = 100
STATUSES = {"succeeded": Status.SUCCEEDED, "pending": Status.PROCESSING}


def entries(client: StripeClient, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
    """What was created in that time: captured charges, refunds, and transfers to sellers, less what was
    reversed of them. What Stripe pays out to the platform's own bank is not among them: we ask for none."""
    created = {"gte": math.ceil(since.timestamp()), "lt": math.ceil(until.timestamp())}
    params: Any = {"created": created, "limit": PAGE}
    with answered():
        for row in client.v1.charges.list(params=params).auto_paging_iter():
            if row.captured and row.status == "succeeded":
                yield _entry(EntryKind.CHARGE, row, row.amount_captured)
        for refund in client.v1.refunds.list(params=params).auto_paging_iter():
            yield _entry(EntryKind.REFUND, refund, refund.amount)
        for transfer in client.v1.transfers.list(params=params).auto_paging_iter():
            left = transfer.amount - transfer.amount_reversed
            yield _entry(EntryKind.TRANSFER, transfer, left or transfer.amount)


def _entry(kind: EntryKind, row: Any, amount: int) -> GatewayEntry:
    currency = row.currency.upper()
    status = field(row, "status") or ("reversed" if getattr(row, "reversed", False) else "succeeded")
    return GatewayEntry(
        kind=kind,
        reference=row.id,
        key=field(row.metadata, KEY),
        amount=from_stripe(amount, currency),
        currency=currency,
        status=STATUSES.get(status, Status.DECLINED),
        created_at=datetime.fromtimestamp(row.created, UTC),
    )
