"""Recomputing the ledger from its transfers and holds, and saying where a counter says otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from chowk_core.money import amount_text
from chowk_payments.abstract_models import HoldState
from chowk_payments.legs import Delta
from chowk_payments.models import get_balance_model, get_hold_model, get_transfer_model

POSTED = (HoldState.POSTED, HoldState.PARTLY_POSTED)


@dataclass(frozen=True)
class Finding:
    """Something wrong. ``code`` is stable: "counter", "overdrawn", "currency", "hold", "no_balance"."""

    code: str
    subject: str
    detail: str


@dataclass
class LedgerReport:
    """What was read, what is wrong, and the sum of all accounts by currency (zero in a sound ledger)."""

    accounts: int = 0
    transfers: int = 0
    holds: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings and not any(self.sums.values())


def check_ledger() -> LedgerReport:
    """Compare every account's counters with its transfers and holds. Changes nothing and locks nothing.

    Reads in one transaction; on PostgreSQL in one snapshot (REPEATABLE READ), so it may run beside writers,
    and it must be the outermost transaction.
    """
    with transaction.atomic(durable=connection.vendor == "postgresql"):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        report = LedgerReport(
            transfers=get_transfer_model()._default_manager.count(),
            holds=get_hold_model()._default_manager.count(),
        )
        _check_counters(report)
        _check_currencies(report)
        _check_holds(report)
    return report


def replayed() -> dict[Any, Delta]:
    """Each account's counters by its key, as its transfers and pending holds make them."""
    transfers = get_transfer_model()._default_manager.order_by()
    pending = get_hold_model()._default_manager.order_by().filter(state=HoldState.PENDING)
    totals: defaultdict[Any, Delta] = defaultdict(Delta)
    for rows, account, counter in (
        (transfers, "debit_account", "debits_posted"),
        (transfers, "credit_account", "credits_posted"),
        (pending, "debit_account", "debits_pending"),
        (pending, "credit_account", "credits_pending"),
    ):
        for key, amount in rows.values_list(account).annotate(total=Sum("amount")):
            totals[key] = totals[key].plus(Delta(**{counter: int(amount)}))
    return totals


def _check_counters(report: LedgerReport) -> None:
    expected = replayed()
    sums: defaultdict[str, int] = defaultdict(int)
    for balance in get_balance_model()._default_manager.select_related("account").iterator():
        account: Any = balance.account
        report.accounts += 1
        sums[account.currency] += balance.posted
        should = expected.pop(account.pk, Delta())
        for name, value in should._asdict().items():
            kept = getattr(balance, name)
            if kept != value:
                report.findings.append(_finding("counter", account, f"{name} is {kept}, should be {value}"))
        if balance.available < 0 and not balance.may_go_negative:
            text = amount_text(balance.available, account.currency)
            report.findings.append(_finding("overdrawn", account, f"{text} {account.currency} available"))
    report.sums = dict(sums)
    report.findings += [
        Finding("no_balance", f"account {key}", "has transfers or holds, but no balance") for key in expected
    ]


def _check_currencies(report: LedgerReport) -> None:
    strange = ~Q(currency=F("debit_account__currency")) | ~Q(currency=F("credit_account__currency"))
    for model in (get_transfer_model(), get_hold_model()):
        for row in model._default_manager.filter(strange).iterator():
            report.findings.append(_finding("currency", row, f"{row.currency} between other currencies"))


def _check_holds(report: LedgerReport) -> None:
    """What a hold says was posted is what its one transfer moved."""
    for hold in _wrong_holds().iterator():
        text = f"{hold.state}: {hold.posted_amount} posted, {hold.moved or 0} in {hold.times} transfers"
        report.findings.append(_finding("hold", hold, text))


def _wrong_holds() -> QuerySet[Any]:
    holds: Any = get_hold_model()._default_manager.order_by()
    counted = holds.annotate(times=Count("transfers"), moved=Sum("transfers__amount"))
    right = Q(state__in=POSTED, times=1, moved=F("posted_amount")) | (~Q(state__in=POSTED) & Q(times=0))
    rows: QuerySet[Any] = counted.exclude(right)
    return rows


def _finding(code: str, row: Any, detail: str) -> Finding:
    return Finding(code, f"{row._meta.model_name} {row.pk} ({row})", detail)


def lines(report: LedgerReport) -> Iterator[str]:
    """The report as text."""
    yield f"{report.accounts} accounts, {report.transfers} transfers, {report.holds} holds"
    for currency, total in sorted(report.sums.items()):
        yield f"sum {currency}: {total}"
    for finding in report.findings:
        yield f"{finding.code}: {finding.subject}: {finding.detail}"
    yield "sound" if report.sound else "NOT SOUND"
