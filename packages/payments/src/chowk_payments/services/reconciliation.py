"""Comparing a gateway's own list with our attempts and payouts, and classifying what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chowk_payments.abstract_models import AttemptKind, AttemptState, PayoutState
from chowk_payments.gateways.base import EntryKind, GatewayEntry, Status
from chowk_payments.models import get_payment_attempt_model, get_payout_model
from chowk_payments.services.charging import gateway_called

PAYOUT = str(EntryKind.PAYOUT)
KINDS = {
    EntryKind.CHARGE: str(AttemptKind.CHARGE),
    EntryKind.REFUND: str(AttemptKind.REFUND),
    EntryKind.PAYOUT: PAYOUT,
    EntryKind.TRANSFER: PAYOUT,
}
"""What a gateway's entry is to us: money to a seller's account at the gateway is a payout, as to a bank."""

MARGIN = timedelta(hours=1)
"""Our clock and the gateway's, and a call on its way: what is this close to an end of the time is looked for
on the other side beyond it."""


@dataclass(frozen=True)
class Ours:
    """What we have of a movement. Amounts in minor units; ``done``: we say that the money moved."""

    kind: str
    key: str
    reference: str
    amount: int
    currency: str
    done: bool
    created_at: datetime


@dataclass(frozen=True)
class Difference:
    """``code`` is "missing_here", "missing_there", "amount", "currency", "status" or "duplicate"."""

    code: str
    kind: str
    key: str
    reference: str
    detail: str


@dataclass
class Reconciliation:
    """What was compared, and what differs."""

    gateway: str
    ours: int = 0
    theirs: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.differences


def reconcile(*, gateway: str, since: datetime, until: datetime | None = None) -> Reconciliation:
    """Compare the list of ``gateway`` from ``since`` to ``until`` with our rows: by default up to now, less
    what the gateway says that its list may be late (``listed_after``). Changes and locks nothing. Calls the
    gateway: not to be called in a transaction. Raises UnknownGateway, GatewayUnavailable.
    """
    called = gateway_called(gateway)
    until = until or timezone.now() - getattr(called, "listed_after", timedelta(0))
    listed = called.transactions(since=since - MARGIN, until=until + MARGIN)
    theirs = [entry for entry in listed if entry.kind in KINDS]
    ours = list(_ours(gateway, since - MARGIN, until + MARGIN))
    report = Reconciliation(gateway)

    def within(row: Any) -> bool:
        return since <= row.created_at < until

    report.ours, report.theirs = sum(map(within, ours)), sum(map(within, theirs))
    by_key = {(row.kind, row.key): row for row in ours}
    by_reference = {(row.kind, row.reference): row for row in ours if row.reference}
    seen: Counter[tuple[str, str]] = Counter()
    for entry in theirs:
        kind = KINDS[entry.kind]
        row = by_key.get((kind, entry.key)) or by_reference.get((kind, entry.reference))
        if row is not None:
            seen[row.kind, row.key] += 1
            report.differences += _compare(row, entry, seen[row.kind, row.key]) if within(entry) else []
        elif entry.status == Status.SUCCEEDED and within(entry):
            report.differences.append(_of(entry, "missing_here", f"{entry.amount} {entry.currency}"))
    report.differences += [
        Difference("missing_there", row.kind, row.key, row.reference, f"{row.amount} {row.currency}")
        for row in ours
        if row.done and within(row) and not seen[row.kind, row.key]
    ]
    return report


def _ours(gateway: str, since: datetime, until: datetime) -> Iterator[Ours]:
    """Attempts and payouts of the time, by the key that the gateway was given."""
    times = {"gateway": gateway, "created_at__gte": since, "created_at__lt": until}
    for attempt in get_payment_attempt_model()._default_manager.filter(**times).iterator():
        done = attempt.state == AttemptState.SUCCEEDED
        yield _row(attempt, attempt.kind, done)
    for payout in get_payout_model()._default_manager.filter(**times).iterator():
        yield _row(payout, PAYOUT, payout.state == PayoutState.PAID)


def _row(row: Any, kind: str, done: bool) -> Ours:
    return Ours(str(kind), str(row.pk), row.gateway_reference, row.amount, row.currency, done, row.created_at)


def _compare(row: Ours, entry: GatewayEntry, times: int) -> Iterator[Difference]:
    """What differs between our row and the gateway's."""
    there = entry.status == Status.SUCCEEDED
    if times > 1 and there:
        yield _of(entry, "duplicate", f"{times} times there")
    if row.currency != entry.currency:
        yield _of(entry, "currency", f"{row.currency} here, {entry.currency} there")
    elif row.amount != entry.amount:
        yield _of(entry, "amount", f"{row.amount} here, {entry.amount} there, in minor units")
    if row.done != there:
        yield _of(entry, "status", f"{'done' if row.done else 'not done'} here, {entry.status.value} there")


def _of(entry: GatewayEntry, code: str, detail: str) -> Difference:
    return Difference(code, str(entry.kind), entry.key, entry.reference, detail)
