"""Amounts as people and programs send them, turned into the minor units that auctions count in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from chowk_auctions.exceptions import AmountOutOfRange, WrongCurrency
from chowk_core.money import InvalidAmount, amount_text, decimals, to_minor

LARGEST = 10**15
"""In minor units: above what anything costs, below what a bigint and a browser's number hold."""


def parse_amount(amount: Decimal | str | int, currency: str, *, field: str = "amount") -> int:
    """``("12.50", "USD")`` -> 1250.

    Raises InvalidAmount for what is no finite number or finer than the currency, AmountOutOfRange for
    zero, a negative number and anything above LARGEST, UnknownCurrency. Floats and booleans are refused:
    they come from code that lost the exact amount already.
    """
    places = decimals(currency)
    if isinstance(amount, float | bool):
        raise InvalidAmount(decimals=places, field=field)
    try:
        number = Decimal(amount)
    except (InvalidOperation, ValueError, TypeError) as error:
        raise InvalidAmount(decimals=places, field=field) from error
    if not number.is_finite():
        raise InvalidAmount(decimals=places, field=field)
    limit = amount_text(LARGEST, currency)
    if number <= 0 or number.adjusted() > 18:  # before scaling: 1e999999 would become a huge integer
        raise AmountOutOfRange(limit=limit, field=field)
    try:
        minor = to_minor(number, currency)
    except InvalidAmount as error:
        raise InvalidAmount(decimals=places, field=field) from error
    if minor > LARGEST:
        raise AmountOutOfRange(limit=limit, field=field)
    return minor


def require_currency(given: str | None, expected: str) -> None:
    """Raises WrongCurrency if a currency is given and it is not the auction's."""
    if given is not None and given != expected:
        raise WrongCurrency(currency=expected)
