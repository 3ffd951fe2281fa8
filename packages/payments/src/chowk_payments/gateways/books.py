"""What the gateways share that are no remote party: books of their own, kept as one would keep them.

The books (``GatewayRecord``) are written in transactions of their own, which a rollback of ours must not
touch: called inside a transaction these gateways refuse to work. They honour idempotency keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from chowk_payments.abstract_models import AbstractGatewayRecord
from chowk_payments.gateways.base import EntryKind, GatewayEntry, Intent, Outcome, Status
from chowk_payments.models import get_gateway_record_model

WAITING = frozenset({Status.REQUIRES_ACTION, Status.AUTHORISED})


class BookGateway:
    """The part of ``Gateway`` that needs nothing but books. ``name`` marks its records."""

    name = ""

    def capture(self, *, intent: Intent, amount: int | None = None) -> Outcome:
        def take(record: AbstractGatewayRecord) -> None:
            if record.status == Status.AUTHORISED and 0 < (amount or record.amount) <= record.amount:
                record.status, record.amount = Status.SUCCEEDED, amount or record.amount
                self.taken(record)

        return self.change(intent, take)

    def cancel(self, *, intent: Intent) -> Outcome:
        if not self.find(intent.key):
            self.insert(key=intent.key, amount=intent.amount, currency=intent.currency, status="cancelled")

        def give_up(record: AbstractGatewayRecord) -> None:
            if record.status in WAITING:
                reserved = record.status == Status.AUTHORISED
                record.status = Status.CANCELLED
                if reserved:
                    self.given_up(record)

        return self.change(intent, give_up)

    def refund(self, *, intent: Intent, key: str, amount: int) -> Outcome:
        with transaction.atomic(durable=True):
            charge = self.records().select_for_update().filter(key=intent.key).first()
            if before := self.find(key):
                return self.outcome(before)
            code = self.refund_problem(charge, amount)
            record = self.model()(
                gateway=self.name,
                key=key,
                reference=self.new_reference("re"),
                kind=EntryKind.REFUND,
                charge_reference=charge.reference if charge else "",
                amount=amount,
                currency=intent.currency,
                status=Status.DECLINED if code else Status.SUCCEEDED,
                code=code,
            )
            record.save()
            if charge and not code:
                self.given_back(charge, record)
        return self.outcome(record)

    def look_up(self, *, intent: Intent) -> Outcome:
        record = self.find(intent.key)
        return self.outcome(record) if record else Outcome(status=Status.UNKNOWN)

    def transactions(self, *, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
        rows = self.records().filter(created_at__gte=since, created_at__lt=until, status=Status.SUCCEEDED)
        for row in rows.order_by("created_at", "pk").iterator():
            yield GatewayEntry(
                kind=EntryKind(row.kind),
                reference=row.reference,
                key=row.key,
                amount=row.amount,
                currency=row.currency,
                status=Status(row.status),
                created_at=row.created_at,
            )

    def taken(self, record: AbstractGatewayRecord) -> None:
        """Something is to happen, in the books' transaction, when what was reserved is taken."""

    def given_up(self, record: AbstractGatewayRecord) -> None:
        """As ``taken``, when what was reserved is given up."""

    def given_back(self, charge: AbstractGatewayRecord, refund: AbstractGatewayRecord) -> None:
        """As ``taken``, when money is given back."""

    def refund_problem(self, charge: AbstractGatewayRecord | None, amount: int) -> str:
        """Why the refund is declined, "" if it is not."""
        if charge is None or charge.status != Status.SUCCEEDED:
            return "charge_not_captured"
        refunds = self.records().filter(charge_reference=charge.reference, status=Status.SUCCEEDED)
        refunded = refunds.aggregate(total=Sum("amount"))["total"] or 0
        return "more_than_charged" if refunded + amount > charge.amount else ""

    def outcome(self, record: AbstractGatewayRecord) -> Outcome:
        """The answer that a record stands for."""
        return Outcome(
            status=Status(record.status),
            reference=record.reference,
            code=record.code,
            brand=record.brand,
            last_four=record.last_four,
        )

    def find(self, key: str) -> AbstractGatewayRecord | None:
        """The record with this key."""
        found: AbstractGatewayRecord | None = self.records().filter(key=key).first()
        return found

    def insert(self, *, key: str, kind: EntryKind = EntryKind.CHARGE, **values: Any) -> None:
        """Store a record unless its key is there: of two at once, the first decides."""
        reference = self.new_reference("ch" if kind == EntryKind.CHARGE else "po")
        record = self.model()(gateway=self.name, key=key, reference=reference, kind=kind, **values)
        with transaction.atomic(durable=True):
            self.records().bulk_create([record], ignore_conflicts=True)

    def change(self, intent: Intent, change: Callable[[AbstractGatewayRecord], None]) -> Outcome:
        """Change the intent's record under its lock."""
        with transaction.atomic(durable=True):
            record = self.records().select_for_update().filter(key=intent.key).first()
            if record is None:
                return Outcome(status=Status.UNKNOWN)
            change(record)
            record.save()
        return self.outcome(record)

    def new_reference(self, prefix: str) -> str:
        return f"{self.name}_{prefix}_{secrets.token_hex(8)}"

    def model(self) -> type[AbstractGatewayRecord]:
        return get_gateway_record_model()

    def records(self) -> Any:
        """This gateway's records."""
        return self.model()._default_manager.filter(gateway=self.name)
