"""PayPal: orders approved on PayPal's page, capture, refunds, disputes. Needs the extra ``paypal``.

A charge is an order, created under our key as PayPal-Request-Id: whoever repeats the call finds the order.
The payer approves it on PayPal's page, and PayPal then waits for us to take the money: whichever call sees
the approval first takes it (``confirm``, or ``look_up`` for a payer who never came back). PayPal cannot
cancel an order, so one that is given up says so itself (``paypal_orders``); should the money have been taken
meanwhile, it goes back. To look for a key that PayPal does not know creates its order, given up from the
start.

PayPal forgets keys after hours. That does no harm: an order whose id never reached us was never shown to a
payer, so it takes no money, and a refund is found among those of its order.

Secrets (setting SECRETS): ``PAYPAL_CLIENT_ID``, ``PAYPAL_CLIENT_SECRET``; ``PAYPAL_WEBHOOK_ID``, several
separated by commas.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Concatenate, ParamSpec

from chowk_core.money import to_minor
from chowk_payments.exceptions import InvalidAnswer
from chowk_payments.gateways.base import (
    Dispute,
    DisputeState,
    GatewayEntry,
    Intent,
    Outcome,
    Redirect,
    Status,
)
from chowk_payments.gateways.paypal_client import (
    CURRENCIES,
    PayPalClient,
    Refused,
    expressible,
    field,
    to_paypal,
)
from chowk_payments.gateways.paypal_lists import entries
from chowk_payments.gateways.paypal_notices import REVERSAL, PayPalNotices
from chowk_payments.gateways.paypal_orders import (
    GIVEN_UP,
    Order,
    capture_request,
    declined,
    giving_up,
    order_request,
    refund_outcome,
    refund_request,
)

logger = logging.getLogger("chowk_payments.paypal")

FULL = "return=representation"

OVERTAKEN = frozenset(
    {
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_COMPLETED",
        "ORDER_COMPLETED_OR_VOIDED",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
        "RESOURCE_NOT_FOUND",
    }
)
"""Refusals to take an order's money that say: it is not as you think. No verdict on the payer."""

WON, LOST = DisputeState.WON, DisputeState.LOST
ENDINGS = {
    "CANCELED_BY_BUYER": WON,
    "DENIED": WON,
    "RESOLVED_SELLER_FAVOUR": WON,
    "RESOLVED_WITH_PAYOUT": WON,
    "RESOLVED_BUYER_FAVOUR": LOST,
    "ACCEPTED": LOST,
}
"""Who has the money after a dispute, by PayPal's outcome codes."""

P = ParamSpec("P")


def _asked(
    call: Callable[Concatenate[PayPalGateway, P], Outcome],
) -> Callable[Concatenate[PayPalGateway, P], Outcome]:
    """A refusal becomes an outcome; of what PayPal does not take it is not even asked."""

    @functools.wraps(call)
    def answer(self: PayPalGateway, *args: P.args, **kwargs: P.kwargs) -> Outcome:
        intent: Any = kwargs["intent"]
        if intent.currency not in CURRENCIES:
            return declined("currency_not_taken")
        if not expressible(intent.amount, intent.currency):
            return declined("amount_not_taken")
        try:
            return call(self, *args, **kwargs)
        except Refused as refusal:
            return declined(refusal.issue.lower(), reference=intent.reference)

    return answer


