"""Finishing what was left without an answer: by a timeout, a killed process, a payer who went away."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from chowk_payments.abstract_models import AbstractPaymentAttempt, AttemptKind, AttemptState
from chowk_payments.conf import payments_settings
from chowk_payments.gateways.base import GatewayUnavailable, Status
from chowk_payments.models import get_payment_attempt_model
from chowk_payments.services.batches import each_due
from chowk_payments.services.charging import gateway_called, given_up_at, intent_of, record
from chowk_payments.services.refunding import perform_refund

logger = logging.getLogger("chowk_payments.uncertain")


def resolve_uncertain_payments(*, now: datetime | None = None) -> int:
    """Ask the gateways about every attempt that has been open for UNCERTAIN_AFTER. Returns how many got
    resolved.

    A charge the gateway never heard of is cancelled there, so that it cannot arrive late, and has failed. A
    challenge unanswered for ACTION_TIMEOUT is cancelled. A refund is asked for again, under its key. One that
    cannot be asked about stays for a later run and is logged. One that fails (its gateway is configured no
    more) raises as ``each_due``. Calls gateways: not to be called in a transaction.
    """
    at = now or timezone.now()
    due = Q(created_at__lte=at - payments_settings.UNCERTAIN_AFTER) | Q(state=AttemptState.UNCERTAIN)
    attempts = get_payment_attempt_model()._default_manager.open().filter(due)  # type: ignore[attr-defined]
    return each_due(attempts.select_related("payment"), lambda attempt: _resolve(attempt, at), now=at)


def _resolve(attempt: AbstractPaymentAttempt, now: datetime) -> bool:
    try:
        if attempt.kind == AttemptKind.REFUND:
            perform_refund(attempt)
        else:
            _ask(attempt, now)
    except GatewayUnavailable:
        logger.warning("gateway %s does not answer about attempt %s", attempt.gateway, attempt.pk)
    attempt.refresh_from_db(fields=["state"])
    return attempt.state in {AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.CANCELLED}


def _ask(attempt: AbstractPaymentAttempt, now: datetime) -> None:
    gateway, intent = gateway_called(attempt.gateway), intent_of(attempt)
    outcome = gateway.look_up(intent=intent)
    overdue = given_up_at(attempt) <= now
    if outcome.status == Status.UNKNOWN:
        outcome = gateway.cancel(intent=intent)
        if outcome.status == Status.CANCELLED:
            outcome = replace(outcome, status=Status.DECLINED, code="not_received")
    elif outcome.status == Status.REQUIRES_ACTION and overdue:
        outcome = gateway.cancel(intent=intent)
    record(attempt, outcome)
