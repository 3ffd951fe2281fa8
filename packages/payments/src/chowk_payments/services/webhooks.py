"""Webhooks: checked and stored in the request, worked on afterwards.

What an event says is not believed but looked up: the gateway is asked how the charge, refund or account it is
about stands now. So neither order nor repetition matters, and one question answers every event about the same
thing that came before it.
"""

from __future__ import annotations

import logging
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from chowk_payments.abstract_models import (
    AbstractPaymentAttempt,
    AbstractWebhookEvent,
    AttemptKind,
    AttemptState,
    WebhookState,
)
from chowk_payments.conf import payments_settings
from chowk_payments.exceptions import InvalidWebhook, NoSuchWebhook
from chowk_payments.gateways.base import InvalidNotice, Notice, Notifies, Status, TellsRefunds
from chowk_payments.models import get_payment_attempt_model, get_webhook_event_model
from chowk_payments.services.announcing import announce_disputed
from chowk_payments.services.charging import OPEN, gateway_called, intent_of, record
from chowk_payments.services.connected import refresh_connected_account
from chowk_payments.services.disputes import follow_dispute
from chowk_payments.services.refunding import perform_refund, record_late_failure

logger = logging.getLogger("chowk_payments.webhooks")

LEASE = timedelta(minutes=5)
"""How long one run may take before another takes its events."""


def receive_webhook(
    *, gateway: str, body: bytes, headers: Mapping[str, str], now: datetime | None = None
) -> AbstractWebhookEvent:
    """Check a webhook's signature and time and store it, once. Nothing else happens yet.

    ``headers`` have lower-case names. Raises NoSuchWebhook for a gateway that is not configured or has none,
    InvalidWebhook for what was tampered with, is too old or comes from the future: that is not stored.
    """
    called = payments_settings.GATEWAYS.get(gateway)
    if not isinstance(called, Notifies):
        raise NoSuchWebhook
    try:
        notice = called.notice(body=body, headers=headers, now=now or timezone.now())
    except InvalidNotice as error:
        logger.warning("refused a webhook of %s: %s", gateway, error)
        raise InvalidWebhook from error
    events = get_webhook_event_model()._default_manager
    about = {"key": notice.key, "reference": notice.reference, "account": notice.account}
    row = get_webhook_event_model()(
        gateway=gateway,
        event_id=notice.id,
        type=notice.type,
        body=body.decode(),
        subject=_subject(notice)[:255],
        about={**about, "dispute": notice.dispute, "disputed": notice.disputed, "reason": notice.reason},
        happened_at=notice.created_at,
    )
    with transaction.atomic():
        events.bulk_create([row], ignore_conflicts=True)
    return events.get(gateway=gateway, event_id=notice.id)


def process_webhooks(*, now: datetime | None = None, limit: int | None = None) -> int:
    """Work on stored webhooks that are due, the oldest first. Returns how many are finished.

    Run periodically; several may run at once. Calls gateways: not to be called in a transaction. One that
    fails is tried again, ever later, and parked after WEBHOOK_ATTEMPTS runs; it does not keep others waiting.
    """
    at = now or timezone.now()
    events = get_webhook_event_model()._default_manager
    due = events.filter(state=WebhookState.RECEIVED, due_at__lte=at).order_by("happened_at", "pk")
    subjects: dict[tuple[str, str], list[AbstractWebhookEvent]] = defaultdict(list)
    for row in due[: limit or payments_settings.WEBHOOK_BATCH]:
        subjects[row.gateway, row.subject or str(row.pk)].append(row)
    return sum(_process(_claimed(rows, at)) for rows in subjects.values())


def replay_webhooks(*, events: Sequence[AbstractWebhookEvent]) -> int:
    """Make the parked ones among ``events`` due again, with all their runs. Returns how many."""
    parked = get_webhook_event_model()._default_manager.filter(
        pk__in=[event.pk for event in events], state=WebhookState.PARKED
    )
    return parked.update(state=WebhookState.RECEIVED, attempts=0, due_at=timezone.now())


def forget_webhooks(*, now: datetime | None = None) -> int:
    """Delete what was finished longer than WEBHOOK_RETENTION ago. Returns how many."""
    before = (now or timezone.now()) - payments_settings.WEBHOOK_RETENTION
    finished = [WebhookState.DONE, WebhookState.IGNORED]
    rows = get_webhook_event_model()._default_manager.filter(state__in=finished, received_at__lt=before)
    return rows.delete()[0]


def _subject(notice: Notice) -> str:
    if notice.account:
        return f"account:{notice.account}"
    if notice.dispute:
        return f"dispute:{notice.dispute}"
    return f"key:{notice.key}" if notice.key else f"reference:{notice.reference}" if notice.reference else ""


