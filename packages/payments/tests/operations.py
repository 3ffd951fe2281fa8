"""Random ledger operations, which one player makes on one path or another, or many players at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chowk_core.exceptions import DomainError
from chowk_payments import services
from chowk_payments.models import get_balance_model, get_hold_model, get_transfer_model
from chowk_payments.services import Leg

KINDS = (
    "transfer",
    "transfer",
    "journal",
    "hold",
    "hold",
    "post",
    "part",
    "void",
    "expire",
    "reverse",
    "repeat",
)


@dataclass
class Player:
    """Makes one random operation after another on ``accounts``; counts what the ledger answered by code."""

    accounts: list[Any]
    now: datetime
    random: random.Random
    prefix: str
    kinds: Sequence[str] = KINDS
    answers: Counter[str] = field(default_factory=Counter)
    step: int = 0

    def play(self) -> str:
        """One operation. Answers its kind and code. Anything but a domain error is raised."""
        self.step += 1
        kind = self.random.choice(self.kinds)
        try:
            getattr(self, kind)(f"{self.prefix}-{self.step}")
            answer = f"{kind}:ok"
        except DomainError as error:
            answer = f"{kind}:{error.code}"
        self.answers[answer] += 1
        return answer

    def pair(self) -> tuple[Any, Any]:
        """Two accounts, mostly of one currency."""
        debit, credit = self.random.sample(self.accounts, 2)
        if debit.currency != credit.currency and self.random.random() < 0.98:
            return self.pair()
        return debit, credit

    def amount(self) -> int:
        return self.random.choice((1, 2, 3, 10, 50, 200, 1000))

    def transfer(self, key: str) -> None:
        debit, credit = self.pair()
        services.transfer(
            legs=[Leg(debit=debit, credit=credit, amount=self.amount(), code="play")],
            key=key if self.step % 2 else "",
        )

    def journal(self, key: str) -> None:
        legs = []
        for _leg in range(self.random.randint(2, 4)):
            debit, credit = self.pair()
            legs.append(Leg(debit=debit, credit=credit, amount=self.amount(), code="journal", reference=key))
        services.transfer(legs=legs, key=key)

    def repeat(self, key: str) -> None:
        """The same entry twice under one key."""
        debit, credit = self.pair()
        legs = [Leg(debit=debit, credit=credit, amount=self.amount(), code="repeat")]
        first, again = (services.transfer(legs=legs, key=key) for _time in range(2))
        assert first[0].pk == again[0].pk

    def hold(self, key: str) -> None:
        debit, credit = self.pair()
        minutes = self.random.choice((None, -1, 1, 60))
        expires = None if minutes is None else self.now + timedelta(minutes=minutes)
        services.hold(
            debit=debit, credit=credit, amount=self.amount(), code="play", key=key, expires_at=expires
        )

    def some_hold(self) -> Any:
        """A recent hold, probably pending; others may resolve it first. None if there are few."""
        return recent(get_hold_model(), self.random.randrange(20))

    def post(self, key: str) -> None:
        if hold := self.some_hold():
            services.post_hold(hold=hold, now=self.now)

    def part(self, key: str) -> None:
        if hold := self.some_hold():
            services.post_hold(hold=hold, amount=self.random.randint(1, hold.amount + 1), now=self.now)

    def void(self, key: str) -> None:
        if hold := self.some_hold():
            services.void_hold(hold=hold)

    def expire(self, key: str) -> None:
        services.expire_holds(now=self.now, limit=5)

    def reverse(self, key: str) -> None:
        if row := recent(get_transfer_model(), self.random.randrange(20)):
            amount = self.random.choice((None, self.random.randint(1, row.amount)))
            services.reverse(original=row, amount=amount, key=key)


def recent(model: Any, back: int) -> Any:
    """The row that came ``back`` rows before the newest, None if there is none."""
    return next(iter(model._default_manager.order_by("-pk")[back : back + 1]), None)


def counters() -> dict[Any, tuple[int, ...]]:
    """Every balance's counters by account key."""
    rows = get_balance_model()._default_manager.values_list(
        "account", "debits_posted", "credits_posted", "debits_pending", "credits_pending"
    )
    return {account: tuple(values) for account, *values in rows}
