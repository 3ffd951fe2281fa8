"""Money: integer minor units inside, ``Money`` outside. Never a float.

A currency's minor unit comes from ISO 4217 as py-moneyed carries it: JPY has 0 decimals, USD 2, KWD 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import CurrencyField as DjmoneyCurrencyField
from djmoney.models.fields import MoneyField as DjmoneyMoneyField
from djmoney.utils import get_currency_field_name
from moneyed import CurrencyDoesNotExist, Money, get_currency

from chowk_core.exceptions import DomainError

LARGEST_EXPONENT = 18
"""Beyond it a number is no amount; converting "1e999999" to an integer would only burn time."""


class InvalidAmount(DomainError):
    """Not a number, not finite, or finer than the currency's minor unit."""

    code = "invalid_amount"
    message = _("Enter an amount with at most %(decimals)s decimals.")


class UnknownCurrency(DomainError):
    """Not an ISO 4217 code."""

    code = "unknown_currency"
    message = _("%(currency)s is not a currency.")


def decimals(currency: str) -> int:
    """How many decimals ``currency`` has: 0, 2 or 3. Raises UnknownCurrency."""
    try:
        return len(str(get_currency(currency).sub_unit)) - 1
    except (CurrencyDoesNotExist, AttributeError) as error:
        raise UnknownCurrency(currency=currency) from error


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """``("12.50", "USD")`` -> 1250. Raises InvalidAmount for anything the currency cannot express exactly."""
    places = decimals(currency)
    try:
        number = Decimal(amount)
        if number.adjusted() > LARGEST_EXPONENT:
            raise InvalidAmount(decimals=places, field="amount")
        scaled = number.scaleb(places)
        minor = int(scaled)
    except (InvalidOperation, ValueError, OverflowError, TypeError) as error:
        raise InvalidAmount(decimals=places, field="amount") from error
    if minor != scaled:
        raise InvalidAmount(decimals=places, field="amount")
    return minor


def money_to_minor(money: Money) -> int:
    """Minor units of ``money``. Raises InvalidAmount if it is finer than its currency."""
    return to_minor(money.amount, money.currency.code)


def from_minor(minor: int, currency: str) -> Money:
    """``(1250, "USD")`` -> ``Money("12.50", "USD")``."""
    return Money(amount_text(minor, currency), currency)


def amount_text(minor: int, currency: str) -> str:
    """``(1250, "USD")`` -> ``"12.50"``: what events, the API and sockets carry."""
    return str(Decimal(minor).scaleb(-decimals(currency)).quantize(Decimal(1).scaleb(-decimals(currency))))


def round_minor(amount: Decimal, currency: str) -> int:
    """Minor units of ``amount`` rounded half to even, where a rule yields a fraction of a unit."""
    return int(amount.scaleb(decimals(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` minor units by ``weights`` so that the parts sum to it: largest remainder.

    Remainders go to the largest fractions, ties to the earlier part. A negative total is split as its
    magnitude, negated. Raises ValueError for no weights, a negative weight or weights that sum to zero.
    """
    whole = sum(weights)
    if not weights or min(weights) < 0 or whole == 0:
        raise ValueError("weights must be non-negative and sum to more than zero")
    if total < 0:
        return [-part for part in split(-total, weights)]
    parts, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    shares = list(parts)
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


class CurrencyField(DjmoneyCurrencyField):
    """A currency code whose migration names no choices, so a site's CURRENCIES never cause one."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs.pop("default", None)
        return name, "chowk_core.money.CurrencyField", list(args), kwargs


class MoneyField(DjmoneyMoneyField):
    """django-money's field, with 3 decimals for every currency and a migration free of site settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 19)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)

    def add_currency_field(self, cls: type[Any], name: str) -> None:
        currency_name = get_currency_field_name(name, self)
        field = next((field for field in cls._meta.local_fields if field.name == currency_name), None)
        if field is None:  # a migration names it, and making one normalizes hundreds of choices
            field = CurrencyField(
                price_field=self,
                max_length=self.currency_max_length,
                default=self.default_currency,
                editable=False,
                choices=self.currency_choices,
                null=self.null,
            )
            field.creation_counter = self.creation_counter - 1
            cls.add_to_class(currency_name, field)
        self._currency_field = field

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        for setting in ("currency_choices", "default_currency", "default"):
            kwargs.pop(setting, None)
        return name, "chowk_core.money.MoneyField", list(args), kwargs
