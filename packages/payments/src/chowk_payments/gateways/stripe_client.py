"""The official client, its errors as ours, and amounts as Stripe counts them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from chowk_core.money import decimals
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable, Outcome, Status
from chowk_payments.secrets import MissingSecret

try:
    import stripe
except ImportError:  # the extra is optional; check E005 and StripeClient tell
    stripe = None  # type: ignore[assignment]

P = ParamSpec("P")

logger = logging.getLogger("chowk_payments.stripe")

KEY = "chowk_key"
"""The metadata that carries our idempotency key."""

TIMEOUT = 15
"""Seconds a call may take, twice: shorter than UNCERTAIN_AFTER."""

DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""How many decimals Stripe counts in, where ISO 4217 says otherwise. ISK and UGX have none, but are counted
in hundredths; MGA has two, and is counted in whole ones: https://docs.stripe.com/currencies#special-cases and
#zero-decimal. That HUF and TWD have no decimals concerns payouts to banks, not the transfers to sellers'
accounts that we make."""

TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""With three decimals, of which Stripe wants the last to be 0 in charges and refunds:
https://docs.stripe.com/currencies#three-decimal."""


MESSAGES = {
    "amount_too_small": _("The payment provider takes no amounts as small as this."),
    "amount_too_large": _("The payment provider takes no amounts as large as this."),
    "currency_refused": _("The payment provider does not take this currency."),
}
"""What people are told about a refusal for which Stripe has no words for them."""


@dataclass
class CardSeen:
    """What may be kept of a card."""

    brand: str = ""
    last_four: str = ""


class StripeClient:
    """``stripe.StripeClient``, configured. Raises ImproperlyConfigured, MissingSecret."""

    def __init__(self, secret_key: str = "", url: str = "") -> None:
        if stripe is None:
            raise ImproperlyConfigured("The gateway stripe needs: pip install 'chowk-payments[stripe]'")
        secret = secret_key or payments_settings.SECRETS(name="STRIPE_SECRET_KEY")
        if not secret:
            raise MissingSecret("STRIPE_SECRET_KEY")
        address = url or payments_settings.STRIPE_URL
        self._client = stripe.StripeClient(
            secret,
            base_addresses={"api": address} if address else {},
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=1,
        )
        self.v1 = self._client.v1

    def keyed(self, key: str) -> Any:
        """Options that make a call happen once."""
        return {"idempotency_key": key}

    def card_of(self, charge: str | None) -> CardSeen:
        """Brand and last four digits of what was charged."""
        row = self.v1.charges.retrieve(charge) if charge else None
        details = row and row.payment_method_details
        card = details.card if details and details.type == "card" else None
        return CardSeen(field(card, "brand")[:16], field(card, "last4")[:4]) if card else CardSeen()


def field(row: Any, name: str) -> str:
    """A text of one of Stripe's objects, which are no mappings since version 15; "" if it has none."""
    value = getattr(row, name, None) if row is not None else None
    return value if isinstance(value, str) else ""


class Refusal(Exception):
    """Stripe will not do it: ``outcome`` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


def declines(method: Callable[P, Outcome]) -> Callable[P, Outcome]:
    """Decorates a gateway's method: a Refusal in it is its outcome."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Outcome:
        try:
            return method(*args, **kwargs)
        except Refusal as refusal:
            return refusal.outcome

    return call


@contextmanager
def answered() -> Iterator[None]:
    """What is no answer becomes GatewayUnavailable: no connection, an error of theirs, too many calls. So
    does a question that Stripe refuses to answer: the settings are wrong, nothing is known of the money."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        raise GatewayUnavailable(type(error).__name__) from error
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError) as error:
        logger.error("Stripe refuses our key, or what we ask: %s %s", type(error).__name__, error.code)
        raise GatewayUnavailable(type(error).__name__) from error


@dataclass
class Problem:
    """A refusal, as outcome; None where there was none."""

    outcome: Outcome | None = None


@contextmanager
def refused() -> Iterator[Problem]:
    """What is a refusal becomes an outcome: a card that is declined, a request that cannot be. What is no
    answer is as in ``answered``."""
    problem = Problem()
    with answered():
        try:
            yield problem
        except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError) as error:
            code = _code(error)
            said = (error.user_message or "") if isinstance(error, stripe.CardError) else ""
            message = said or str(MESSAGES.get(code, ""))
            problem.outcome = Outcome(status=Status.DECLINED, code=code, message=message)


def _code(error: Any) -> str:
    """Why, in Stripe's word for it if there is one."""
    if found := field(error.error, "decline_code") or error.code:
        return str(found)
    return "currency_refused" if getattr(error, "param", None) == "currency" else "refused"


def to_stripe(amount: int, currency: str) -> int:
    """Minor units as Stripe counts them. Raises Refusal for what is finer than Stripe counts."""
    if currency not in DECIMALS:
        return amount
    counted, rest = divmod(amount * 10 ** DECIMALS[currency], 10 ** decimals(currency))
    if rest:
        raise _too_fine(currency)
    return counted


def charged(amount: int, currency: str) -> int:
    """``to_stripe`` of a charge or a refund, which other parties of Stripe's handle too. Raises Refusal."""
    if currency in TENS and amount % 10:
        raise _too_fine(currency)
    return to_stripe(amount, currency)


def from_stripe(amount: int, currency: str) -> int:
    """Minor units of what Stripe counts."""
    if currency.upper() not in DECIMALS:
        return amount
    return amount * 10 ** decimals(currency.upper()) // 10 ** DECIMALS[currency.upper()]


def _too_fine(currency: str) -> Refusal:
    message = str(_("The payment provider takes no such small fractions of %(currency)s."))
    return Refusal(
        Outcome(status=Status.DECLINED, code="amount_too_fine", message=message % {"currency": currency})
    )
