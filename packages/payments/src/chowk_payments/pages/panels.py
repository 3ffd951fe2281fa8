"""What payments put on other packages' pages: paying on an order, and what the seller gets of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chowk_core.exceptions import DomainError
from chowk_core.targets import Target
from chowk_payments import selectors
from chowk_payments.abstract_models import LIVE_STATES, PaymentState
from chowk_payments.conf import payments_settings
from chowk_payments.selectors import Breakdown
from chowk_payments.services import fee_of

PAID_STATES = {
    PaymentState.CAPTURED,
    PaymentState.RELEASED,
    PaymentState.REFUNDING,
    PaymentState.REFUNDED,
}
"""The money has come, whatever became of it afterwards."""


def payable(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    """On anything that PAYABLES knows: pay for it, or what became of the money. To its two parties only."""
    found = {}
    for shown in objects:
        target = Target.of(shown)
        policy = payments_settings.PAYABLES.get(target.type)
        if policy is None or not request.user.is_authenticated:
            continue
        try:
            charge = policy(target=target, payer=request.user)
        except DomainError:
            continue
        due = charge.payable or (charge.payee_id == str(request.user.pk) and _is_due(policy, target, charge))
        found[str(shown.pk)] = _draw(request, target, charge, due=due)
    return found


def _is_due(policy: Any, target: Target, charge: Any) -> bool:
    """Whether its payer could pay it now, which the policy says of the one that it is asked for."""
    payer = get_user_model()._default_manager.filter(pk=charge.payer_id).first()
    if payer is None:
        return False
    try:
        return bool(policy(target=target, payer=payer).payable)
    except DomainError:
        return False


def _draw(request: HttpRequest, target: Target, charge: Any, *, due: bool) -> SafeString:
    payments = list(selectors.payments_of_target(request.user, target))
    payment = next((one for one in payments if one.state in LIVE_STATES), payments[0] if payments else None)
    is_payee = charge.payee_id == str(request.user.pk)
    paid = payment is not None and payment.state in PAID_STATES
    own = _own_parts(target, payment)
    parts = _parts(request.user, target, charge, own) if is_payee and (due or paid) else None
    fee_percent = Decimal(100 * parts.fee) / parts.gross if parts and parts.gross else Decimal(0)
    context = {
        "charge": charge,
        "payment": payment,
        "attempt": next(iter(reversed(payment.attempts.all())), None) if payment else None,
        "is_payee": is_payee,
        "is_payer": charge.payer_id == str(request.user.pk),
        "query": urlencode({"type": target.type, "id": target.id}),
        "parts": parts,
        "invoices": selectors.visible_invoices(request.user).filter(part__in=own) if own else [],
        "fee_percent": fee_percent,
        "net_percent": 100 - fee_percent,
    }
    return render_to_string("chowk_payments/includes/payable.html", context, request)


def _own_parts(target: Target, payment: Any) -> list[Any]:
    """What of ``payment`` is for ``target``: all of it, or one of its parts."""
    if payment is None:
        return []
    return [part for part in payment.shown_parts if target in {part.target, payment.target}]


def _parts(payee: Any, target: Target, charge: Any, own: list[Any]) -> Breakdown:
    """What of the money is the seller's: as booked, or as the FEE policy says now."""
    if own:
        return selectors.breakdown(own)
    fee = getattr(charge, "fee_minor", None)
    if fee is None:
        fee = fee_of(amount=charge.amount_minor, currency=charge.currency, payee=payee, target=target)
    return Breakdown(charge.amount_minor, fee, charge.amount_minor - fee, charge.currency)
