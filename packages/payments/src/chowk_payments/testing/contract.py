"""What every gateway promises, as tests. Subclass what your gateway can do, and say how to pay there:

class TestMine(ReservingContract, DecliningContract):
    def make_gateway(self): return MyGateway(...)
    def good_source(self): return Token(id="pm_card_visa")
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chowk_payments.exceptions import InvalidAnswer
from chowk_payments.gateways.base import EntryKind, GatewayEntry, Intent, Onboards, Outcome, PaysOut, Status

AMOUNT = 10_000


@pytest.mark.django_db
class GatewayContract:
    """What all gateways do: charge once, refund up to what was charged, cancel for good, list it all."""

    gateway: Any

    def make_gateway(self) -> Any:
        """The gateway to test."""
        raise NotImplementedError

    def good_source(self) -> Any:
        """A source that pays."""
        raise NotImplementedError

    def pay_up(self, intent: Intent, outcome: Outcome) -> Outcome:
        """What makes the answer to ``good_source`` a success, where its payer must act: nothing here."""
        return outcome

    @pytest.fixture(autouse=True)
    def _gateway(self, db: None) -> None:
        self.gateway = self.make_gateway()

    def intent(self, **changes: Any) -> Intent:
        facts = {"key": str(uuid4()), "amount": AMOUNT, "currency": "USD", "created_at": timezone.now()}
        return Intent(**{**facts, "description": "A test", **changes})

    def authorise(self, intent: Intent, source: Any = None, *, capture: bool = True) -> Outcome:
        outcome: Outcome = self.gateway.authorise(
            intent=intent, source=source or self.good_source(), capture=capture
        )
        return outcome

    def charged(self, *, capture: bool = True) -> Intent:
        """A charge that its payer has paid; reserved only without ``capture``."""
        intent = self.intent()
        outcome = self.pay_up(intent, self.authorise(intent, capture=capture))
        assert outcome.status == (Status.SUCCEEDED if capture else Status.AUTHORISED), outcome
        assert outcome.reference
        return intent

    def status(self, intent: Intent) -> Status:
        found: Status = self.gateway.look_up(intent=intent).status
        return found

    def listed(self, kind: EntryKind) -> dict[str, GatewayEntry]:
        """What the gateway lists of this kind, by key."""
        now, hour = timezone.now(), timedelta(hours=1)
        rows = self.gateway.transactions(since=now - hour, until=now + hour)
        return {row.key: row for row in rows if row.kind == kind}

    def test_takes_some_source(self) -> None:
        assert isinstance(self.good_source(), self.gateway.sources)

    def test_an_unknown_key_is_unknown(self) -> None:
        assert self.status(self.intent()) == Status.UNKNOWN

    def test_a_charge_is_found_by_key_alone_and_by_reference(self) -> None:
        intent = self.charged()
        by_key = self.gateway.look_up(intent=intent)
        assert by_key.status == Status.SUCCEEDED
        known = Intent(
            key=intent.key, amount=intent.amount, currency=intent.currency, reference=by_key.reference
        )
        assert self.gateway.look_up(intent=known) == by_key

    def test_a_repeated_charge_is_one_charge(self) -> None:
        intent = self.intent()
        first = self.authorise(intent)
        assert self.authorise(intent).reference == first.reference
        self.pay_up(intent, first)
        assert self.authorise(intent).status == Status.SUCCEEDED
        assert self.listed(EntryKind.CHARGE)[intent.key].amount == AMOUNT

    def test_a_paid_charge_is_not_cancelled(self) -> None:
        intent = self.charged()
        assert self.gateway.cancel(intent=intent).status == Status.SUCCEEDED
        assert self.status(intent) == Status.SUCCEEDED

    def test_cancelled_before_it_came_it_fails_when_it_comes(self) -> None:
        intent = self.intent()
        for _repeat in range(2):
            assert self.gateway.cancel(intent=intent).status == Status.CANCELLED
        assert self.authorise(intent).status in {Status.CANCELLED, Status.DECLINED}
        assert self.status(intent) == Status.CANCELLED
        assert intent.key not in self.listed(EntryKind.CHARGE)

    def test_confirming_without_an_answer_only_looks(self) -> None:
        intent = self.charged()
        assert self.gateway.confirm(intent=intent).status == Status.SUCCEEDED

    def test_an_answer_nobody_knows_is_refused(self) -> None:
        intent = self.charged()
        with pytest.raises(InvalidAnswer):
            self.gateway.confirm(intent=intent, answer="perhaps")

    def test_refunds_in_parts_up_to_the_charge_and_no_further(self) -> None:
        intent = self.charged()
        for amount, expected in (
            (4_000, Status.SUCCEEDED),
            (6_001, Status.DECLINED),
            (6_000, Status.SUCCEEDED),
            (1, Status.DECLINED),
        ):
            outcome = self.gateway.refund(intent=intent, key=str(uuid4()), amount=amount)
            assert outcome.status == expected, (amount, outcome)
            assert bool(outcome.code) == (expected == Status.DECLINED)
        assert sorted(row.amount for row in self.refunds_of_last()) == [4_000, 6_000]

    def test_a_repeated_refund_is_one_refund(self) -> None:
        intent, key = self.charged(), str(uuid4())
        first = self.gateway.refund(intent=intent, key=key, amount=6_000)
        assert self.gateway.refund(intent=intent, key=key, amount=6_000) == first
        assert self.listed(EntryKind.REFUND)[key].amount == 6_000

    def test_what_was_not_taken_is_not_refunded(self) -> None:
        intent = self.intent()
        self.gateway.cancel(intent=intent)
        assert self.gateway.refund(intent=intent, key=str(uuid4()), amount=1).status == Status.DECLINED

    def test_the_list_has_its_times(self) -> None:
        intent = self.charged()
        [entry] = [row for key, row in self.listed(EntryKind.CHARGE).items() if key == intent.key]
        assert (entry.amount, entry.currency, entry.status) == (AMOUNT, "USD", Status.SUCCEEDED)
        day, hour = entry.created_at + timedelta(days=1), timedelta(hours=1)
        assert not list(self.gateway.transactions(since=day, until=day + hour))
        before = entry.created_at - timedelta(seconds=1)
        rows = self.gateway.transactions(since=before - hour, until=before)
        assert intent.key not in {row.key for row in rows}

    def test_amounts_without_and_with_three_decimals(self) -> None:
        for currency, amount in (("JPY", 500), ("KWD", 12_340)):
            if not self.takes(currency):
                continue
            intent = self.intent(currency=currency, amount=amount)
            self.pay_up(intent, self.authorise(intent))
            entry = self.listed(EntryKind.CHARGE)[intent.key]
            assert (entry.amount, entry.currency) == (amount, currency)

    def takes(self, currency: str) -> bool:
        """Whether the gateway knows this currency."""
        return True

    def refunds_of_last(self) -> list[GatewayEntry]:
        return list(self.listed(EntryKind.REFUND).values())


class ReservingContract(GatewayContract):
    """Reserve first, take later, all of it or less."""

    def test_reserved_then_taken(self) -> None:
        intent = self.charged(capture=False)
        assert intent.key not in self.listed(EntryKind.CHARGE)
        for _repeat in range(2):
            assert self.gateway.capture(intent=intent).status == Status.SUCCEEDED
        assert self.listed(EntryKind.CHARGE)[intent.key].amount == AMOUNT

    def test_reserved_then_taken_in_part(self) -> None:
        intent = self.charged(capture=False)
        assert self.gateway.capture(intent=intent, amount=2_500).status == Status.SUCCEEDED
        assert self.listed(EntryKind.CHARGE)[intent.key].amount == 2_500
        refunded = self.gateway.refund(intent=intent, key=str(uuid4()), amount=2_501)
        assert refunded.status == Status.DECLINED

    def test_reserved_then_given_up(self) -> None:
        intent = self.charged(capture=False)
        for _repeat in range(2):
            assert self.gateway.cancel(intent=intent).status == Status.CANCELLED
        assert self.gateway.capture(intent=intent).status == Status.CANCELLED
        assert self.gateway.refund(intent=intent, key=str(uuid4()), amount=1).status == Status.DECLINED

    def test_more_than_was_reserved_is_not_taken(self) -> None:
        intent = self.charged(capture=False)
        assert self.gateway.capture(intent=intent, amount=AMOUNT + 1).status == Status.AUTHORISED
        assert self.status(intent) == Status.AUTHORISED


class DecliningContract(GatewayContract):
    """Some sources are declined, and it says why."""

    def bad_source(self) -> Any:
        """A source that is declined."""
        raise NotImplementedError

    def test_declined_stays_declined(self) -> None:
        intent = self.intent()
        for _repeat in range(2):
            outcome = self.authorise(intent, self.bad_source())
            assert outcome.status == Status.DECLINED
            assert outcome.code
        assert self.status(intent) in {Status.DECLINED, Status.CANCELLED}
        assert intent.key not in self.listed(EntryKind.CHARGE)
        assert self.gateway.refund(intent=intent, key=str(uuid4()), amount=1).status == Status.DECLINED


class ChallengingContract(GatewayContract):
    """The payer is asked first: 3-D Secure, a page of the gateway."""

    def challenged_source(self) -> Any:
        """A source whose payer is asked."""
        raise NotImplementedError

    def answer(self, intent: Intent, outcome: Outcome, *, approve: bool) -> Outcome:
        """The payer's answer, and what ``confirm`` says then."""
        raise NotImplementedError

    def test_asked_and_approved(self) -> None:
        intent = self.intent()
        outcome = self.authorise(intent, self.challenged_source())
        assert outcome.status == Status.REQUIRES_ACTION
        assert outcome.action["type"] in {"three_d_secure", "redirect"}
        assert self.gateway.confirm(intent=intent).status == Status.REQUIRES_ACTION
        assert self.answer(intent, outcome, approve=True).status == Status.SUCCEEDED
        assert self.status(intent) == Status.SUCCEEDED

    def test_asked_and_refused(self) -> None:
        intent = self.intent()
        outcome = self.authorise(intent, self.challenged_source())
        assert self.answer(intent, outcome, approve=False).status in {Status.DECLINED, Status.CANCELLED}
        assert intent.key not in self.listed(EntryKind.CHARGE)

    def test_asked_and_given_up(self) -> None:
        intent = self.intent()
        self.authorise(intent, self.challenged_source())
        assert self.gateway.cancel(intent=intent).status == Status.CANCELLED
        assert self.status(intent) == Status.CANCELLED


