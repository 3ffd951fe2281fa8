"""The event log. Infrastructure: not swappable, no relation to any other app's tables."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_epoch() -> str:
    """A short random name for a stream's history. It changes when history is lost."""
    return secrets.token_hex(4)


class Stream(models.Model):
    """A numbered sequence of events about one thing, such as ``auctions.auction:42``.

    ``last_seq`` is only ever raised by the statement that takes the next number, in the transaction that
    inserts the event: the row lock makes commit order equal number order, without gaps.
    """

    name = models.CharField(max_length=160, primary_key=True)
    last_seq = models.PositiveBigIntegerField(default=0)
    pruned_seq = models.PositiveBigIntegerField(default=0, help_text=_("Events up to here have been pruned."))
    epoch = models.CharField(max_length=16, default=new_epoch)

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self) -> str:
        return self.name


class LoggedEvent(models.Model):
    """One event. Never changed; removed only by pruning."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    stream = models.CharField(max_length=160, blank=True)
    seq = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "seq"], condition=~models.Q(stream=""), name="chowk_core_event_stream_seq"
            )
        ]
        indexes = [models.Index(fields=["at"], name="chowk_core_event_at")]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(models.Model):
    """One handler's duty towards one event: the row that makes its effect happen once."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(
        LoggedEvent, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    stream = models.CharField(
        max_length=160,
        blank=True,
        help_text=_("The event's stream: a handler gets a stream's events in order."),
    )
    handler = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="chowk_core_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(state="due"), name="chowk_core_delivery_due"
            ),
            models.Index(
                fields=["stream", "handler", "id"],
                condition=models.Q(state="due"),
                name="chowk_core_delivery_order",
            ),
            models.Index(
                fields=["event"], condition=models.Q(state="parked"), name="chowk_core_delivery_parked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} for event {self.event_id}"


class PeriodicRun(models.Model):
    """When one piece of periodic work last ran. The row is what several tickers contend for."""

    name = models.CharField(max_length=120, primary_key=True)
    last_started = models.DateTimeField(null=True, blank=True)
    last_finished = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    runs = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("periodic run")
        verbose_name_plural = _("periodic runs")

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A client's key for one unsafe request, and the answer that the request got.

    While ``state`` is "running" the request that holds ``owner`` works on it until ``lease_until``; after
    that another request with the key takes over. The transaction that has the effect writes the answer.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=120, help_text=_("Whose key it is: a user, or an address."))
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.TextField()
    fingerprint = models.CharField(max_length=64, help_text=_("Keyed hash of the request."))
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    owner = models.CharField(max_length=32)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="chowk_core_idempotency_key"),
        ]
        indexes = [models.Index(fields=["created_at"], name="chowk_core_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"
