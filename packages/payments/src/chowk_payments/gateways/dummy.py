"""A gateway for development and tests: the card's number chooses the outcome, as with Stripe's test cards.

Every other card is declined, so nobody's real card is ever taken. Its books: ``gateways.books``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from chowk_payments.abstract_models import AbstractGatewayRecord
from chowk_payments.exceptions import InvalidAnswer
from chowk_payments.gateways.base import Card, EntryKind, GatewayUnavailable, Intent, Outcome, Status
from chowk_payments.gateways.books import BookGateway

ACTION = {"type": "three_d_secure", "answers": ["approve", "decline"]}


@dataclass(frozen=True)
class Behaviour:
    """What a test card does. ``code`` is why it is declined; ``then`` what follows an approved challenge."""

    status: Status
    code: str = ""
    then: Status = Status.SUCCEEDED
    lost: str = ""
    """"answer": the gateway acts and its first answer gets lost; "request": the first request never
    arrives."""
    refund_code: str = ""
    refund_lost: bool = False


TEST_CARDS = {
    "4242424242424242": Behaviour(Status.SUCCEEDED),
    "5555555555554444": Behaviour(Status.SUCCEEDED),
    "378282246310005": Behaviour(Status.SUCCEEDED),
    "4000000000000002": Behaviour(Status.DECLINED, "card_declined"),
    "4000000000009995": Behaviour(Status.DECLINED, "insufficient_funds_on_card"),
    "4000000000000069": Behaviour(Status.DECLINED, "expired_card"),
    "4000000000000127": Behaviour(Status.DECLINED, "incorrect_security_code"),
    "4000000000003220": Behaviour(Status.REQUIRES_ACTION),
    "4000002500003155": Behaviour(Status.REQUIRES_ACTION),
    "4000008400001629": Behaviour(Status.REQUIRES_ACTION, "card_declined", then=Status.DECLINED),
    "4000000000000259": Behaviour(Status.SUCCEEDED, lost="answer"),
    "4000000000000341": Behaviour(Status.DECLINED, "card_declined", lost="answer"),
    "4000000000000119": Behaviour(Status.SUCCEEDED, lost="request"),
    "4000000000005126": Behaviour(Status.SUCCEEDED, refund_code="refund_declined"),
    "4000000000007726": Behaviour(Status.SUCCEEDED, refund_lost=True),
}
"""Numbers as in https://docs.stripe.com/testing; of those for 0259, 0341 and 0119 the meaning is our own."""

BY_LAST_FOUR = {number[-4:]: behaviour for number, behaviour in TEST_CARDS.items()}
UNKNOWN_CARD = Behaviour(Status.DECLINED, "not_a_test_card")


class DummyGateway(BookGateway):
    """See the module. ``Gateway`` says what the methods mean."""

    name = "dummy"
    sources = (Card,)

    def authorise(self, *, intent: Intent, source: Card, capture: bool = True) -> Outcome:
        behaviour = TEST_CARDS.get(source.number, UNKNOWN_CARD)
        if self.find(intent.key):
            return self.look_up(intent=intent)
        if behaviour.lost == "request":
            raise GatewayUnavailable("the request did not arrive")
        status = behaviour.status
        if status == Status.SUCCEEDED and not capture:
            status = Status.AUTHORISED
        self.insert(
            key=intent.key,
            amount=intent.amount,
            currency=intent.currency,
            status=status,
            code=behaviour.code if status == Status.DECLINED else "",
            brand=source.brand,
            last_four=source.last_four,
            captures=capture,
        )
        if behaviour.lost == "answer":
            raise GatewayUnavailable("the answer got lost")
        return self.look_up(intent=intent)

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        if answer not in {"", *ACTION["answers"]}:
            raise InvalidAnswer(answer=answer)

        def decide(record: AbstractGatewayRecord) -> None:
            behaviour = BY_LAST_FOUR.get(record.last_four, UNKNOWN_CARD)
            if record.status != Status.REQUIRES_ACTION or not answer:
                return
            if answer == "decline":
                record.status, record.code = Status.DECLINED, "authentication_failed"
            elif behaviour.then == Status.DECLINED:
                record.status, record.code = Status.DECLINED, behaviour.code
            else:
                record.status = Status.SUCCEEDED if record.captures else Status.AUTHORISED

        return self.change(intent, decide)

    def refund(self, *, intent: Intent, key: str, amount: int) -> Outcome:
        repeated = self.find(key) is not None
        outcome = super().refund(intent=intent, key=key, amount=amount)
        charge = self.find(intent.key)
        if charge and not repeated and BY_LAST_FOUR.get(charge.last_four, UNKNOWN_CARD).refund_lost:
            raise GatewayUnavailable("the answer got lost")
        return outcome

    def payout(self, *, key: str, amount: int, currency: str, destination: str) -> Outcome:
        """Sent at once, unless ``destination`` is "declined"."""
        declined = destination == "declined"
        self.insert(
            key=key,
            kind=EntryKind.PAYOUT,
            amount=amount,
            currency=currency,
            status=Status.DECLINED if declined else Status.SUCCEEDED,
            code="payout_declined" if declined else "",
        )
        return self.look_up(intent=Intent(key=key, amount=amount, currency=currency))

    def refund_problem(self, charge: AbstractGatewayRecord | None, amount: int) -> str:
        behaviour = BY_LAST_FOUR.get(charge.last_four, UNKNOWN_CARD) if charge else UNKNOWN_CARD
        return behaviour.refund_code or super().refund_problem(charge, amount)

    def outcome(self, record: AbstractGatewayRecord) -> Outcome:
        messages = {
            "card_declined": _("The card was declined. Try another one."),
            "insufficient_funds_on_card": _("There is not enough money on the card."),
            "expired_card": _("The card has expired."),
            "incorrect_security_code": _("The security code is wrong."),
            "authentication_failed": _("The bank did not confirm the payment. Try again."),
            "not_a_test_card": _("This is a test gateway: use one of its test cards."),
        }
        return replace(
            super().outcome(record),
            message=messages.get(record.code, ""),
            action=ACTION if record.status == Status.REQUIRES_ACTION else {},
        )
