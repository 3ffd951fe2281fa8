"""What a sale came to, without what differs between two runs of it: keys, numbers, times.

People are named by their part in the story, objects by what they are, so that the end of a run in which the
server was killed can be compared with the end of one in which it was not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

from django.db import connection

from chowk_auctions.models import get_auction_model, get_bid_model
from chowk_core.events import declared
from chowk_core.models import Delivery, LoggedEvent, Stream
from chowk_marketplace.models import get_order_model, get_order_transition_model
from chowk_payments.models import (
    get_account_model,
    get_hold_model,
    get_payment_attempt_model,
    get_payment_model,
    get_transfer_model,
)
from story.people import Person

State = dict[str, Any]

LEDGER_SUM = """
SELECT account.currency, SUM(balance.credits_posted - balance.debits_posted),
       SUM(balance.credits_pending - balance.debits_pending)
FROM chowk_payments_balance balance JOIN chowk_payments_account account ON account.id = balance.account_id
GROUP BY account.currency
"""
TRANSFER_SUM = """
SELECT account.id, account.currency,
       (SELECT COALESCE(SUM(amount), 0) FROM chowk_payments_transfer WHERE credit_account_id = account.id)
       - (SELECT COALESCE(SUM(amount), 0) FROM chowk_payments_transfer WHERE debit_account_id = account.id)
       - (SELECT credits_posted - debits_posted FROM chowk_payments_balance WHERE account_id = account.id)
FROM chowk_payments_account account
"""


class Story:
    """Reads the end of one sale."""

    def __init__(self, auction_id: str, people: list[Person]) -> None:
        self.auction = get_auction_model().objects.get(pk=auction_id)
        self.names = {person.id: person.name for person in people}
        self.users = list(self.names)
        self.order = get_order_model().objects.get(source_id=auction_id)

    def who(self, key: Any) -> str:
        """The part that a user plays."""
        return self.names[str(key)] if key else ""

    def state(self) -> State:
        """Everything that should be the same whatever happened on the way."""
        return {
            "auction": self._auction(),
            "bids": self._bids(),
            "listing": [line.listing.status for line in self.order.lines.all()],
            "order": self._order(),
            "transitions": self._transitions(),
            "payments": self._payments(),
            "accounts": self._accounts(),
            "transfers": self._transfers(),
            "holds": sorted(
                get_hold_model().objects.filter(**self._own("debit_account")).values_list("state")
            ),
            "events": self._events(),
        }

    def _own(self, account: str) -> dict[str, Any]:
        return {f"{account}__owner__in": self.users}

    def _auction(self) -> State:
        auction = self.auction
        return {
            "status": auction.status,
            "price": auction.price,
            "leader": self.who(auction.leader_id),
            "leader_maximum": auction.leader_maximum,
            "bid_count": auction.bid_count,
            "settled": auction.settled_at is not None,
            "defaulted": auction.defaulted_at is not None,
        }

    def _bids(self) -> list[Any]:
        bids = get_bid_model().objects.filter(auction=self.auction).order_by("sequence")
        return [
            (
                bid.sequence,
                bid.kind,
                self.who(bid.bidder_id),
                bid.maximum,
                bid.price,
                self.who(bid.leader_id),
                bid.reserve_met,
                bid.extended_to is not None,
            )
            for bid in bids
        ]

    def _order(self) -> State:
        order = self.order
        return {
            "status": order.status,
            "buyer": self.who(order.buyer_id),
            "seller": self.who(order.seller_id),
            "total": str(order.total),
            "lines": [(line.title, line.quantity, str(line.total)) for line in order.lines.all()],
            "carrier": order.carrier,
        }

    def _transitions(self) -> list[Any]:
        rows = get_order_transition_model().objects.filter(order=self.order).order_by("at", "pk")
        return [(row.from_status, row.to_status, self.who(row.actor_id)) for row in rows]

    def _payments(self) -> list[Any]:
        attempts = get_payment_attempt_model().objects.order_by("created_at")
        return sorted(
            (
                payment.purpose,
                payment.method,
                payment.state,
                payment.amount,
                self.who(payment.payer_id),
                self.who(payment.payee_id),
                [(attempt.kind, attempt.state) for attempt in attempts.filter(payment=payment)],
            )
            for payment in get_payment_model().objects.filter(payer__in=self.users)
        )

    def _accounts(self) -> list[Any]:
        accounts = get_account_model().objects.filter(owner__in=self.users).select_related("balance")
        return sorted(
            (
                account.kind,
                self.who(account.owner_id),
                account.currency,
                account.balance.credits_posted - account.balance.debits_posted,
                account.balance.debits_pending,
                account.balance.credits_pending,
            )
            for account in accounts
        )

    def _transfers(self) -> list[Any]:
        """What was booked for the order and for the people's top-ups."""
        rows = get_transfer_model().objects.select_related("debit_account", "credit_account")
        order = f"{type(self.order)._meta.label_lower}:{self.order.pk}"
        return sorted(
            (
                row.code,
                row.amount,
                row.currency,
                self._account(row.debit_account),
                self._account(row.credit_account),
            )
            for row in rows
            if row.reference == order
            or {str(row.debit_account.owner_id), str(row.credit_account.owner_id)} & set(self.users)
        )

    def _account(self, account: Any) -> str:
        return f"{account.kind} {self.names.get(str(account.owner_id), account.name)}".strip()

    def _events(self) -> dict[str, int]:
        """Names of the events of this sale and how often each happened."""
        own = {str(self.auction.pk), str(self.order.pk), *self.users}
        own |= {str(line.listing_id) for line in self.order.lines.all()}
        own |= {
            str(pk)
            for pk in get_payment_model().objects.filter(payer__in=self.users).values_list("pk", flat=True)
        }
        rows = LoggedEvent.objects.all()
        return dict(sorted(Counter(row.name for row in rows if row.stream.partition(":")[2] in own).items()))


def assert_log_is_whole() -> None:
    """Every delivery done, every stream numbered without a gap, every payload what its publisher declares."""
    left = Delivery.objects.exclude(state=Delivery.State.DONE)
    assert not left.exists(), [(row.handler, row.state, row.error) for row in left]
    for stream in Stream.objects.all():
        numbers = list(
            LoggedEvent.objects.filter(stream=stream.name).order_by("seq").values_list("seq", flat=True)
        )
        assert numbers == list(range(1, stream.last_seq + 1)), f"{stream.name}: {numbers}"
    for row in LoggedEvent.objects.all():
        assert row.name in declared, f"{row.name} is not declared"
        names = {field.name for field in fields(declared[row.name])}  # type: ignore[arg-type]
        assert set(row.payload) == names, f"{row.name}: {set(row.payload) ^ names}"


def assert_ledger_is_zero() -> None:
    """By SQL: each currency sums to zero, pending too, and counters equal the transfers they count."""
    with connection.cursor() as cursor:
        cursor.execute(LEDGER_SUM)
        sums = cursor.fetchall()
        assert sums, "nothing was booked"
        assert all(posted == pending == 0 for _currency, posted, pending in sums), sums
        cursor.execute(TRANSFER_SUM)
        assert all(drift == 0 for _account, _currency, drift in cursor.fetchall())
