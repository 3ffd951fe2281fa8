"""How a payer pays: what a gateway's ``authorise`` is given as ``source``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_payments.exceptions import InvalidCard

BRANDS = (("4", "visa"), ("5", "mastercard"), ("2", "mastercard"), ("34", "amex"), ("37", "amex"))


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card as a payer types it. In memory only: never stored, never logged, and its repr hides it.

    Only the dummy gateway takes one: a real gateway collects the card itself and gives a ``Token``.
    """

    number: str = field(repr=False)
    expiry_month: int = field(repr=False)
    expiry_year: int = field(repr=False)
    security_code: str = field(repr=False)

    @property
    def last_four(self) -> str:
        return self.number[-4:]

    @property
    def brand(self) -> str:
        return next((name for prefix, name in BRANDS if self.number.startswith(prefix)), "card")

    def validate(self, now: datetime | None = None) -> None:
        """Raises InvalidCard: number (ISO/IEC 7812 length and Luhn), expiry date or security code."""
        today = now or timezone.now()
        if not (_digits(self.number) and 12 <= len(self.number) <= 19 and luhn(self.number)):
            raise InvalidCard(problem=_("the number is not complete or has a typing error."))
        if not 1 <= self.expiry_month <= 12:
            raise InvalidCard(problem=_("the month is from 1 to 12."))
        if (self.expiry_year, self.expiry_month) < (today.year, today.month) or self.expiry_year > 9999:
            raise InvalidCard(problem=_("it has expired."))
        if not (_digits(self.security_code) and len(self.security_code) in {3, 4}):
            raise InvalidCard(problem=_("the security code has 3 or 4 digits."))


@dataclass(frozen=True, kw_only=True)
class Token:
    """A payment method that the gateway's own form collected, by the gateway's id for it (``pm_…``).

    ``return_url`` is where the payer comes back to after a 3-D Secure challenge on the bank's page.
    """

    id: str
    customer: str = ""
    return_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """The payer goes to the gateway's own page, and comes back to one of these."""

    return_url: str
    cancel_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Cash:
    """Cash on delivery: somebody confirms later that it came."""


@dataclass(frozen=True, kw_only=True)
class BankTransfer:
    """The payer transfers the money himself: somebody confirms later that it came."""


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """What ``owner``, a user, has in the wallet."""

    owner: Any


Source: TypeAlias = Card | Token | Redirect | Cash | BankTransfer | Wallet


def luhn(number: str) -> bool:
    """Whether the digits' check digit is right (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
