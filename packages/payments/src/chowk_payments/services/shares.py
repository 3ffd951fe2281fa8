"""The arithmetic of fees and refunds, in minor units."""

from __future__ import annotations

from typing import Any

from chowk_core.money import split
from chowk_core.targets import Target
from chowk_payments.abstract_models import AbstractPaymentPart
from chowk_payments.conf import payments_settings


def fee_of(*, amount: int, currency: str, payee: Any, target: Target) -> int:
    """What the platform keeps of ``amount``, by the FEE policy. Raises ValueError for a fee out of range."""
    fee = payments_settings.FEE(amount=amount, currency=currency, payee=payee, target=target)
    if not 0 <= fee <= amount:
        raise ValueError(f"the FEE policy answered {fee} of {amount} {currency}")
    return fee


def fee_of_part(part: AbstractPaymentPart) -> int:
    """The fee of the whole part: as fixed, else as the FEE policy says now."""
    if part.fee is not None:
        return part.fee
    return fee_of(amount=part.amount, currency=part.currency, payee=part.payee, target=part.target)


def fee_share(*, fee: int, amount: int, refunded: int) -> int:
    """What of ``fee`` belongs to the ``refunded`` units of ``amount``, by largest remainder."""
    return split(fee, [amount - refunded, refunded])[1] if refunded else 0


def fee_kept(part: AbstractPaymentPart) -> int:
    """What of the part's fee is left to the platform after its refunds so far."""
    fee = fee_of_part(part)
    if part.released_at:
        return fee - part.fee_returned
    return fee - fee_share(fee=fee, amount=part.amount, refunded=part.refunded)


def fee_to_return(part: AbstractPaymentPart, *, given: int, amount: int) -> int:
    """What of a refund of ``amount`` of a released part comes out of the platform's fee, ``given`` units
    having been given back before.

    By cumulative difference: the share of all that will have been given back, less what was returned before.
    Neither side gives more than it got, so the last refund closes both to zero, whatever came before it.
    """
    fee = fee_of_part(part)
    wanted = fee_share(fee=fee, amount=part.amount, refunded=given + amount) - part.fee_returned
    fee_left = fee - part.fee_returned
    payee_left = part.amount - given - fee_left
    return min(max(wanted, 0, amount - payee_left), amount, fee_left)