class PayPalGateway(PayPalNotices):
    """See the module. ``Gateway``, ``TellsDisputes`` and ``Notifies`` say what the methods mean."""

    sources = (Redirect,)
    library, extra = "paypalserversdk", "paypal"
    secrets = ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID")
    listed_after = timedelta(hours=3)
    """How long a transaction may take to come into PayPal's list."""

    def __init__(
        self, *, client_id: str = "", client_secret: str = "", webhook_id: str = "", url: str = ""
    ) -> None:
        super().__init__(webhook_id=webhook_id, url=url)
        self._given = (client_id, client_secret, url)

    @cached_property
    def client(self) -> PayPalClient:
        """Made when it is first needed: without its library the site still starts."""
        return PayPalClient(*self._given)

    def takes(self, *, amount: int, currency: str) -> bool:
        """Whether PayPal takes this many minor units of this currency."""
        return expressible(amount, currency)

    @_asked
    def authorise(self, *, intent: Intent, source: Redirect, capture: bool = True) -> Outcome:
        return self._go_on(intent, self._find(intent, source, capture=capture)[0])

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        if answer:
            raise InvalidAnswer(answer=answer)
        return self.look_up(intent=intent)

    @_asked
    def look_up(self, *, intent: Intent) -> Outcome:
        order, known = self._find(intent)
        return self._go_on(intent, order) if known else Outcome(status=Status.UNKNOWN)

    @_asked
    def capture(self, *, intent: Intent, amount: int | None = None) -> Outcome:
        order, _known = self._find(intent)
        wanted = amount or intent.amount
        # PayPal itself would take up to 115 % of what is reserved.
        if order.reserved and 0 < wanted <= intent.amount and expressible(wanted, intent.currency):
            self._refused(
                "payments",
                "capture_authorized_payment",
                authorization_id=field(order.authorization, "id"),
                paypal_request_id=f"{intent.key}/capture",
                body=capture_request(wanted, intent.currency),
            )
            order = self._get(order.id)
        return self._go_on(intent, order)

    @_asked
    def cancel(self, *, intent: Intent) -> Outcome:
        order, _known = self._find(intent)
        if order.reserved:
            self._void(intent, order)
        elif order.open:
            self._give_up(intent, order, GIVEN_UP)
        else:
            return self._go_on(intent, order)
        return self._go_on(intent, self._get(order.id))

    @_asked
    def refund(self, *, intent: Intent, key: str, amount: int) -> Outcome:
        order, _known = self._find(intent)
        if not order.captured or order.why:
            return declined("charge_not_captured")
        made = next((row for row in order.refunds if field(row, "custom_id") == key), None)
        if made is not None:
            return refund_outcome(made)
        if not expressible(amount, intent.currency):
            return declined("amount_not_taken")
        request = _refund_of(order, refund_request(key, to_paypal(amount, intent.currency)))
        return refund_outcome(self.client.call("payments", "refund_captured_payment", **request).body)

    def transactions(self, *, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
        return entries(self.client, since, until)

    def dispute(self, *, reference: str) -> Dispute:
        """PayPal takes the money when it decides for the payer, and not before. A reversal, which a dispute
        may have led to, is told as an open one: the money stays frozen until staff have looked."""
        if reference.startswith(REVERSAL):
            return Dispute(state=DisputeState.OPEN)
        try:
            row = self.client.dispute(reference)
        except Refused as refusal:
            logger.error("PayPal does not show dispute %s: %s", reference, refusal.issue)
            return Dispute(state=DisputeState.OPEN)
        resolved = row.get("status") == "RESOLVED"
        outcome = (resolved and row.get("dispute_outcome")) or {}
        state = ENDINGS.get(outcome.get("outcome_code", ""), DisputeState.OPEN)
        if state != LOST:
            return Dispute(state=state)
        taken = outcome.get("amount_refunded") or row["dispute_amount"]
        currency = taken["currency_code"]
        amount = to_minor(taken["value"], currency)
        return Dispute(state=state, amount=amount, currency=currency, withdrawn=True)

    # -- how it is done --------------------------------------------------------------------------------------

    def _find(
        self, intent: Intent, source: Redirect | None = None, *, capture: bool = True
    ) -> tuple[Order, bool]:
        """The order of ``intent``, as it is now, and whether PayPal knew it. Created if it never was."""
        if intent.reference:
            return self._get(intent.reference), True
        answer = self.client.call(
            "orders",
            "create_order",
            paypal_request_id=intent.key,
            prefer=FULL,
            body=order_request(intent, source, capture=capture),
        )
        order = Order.read(answer.body)
        if answer.status_code == 201:
            return order, False
        return self._get(order.id), True

    def _get(self, order: str) -> Order:
        try:
            return Order.read(self.client.call("orders", "get_order", id=order).body)
        except Refused as refusal:
            if refusal.issue not in {"RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"}:
                raise
            # PayPal forgets what nobody approved within hours.
            return Order(id=order, status="VOIDED")

    def _go_on(self, intent: Intent, order: Order) -> Outcome:
        """Take the money of an order that was approved, give back that of one that was given up, and say
        what is the case."""
        if order.open and order.status == "APPROVED":
            return self._take(intent, order)
        if order.why and order.reserved:
            self._void(intent, order)
            order = self._get(order.id)
        elif order.returnable:
            logger.warning("order %s was paid after it was given up: given back", order.id)
            request = _refund_of(order, refund_request(f"{intent.key}/late"))
            self._refused("payments", "refund_captured_payment", **request)
            order = self._get(order.id)
        return order.outcome()

    def _take(self, intent: Intent, order: Order) -> Outcome:
        """Take or reserve the money, or give the order up because PayPal declines."""
        action = "capture_order" if order.intent == "CAPTURE" else "authorize_order"
        issue = self._refused("orders", action, id=order.id, paypal_request_id=f"{intent.key}/take")
        if not issue or issue in OVERTAKEN:
            now = self._get(order.id)
            return self._go_on(intent, now) if now.why else now.outcome()
        # The payer could still choose another source of money and approve again: nobody would wait for it.
        self._give_up(intent, order, issue.lower())
        outcome = self._get(order.id).outcome()
        if outcome.status == Status.PROCESSING:
            return declined(issue.lower(), reference=order.id)
        return outcome

    def _give_up(self, intent: Intent, order: Order, why: str) -> None:
        """Let the order say why it is given up. One that has been paid meanwhile takes no change."""
        problem = self._refused("orders", "patch_order", id=order.id, body=giving_up(intent, why))
        if problem and problem not in OVERTAKEN:
            logger.error("order %s cannot be given up: %s", order.id, problem)

    def _void(self, intent: Intent, order: Order) -> None:
        self._refused(
            "payments",
            "void_payment",
            authorization_id=field(order.authorization, "id"),
            paypal_request_id=f"{intent.key}/void",
        )

    def _refused(self, resource: str, action: str, **options: Any) -> str:
        """Do it, and answer "", or why PayPal did not: the order is looked at afterwards."""
        try:
            self.client.call(resource, action, **{"prefer": FULL, **options})
        except Refused as refusal:
            return refusal.issue
        return ""


def _refund_of(order: Order, request: Any) -> dict[str, Any]:
    """A call's options: give back what was taken for ``order``, or part of it, once."""
    return {
        "capture_id": field(order.capture, "id"),
        "paypal_request_id": request.custom_id,
        "prefer": FULL,
        "body": request,
    }
