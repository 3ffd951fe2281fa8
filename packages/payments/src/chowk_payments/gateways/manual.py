"""Money that a person must see come: cash on delivery and bank transfers.

A charge waits (``await_money``) until somebody of the site says that the money came, or that it will not:
``services.confirm_receipt``. Its refunds are said to be done when they are asked for: it is the site that
sends the money back. Its books: ``gateways.books``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chowk_payments.abstract_models import AbstractGatewayRecord
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import InvalidAnswer
from chowk_payments.gateways.base import BankTransfer, Cash, Intent, Outcome, Status
from chowk_payments.gateways.books import BookGateway


class ManualGateway(BookGateway):
    """See the module. ``Gateway`` says what the methods mean."""

    name = "manual"
    sources = (Cash, BankTransfer)

    @property
    def action_timeout(self) -> timedelta:
        """How long the money may take to come."""
        return payments_settings.RECEIPT_TIMEOUT

    def authorise(self, *, intent: Intent, source: Cash | BankTransfer, capture: bool = True) -> Outcome:
        if not self.find(intent.key):
            self.insert(
                key=intent.key,
                amount=intent.amount,
                currency=intent.currency,
                status=Status.REQUIRES_ACTION,
                brand="cash" if isinstance(source, Cash) else "bank_transfer",
                captures=capture,
            )
        return self.look_up(intent=intent)

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        if answer:
            raise InvalidAnswer(answer=answer)
        return self.look_up(intent=intent)

    def settle(self, *, intent: Intent, received: bool = True) -> Outcome:
        def decide(record: AbstractGatewayRecord) -> None:
            if record.status != Status.REQUIRES_ACTION:
                return
            if not received:
                record.status = Status.CANCELLED
            else:
                record.status = Status.SUCCEEDED if record.captures else Status.AUTHORISED

        return self.change(intent, decide)

    def outcome(self, record: AbstractGatewayRecord) -> Outcome:
        outcome = super().outcome(record)
        if record.status != Status.REQUIRES_ACTION:
            return outcome
        return replace(
            outcome, action={"type": "await_money", "by": record.brand, "reference": record.reference}
        )
