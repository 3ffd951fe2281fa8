"""Saying that cash or a bank transfer has come."""

from __future__ import annotations

from typing import Any

from chowk_core.exceptions import NotAllowed
from chowk_payments.abstract_models import AbstractPayment
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import NotAwaitingMoney
from chowk_payments.gateways.base import Settles
from chowk_payments.services.charging import gateway_called, intent_of, open_charge, record


def confirm_receipt(*, payment: AbstractPayment, actor: Any, received: bool = True) -> AbstractPayment:
    """The money of ``payment`` came, says ``actor``, or (``received`` False) it will not. Repeating it is
    safe: what was said first stands. Who pays never says so, whatever the policy.

    Calls the gateway: not to be called in a transaction. Raises NotAllowed (the payer, and by the policy
    MAY_CONFIRM_RECEIPT), NotAwaitingMoney.
    """
    if actor.pk == payment.payer.pk or not payments_settings.MAY_CONFIRM_RECEIPT(
        actor=actor, payment=payment
    ):
        raise NotAllowed
    attempt = open_charge(payment)
    gateway = gateway_called(attempt.gateway) if attempt else None
    if attempt is None or not isinstance(gateway, Settles):
        raise NotAwaitingMoney
    return record(attempt, gateway.settle(intent=intent_of(attempt), received=received))