class SettlingContract(GatewayContract):
    """Somebody says that the money came."""

    def test_it_waits_until_the_money_came(self) -> None:
        intent = self.intent()
        outcome = self.authorise(intent)
        assert (outcome.status, outcome.action["type"]) == (Status.REQUIRES_ACTION, "await_money")
        assert self.gateway.confirm(intent=intent).status == Status.REQUIRES_ACTION
        for _repeat in range(2):
            assert self.gateway.settle(intent=intent).status == Status.SUCCEEDED
        assert self.gateway.settle(intent=intent, received=False).status == Status.SUCCEEDED

    def test_the_money_will_not_come(self) -> None:
        intent = self.intent()
        self.authorise(intent)
        assert self.gateway.settle(intent=intent, received=False).status == Status.CANCELLED
        assert self.gateway.settle(intent=intent).status == Status.CANCELLED


class PayingOutContract(GatewayContract):
    """It sends money to sellers."""

    def destination(self) -> str:
        """A seller's account that takes money."""
        raise NotImplementedError

    def bad_destination(self) -> str:
        """One that does not."""
        raise NotImplementedError

    def test_a_repeated_payout_is_one(self) -> None:
        assert isinstance(self.gateway, PaysOut)
        key = str(uuid4())
        facts: Any = {
            "key": key,
            "amount": 9_800,
            "currency": "USD",
            "destination": self.destination(),
        }
        first = self.gateway.payout(**facts)
        assert (first.status, bool(first.reference)) == (Status.SUCCEEDED, True)
        assert self.gateway.payout(**facts) == first
        sent = {**self.listed(EntryKind.PAYOUT), **self.listed(EntryKind.TRANSFER)}
        assert sent[key].amount == 9_800

    def test_a_payout_that_cannot_be_made_is_declined(self) -> None:
        outcome = self.gateway.payout(
            key=str(uuid4()), amount=100, currency="USD", destination=self.bad_destination()
        )
        assert outcome.status == Status.DECLINED
        assert outcome.code


class OnboardingContract(GatewayContract):
    """Sellers have accounts of their own."""

    def identify(self, reference: str, url: str) -> None:
        """Do what a seller does at the onboarding address."""
        raise NotImplementedError

    def test_opened_then_identified(self) -> None:
        assert isinstance(self.gateway, Onboards)
        key = str(uuid4())
        opened = self.gateway.open_account(key=key, email="seller@example.com", country="US")
        assert self.gateway.open_account(key=key, email="seller@example.com", country="US") == opened
        assert not opened.payouts_enabled
        url = self.gateway.onboarding_url(
            reference=opened.reference,
            return_url="https://shop.example/back",
            refresh_url="https://shop.example/again",
        )
        assert url.startswith("http")
        self.identify(opened.reference, url)
        account = self.gateway.account(reference=opened.reference)
        assert account.reference == opened.reference
        assert account.payouts_enabled
        assert account.details_submitted
