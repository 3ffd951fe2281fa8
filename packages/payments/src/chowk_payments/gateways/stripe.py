"""Stripe: payment intents with 3-D Secure, hosted checkout, refunds, Connect. Needs the extra ``stripe``.

A charge is two calls: a payment intent is created, under a key of its own and with parameters that depend on
the amount only, then confirmed. So whoever repeats a call, or cancels what may never have arrived, finds the
intent by creating it again. Stripe forgets keys after a day; older ones are looked for in its list. A payer
who is sent to Stripe's page pays another intent, which the session that the first one names knows.

Secrets (setting SECRETS): ``STRIPE_SECRET_KEY``; ``STRIPE_WEBHOOK_SECRET``, several separated by commas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from chowk_payments.exceptions import AccountRefused, InvalidAnswer
from chowk_payments.gateways.base import (
    Dispute,
    DisputeState,
    GatewayEntry,
    Intent,
    Outcome,
    Redirect,
    SellerAccount,
    Status,
    Token,
)
from chowk_payments.gateways.stripe_client import (
    KEY,
    Refusal,
    StripeClient,
    answered,
    charged,
    declines,
    field,
    from_stripe,
    refused,
    to_stripe,
)
from chowk_payments.gateways.stripe_lists import entries
from chowk_payments.gateways.stripe_notices import StripeNotices

if TYPE_CHECKING:
    from stripe import params as wire

KEY_LIFETIME = timedelta(hours=23)
"""Stripe may forget an idempotency key after 24 hours."""

OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"})


class StripeGateway(StripeNotices):
    """See the module. ``gateways.base`` says what the methods mean.

    Payouts are separate transfers to a seller's connected account: what the release left after the fee."""

    sources = (Token, Redirect)
    library = extra = "stripe"
    secrets = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")

    def __init__(self, *, secret_key: str = "", webhook_secret: str = "", url: str = "") -> None:
        super().__init__(webhook_secret=webhook_secret)
        self._given = (secret_key, url)

    @cached_property
    def client(self) -> StripeClient:
        """Made when it is first needed: without its library the site still starts."""
        return StripeClient(*self._given)

    # -- charges ---------------------------------------------------------------------------------------------

    @declines
    def authorise(self, *, intent: Intent, source: Token | Redirect, capture: bool = True) -> Outcome:
        claim = self._claim(intent)
        if claim.status not in {"requires_payment_method", "requires_confirmation"} or _tried(claim):
            outcome = self._outcome(claim)
            return self._given_up(claim, outcome) if outcome.status == Status.DECLINED else outcome
        if isinstance(source, Redirect):
            return self._open_session(intent, claim, source, capture)
        return self._confirm(intent, claim, source, capture)

    def confirm(self, *, intent: Intent, answer: str = "") -> Outcome:
        if answer:
            raise InvalidAnswer(answer=answer)
        return self.look_up(intent=intent)

    @declines
    def look_up(self, *, intent: Intent) -> Outcome:
        return self._outcome(self._claim(intent))

    @declines
    def capture(self, *, intent: Intent, amount: int | None = None) -> Outcome:
        paid = self._paying(self._claim(intent))
        if paid and paid.status == "requires_capture":
            params: wire.PaymentIntentCaptureParams = {
                "amount_to_capture": charged(amount or intent.amount, intent.currency)
            }
            with refused():
                options = self.client.keyed(f"{intent.key}:capture")
                self.client.v1.payment_intents.capture(paid.id, params=params, options=options)
        return self.look_up(intent=replace(intent, reference=paid.id if paid else intent.reference))

    @declines
    def cancel(self, *, intent: Intent) -> Outcome:
        claim = self._claim(intent)
        session = self._session(claim)
        if session and session.status == "open":
            with refused():
                self.client.v1.checkout.sessions.expire(session.id)
        for one in (claim, self._paying(claim)):
            if one and one.status in OPEN:
                with refused():
                    self.client.v1.payment_intents.cancel(one.id)
        return self._outcome(self._claim(replace(intent, reference=claim.id)))

    @declines
    def refund(self, *, intent: Intent, key: str, amount: int) -> Outcome:
        paid = self._paying(self._claim(intent))
        if paid is None or paid.status != "succeeded":
            return Outcome(status=Status.DECLINED, code="charge_not_captured")
        with answered():
            made = self.client.v1.refunds.list(params={"payment_intent": paid.id, "limit": 100})
            for row in made.auto_paging_iter():
                if field(row.metadata, KEY) == key:
                    return _refund_outcome(row)
        params: wire.RefundCreateParams = {
            "payment_intent": paid.id,
            "amount": charged(amount, intent.currency),
            "metadata": {KEY: key},
        }
        with refused() as problem:
            row = self.client.v1.refunds.create(params=params, options=self.client.keyed(f"{key}:refund"))
        return problem.outcome or _refund_outcome(row)

    def transactions(self, *, since: datetime, until: datetime) -> Iterator[GatewayEntry]:
        return entries(self.client, since, until)

    # -- sellers ---------------------------------------------------------------------------------------------

    @declines
    def payout(self, *, key: str, amount: int, currency: str, destination: str) -> Outcome:
        group = f"chowk-{key}"
        with answered():
            made = self.client.v1.transfers.list(params={"transfer_group": group, "limit": 1}).data
        if made:
            return Outcome(status=Status.SUCCEEDED, reference=made[0].id)
        params: wire.TransferCreateParams = {
            "amount": to_stripe(amount, currency),
            "currency": currency.lower(),
            "destination": destination,
            "transfer_group": group,
            "metadata": {KEY: key},
        }
        with refused() as problem:
            row = self.client.v1.transfers.create(params=params, options=self.client.keyed(f"{key}:transfer"))
        return problem.outcome or Outcome(status=Status.SUCCEEDED, reference=row.id)

    @declines
    def reverse_payout(self, *, reference: str, key: str, amount: int, currency: str) -> Outcome:
        """Take ``amount`` of a transfer back from the seller's account."""
        params: wire.TransferReversalCreateParams = {
            "amount": to_stripe(amount, currency),
            "metadata": {KEY: key},
        }
        with refused() as problem:
            options = self.client.keyed(f"{key}:reversal")
            row = self.client.v1.transfers.reversals.create(reference, params=params, options=options)
        return problem.outcome or Outcome(status=Status.SUCCEEDED, reference=row.id)

    def dispute(self, *, reference: str) -> Dispute:
        with answered():
            row = self.client.v1.disputes.retrieve(reference)
        ended = {"won": DisputeState.WON, "lost": DisputeState.LOST}
        ended |= dict.fromkeys(("warning_closed", "prevented"), DisputeState.WON)
        currency = row.currency.upper()
        return Dispute(
            state=ended.get(row.status, DisputeState.OPEN),
            amount=from_stripe(row.amount, currency),
            currency=currency,
            withdrawn=not row.status.startswith(("warning_", "prevented")),
        )

    def refund_outcome(self, *, reference: str) -> Outcome:
        with answered():
            return _refund_outcome(self.client.v1.refunds.retrieve(reference))

    def open_account(self, *, key: str, email: str, country: str) -> SellerAccount:
        params: wire.AccountCreateParams = {
            "type": "express",
            "email": email,
            "country": country,
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {KEY: key},
        }
        with refused() as problem:
            row = self.client.v1.accounts.create(params=params, options=self.client.keyed(f"{key}:account"))
        if problem.outcome:
            raise AccountRefused
        return _account(row)

    def account(self, *, reference: str) -> SellerAccount:
        with answered():
            return _account(self.client.v1.accounts.retrieve(reference))

    def onboarding_url(self, *, reference: str, return_url: str, refresh_url: str) -> str:
        params: wire.AccountLinkCreateParams = {
            "account": reference,
            "return_url": return_url,
            "refresh_url": refresh_url,
            "type": "account_onboarding",
        }
        with answered():
            return str(self.client.v1.account_links.create(params=params).url)

    # -- how it is done --------------------------------------------------------------------------------------

    def _claim(self, intent: Intent) -> Any:
        """The payment intent of ``intent``, as it is now; it is created if it never was. Raises Refusal for
        what cannot be charged: too little, or in a currency that Stripe does not take."""
        with answered():
            if intent.reference:
                return self.client.v1.payment_intents.retrieve(intent.reference)
            asked = intent.created_at
            if asked and asked < timezone.now() - KEY_LIFETIME and (found := self._search(intent, asked)):
                return found
        params: wire.PaymentIntentCreateParams = {
            "amount": charged(intent.amount, intent.currency),
            "currency": intent.currency.lower(),
            "allowed_payment_method_types": ["card"],
            "description": intent.description or f"{intent.amount} {intent.currency}",
            "metadata": {KEY: intent.key},
        }
        with refused() as problem:
            options = self.client.keyed(f"{intent.key}:create")
            row = self.client.v1.payment_intents.create(params=params, options=options)
        if problem.outcome:
            raise Refusal(problem.outcome)
        if row.last_response and row.last_response.headers.get("Idempotent-Replayed") == "true":
            with answered():
                return self.client.v1.payment_intents.retrieve(row.id)
        return row

    def _search(self, intent: Intent, asked: datetime) -> Any:
        since = int(asked.timestamp()) - 60
        until = int((asked + KEY_LIFETIME).timestamp())
        window: wire.PaymentIntentListParamsCreated = {"gte": since, "lte": until}
        rows = self.client.v1.payment_intents.list(params={"created": window, "limit": 100})
        found = (row for row in rows.auto_paging_iter() if field(row.metadata, KEY) == intent.key)
        return next(found, None)

    def _confirm(self, intent: Intent, claim: Any, source: Token, capture: bool) -> Outcome:
        params: wire.PaymentIntentConfirmParams = {
            "payment_method": source.id,
            "capture_method": "automatic" if capture else "manual",
        }
        if source.return_url:
            params["return_url"] = source.return_url
        options = self.client.keyed(f"{intent.key}:confirm")
        with refused() as problem:
            self.client.v1.payment_intents.confirm(claim.id, params=params, options=options)
        now = self._claim(replace(intent, reference=claim.id))
        outcome = self._outcome(now)
        if problem.outcome is None or outcome.status not in {Status.UNKNOWN, Status.DECLINED}:
            return outcome
        return self._given_up(claim, problem.outcome)

    def _given_up(self, claim: Any, why: Outcome) -> Outcome:
        """Cancel what is declined: whoever has its client secret could still pay it."""
        with refused():
            self.client.v1.payment_intents.cancel(claim.id)
        return replace(why, reference=claim.id)

    def _open_session(self, intent: Intent, claim: Any, source: Redirect, capture: bool) -> Outcome:
        """Open Stripe's page for the payer, and let the claim name it."""
        params: wire.checkout.SessionCreateParams = {
            "mode": "payment",
            "success_url": source.return_url,
            "cancel_url": source.cancel_url or source.return_url,
            "client_reference_id": intent.key,
            "metadata": {KEY: intent.key},
            "payment_intent_data": {
                "capture_method": "automatic" if capture else "manual",
                "metadata": {KEY: intent.key},
            },
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": intent.currency.lower(),
                        "unit_amount": charged(intent.amount, intent.currency),
                        "product_data": {"name": intent.description or intent.key},
                    },
                }
            ],
        }
        with refused() as problem:
            options = self.client.keyed(f"{intent.key}:session")
            session = self.client.v1.checkout.sessions.create(params=params, options=options)
            named: wire.PaymentIntentUpdateParams = {"metadata": {"session": session.id}}
            claim = self.client.v1.payment_intents.update(claim.id, params=named)
        return self._given_up(claim, problem.outcome) if problem.outcome else self._outcome(claim)

    def _session(self, claim: Any) -> Any:
        name = field(claim.metadata, "session")
        if not name:
            return None
        with answered():
            return self.client.v1.checkout.sessions.retrieve(name)

    def _paying(self, claim: Any) -> Any:
        """The intent that takes the money: the claim, or that of its session, None while there is none."""
        session = self._session(claim)
        if session is None:
            return claim
        if not session.payment_intent:
            return None
        with answered():
            return self.client.v1.payment_intents.retrieve(session.payment_intent)

    def _outcome(self, claim: Any) -> Outcome:
        session = self._session(claim)
        if session is None:
            return self._of(claim)
        if session.status == "complete" and session.payment_intent:
            with answered():
                return self._of(self.client.v1.payment_intents.retrieve(session.payment_intent))
        if session.status == "open" and claim.status != "canceled":
            action = {"type": "redirect", "url": session.url}
            return Outcome(status=Status.REQUIRES_ACTION, reference=claim.id, action=action)
        return Outcome(status=Status.CANCELLED, reference=claim.id)

    def _of(self, row: Any) -> Outcome:
        outcome = Outcome(status=Status.PROCESSING, reference=row.id)
        if row.status in {"succeeded", "requires_capture"}:
            with answered():
                card = self.client.card_of(row.latest_charge)
            status = Status.SUCCEEDED if row.status == "succeeded" else Status.AUTHORISED
            return replace(outcome, status=status, brand=card.brand, last_four=card.last_four)
        if row.status == "requires_action":
            return replace(outcome, status=Status.REQUIRES_ACTION, action=_action(row))
        if error := row.last_payment_error:
            code = field(error, "decline_code") or field(error, "code") or "declined"
            return replace(outcome, status=Status.DECLINED, code=code, message=field(error, "message"))
        if row.status == "canceled":
            return replace(outcome, status=Status.CANCELLED)
        return replace(outcome, status=Status.UNKNOWN) if row.status in OPEN else outcome


def _tried(claim: Any) -> bool:
    return bool(claim.last_payment_error or field(claim.metadata, "session"))


def _action(row: Any) -> dict[str, Any]:
    """Where the payer answers the bank: its page, or Stripe's script on ours."""
    if row.next_action.type == "redirect_to_url":
        return {"type": "redirect", "url": row.next_action.redirect_to_url.url}
    return {"type": "client", "client_secret": row.client_secret}


def _refund_outcome(row: Any) -> Outcome:
    statuses = {"succeeded": Status.SUCCEEDED, "failed": Status.DECLINED, "canceled": Status.DECLINED}
    status = statuses.get(row.status, Status.PROCESSING)
    code = (row.failure_reason or "refund_failed") if status == Status.DECLINED else ""
    return Outcome(status=status, reference=row.id, code=code)


def _account(row: Any) -> SellerAccount:
    return SellerAccount(
        reference=row.id,
        details_submitted=bool(row.details_submitted),
        charges_enabled=bool(row.charges_enabled),
        payouts_enabled=bool(row.payouts_enabled),
    )