def _claimed(rows: list[AbstractWebhookEvent], now: datetime) -> list[AbstractWebhookEvent]:
    """Those of ``rows`` that no other run has taken. One that takes its process with it is tried again when
    the lease is over."""
    events = get_webhook_event_model()._default_manager
    taken = []
    for row in rows:
        mine = events.filter(pk=row.pk, state=WebhookState.RECEIVED, attempts=row.attempts)
        if mine.update(attempts=row.attempts + 1, due_at=now + LEASE):
            row.attempts += 1
            taken.append(row)
    return taken


def _process(rows: list[AbstractWebhookEvent]) -> int:
    if not rows:
        return 0
    try:
        attempt = _act(rows[-1])
    except Exception as error:
        logger.exception("webhooks of %s about %s failed", rows[0].gateway, rows[0].subject)
        for row in rows:
            _failed(row, error)
        return 0
    for row in rows:
        _finished(row, attempt)
    return len(rows)


def _finished(row: AbstractWebhookEvent, attempt: AbstractPaymentAttempt | None) -> None:
    known = attempt is not None or bool(row.about.get("account"))
    with transaction.atomic():
        mine = get_webhook_event_model()._default_manager.filter(pk=row.pk, state=WebhookState.RECEIVED)
        state = WebhookState.DONE if known else WebhookState.IGNORED
        if mine.update(state=state, error="", done_at=timezone.now()) and attempt and row.about["disputed"]:
            announce_disputed(attempt.payment, reason=row.about["reason"])


def _failed(row: AbstractWebhookEvent, error: Exception) -> None:
    row.error = "".join(traceback.format_exception_only(error)).replace("\x00", "\\x00")
    if row.attempts >= payments_settings.WEBHOOK_ATTEMPTS:
        row.state = WebhookState.PARKED
    row.due_at = timezone.now() + timedelta(seconds=5) * 2 ** min(row.attempts, 10)
    row.save(update_fields=["error", "state", "due_at"])


def _act(row: AbstractWebhookEvent) -> AbstractPaymentAttempt | None:
    """Ask the gateway how it stands, and record that. Returns the attempt it is about, None for none."""
    if account := row.about.get("account"):
        refresh_connected_account(gateway=row.gateway, reference=account)
        return None
    attempt = _attempt(row)
    if attempt is None:
        return None
    if dispute := row.about.get("dispute"):
        if attempt.state in OPEN:
            record(attempt, gateway_called(row.gateway).look_up(intent=intent_of(attempt)))
        if attempt.state == AttemptState.SUCCEEDED:
            follow_dispute(attempt, dispute)
        return attempt
    if attempt.kind == AttemptKind.REFUND:
        _follow_refund(attempt)
        return attempt
    gateway, intent = gateway_called(row.gateway), intent_of(attempt)
    outcome = gateway.look_up(intent=intent)
    if attempt.state in OPEN and outcome.status != Status.UNKNOWN:
        record(attempt, outcome)
    attempt.refresh_from_db()
    if attempt.state in {AttemptState.FAILED, AttemptState.CANCELLED}:
        _give_back(attempt, outcome.status)
    return attempt


def _follow_refund(attempt: AbstractPaymentAttempt) -> None:
    """Finish a refund, or hear that one which succeeded has failed after all."""
    gateway: Any = gateway_called(attempt.gateway)
    if attempt.state in OPEN:
        perform_refund(attempt)
    elif attempt.state == AttemptState.SUCCEEDED and isinstance(gateway, TellsRefunds):
        outcome = gateway.refund_outcome(reference=attempt.gateway_reference)
        if outcome.status in {Status.DECLINED, Status.CANCELLED}:
            record_late_failure(attempt, outcome)


def _give_back(attempt: AbstractPaymentAttempt, status: Status) -> None:
    """The gateway took, or reserved, money for an attempt that we gave up: it never was in the ledger."""
    gateway, intent = gateway_called(attempt.gateway), intent_of(attempt)
    if status == Status.AUTHORISED:
        gateway.cancel(intent=intent)
    elif status == Status.SUCCEEDED:
        logger.warning("attempt %s was charged after it was given up: given back", attempt.pk)
        gateway.refund(intent=intent, key=f"{attempt.pk}:late", amount=attempt.amount)


def _attempt(row: AbstractWebhookEvent) -> AbstractPaymentAttempt | None:
    attempts: Any = get_payment_attempt_model()._default_manager.select_related("payment")
    mine = attempts.filter(gateway=row.gateway)
    if key := row.about.get("key"):
        try:
            return mine.filter(pk=key).first()
        except (ValidationError, ValueError):
            return None
    reference = row.about.get("reference")
    charges = mine.filter(kind=AttemptKind.CHARGE)
    return charges.filter(gateway_reference=reference).first() if reference else None
