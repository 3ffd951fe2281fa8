"""What may be put into a wallet at once."""

from __future__ import annotations

from chowk_core.money import decimals
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import CurrencyNotOffered, TopUpTooLarge
from chowk_payments.legs import validate_amount


def check_top_up(amount: int, currency: str) -> None:
    """Raises InvalidLedgerAmount, UnknownCurrency, CurrencyNotOffered or TopUpTooLarge."""
    validate_amount(amount)
    places = decimals(currency)
    if currency not in payments_settings.currencies():
        raise CurrencyNotOffered(currency=currency)
    limit = payments_settings.TOP_UP_LIMIT
    if amount > int(limit.scaleb(places)):
        raise TopUpTooLarge(limit=limit, currency=currency)
