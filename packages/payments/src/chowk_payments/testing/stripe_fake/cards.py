"""What test payment methods, tokens and numbers do: https://docs.stripe.com/testing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TestCard:
    """``decline`` is the decline code, ``code`` the error's. ``challenged``: 3-D Secure first."""

    __test__ = False

    number: str
    brand: str = "visa"
    code: str = ""
    decline: str = ""
    challenged: bool = False
    dispute: str = ""
    refund_fails: bool = False


VISA = TestCard("4242424242424242")
DECLINED = TestCard("4000000000000002", code="card_declined", decline="generic_decline")
NAMED = {
    "visa": VISA,
    "visa_debit": TestCard("4000056655665556"),
    "mastercard": TestCard("5555555555554444", "mastercard"),
    "amex": TestCard("378282246310005", "amex"),
    "us": VISA,
    "bypassPending": TestCard("4000000000000077"),
    "chargeDeclined": DECLINED,
    "visa_chargeDeclined": DECLINED,
    "chargeCustomerFail": TestCard("4000000000000341", code="card_declined", decline="generic_decline"),
    "chargeDeclinedInsufficientFunds": TestCard(
        "4000000000009995", code="card_declined", decline="insufficient_funds"
    ),
    "visa_chargeDeclinedInsufficientFunds": TestCard(
        "4000000000009995", code="card_declined", decline="insufficient_funds"
    ),
    "chargeDeclinedExpiredCard": TestCard("4000000000000069", code="expired_card", decline="expired_card"),
    "chargeDeclinedIncorrectCvc": TestCard("4000000000000127", code="incorrect_cvc", decline="incorrect_cvc"),
    "authenticationRequired": TestCard("4000002500003155", challenged=True),
    "threeDSecureRequired": TestCard("4000000000003220", challenged=True),
    "threeDSecure2Required": TestCard("4000000000003220", challenged=True),
    "threeDSecureRequiredChargeDeclined": TestCard(
        "4000008400001629", code="card_declined", decline="generic_decline", challenged=True
    ),
    "createDispute": TestCard("4000000000000259", dispute="fraudulent"),
    "createDisputeProductNotReceived": TestCard("4000000000002685", dispute="product_not_received"),
    "createDisputeInquiry": TestCard("4000000000001976", dispute="fraudulent"),
    "refundFail": TestCard("4000000000005126", refund_fails=True),
}
BY_NUMBER = {card.number: card for card in NAMED.values()}
PREFIXES = ("pm_card_", "tok_")


def card_of(name: str) -> TestCard | None:
    """The card that ``pm_card_…``, ``tok_…`` or a number stands for."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return NAMED.get(name.removeprefix(prefix))
    return BY_NUMBER.get(name)


def card_object(card: TestCard) -> dict[str, Any]:
    """A payment method's ``card``."""
    return {
        "brand": card.brand,
        "last4": card.number[-4:],
        "exp_month": 12,
        "exp_year": 2040,
        "country": "US",
        "funding": "credit",
        "fingerprint": f"fp_{card.number[-4:]}",
        "checks": {"cvc_check": "pass", "address_line1_check": None, "address_postal_code_check": None},
    }
