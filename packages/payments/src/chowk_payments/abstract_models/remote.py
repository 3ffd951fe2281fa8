"""What remote gateways tell us, and the accounts that sellers have there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7


class WebhookState(models.TextChoices):
    """What became of a webhook. "ignored": it is about nothing of ours. "parked": it failed too often."""

    RECEIVED = "received", _("received")
    DONE = "done", _("done")
    IGNORED = "ignored", _("ignored")
    PARKED = "parked", _("parked")


class AbstractWebhookEvent(models.Model):
    """A webhook whose signature and time were right, as it came. Each event of a gateway is stored once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(_("gateway"), max_length=32)
    event_id = models.CharField(_("event"), max_length=128)
    type = models.CharField(_("type"), max_length=128)
    body = models.TextField(_("body"))
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    about: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("about"), default=dict)
    state = models.CharField(_("state"), max_length=16, choices=WebhookState, default=WebhookState.RECEIVED)
    attempts = models.PositiveIntegerField(_("runs"), default=0)
    error = models.TextField(_("error"), blank=True)
    happened_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(state__in=WebhookState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], condition=Q(state=WebhookState.RECEIVED), name="%(class)s_due"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.type} ({self.state})"


class AbstractConnectedAccount(models.Model):
    """A seller's own account at a gateway. ``reference`` is empty until the gateway has answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="connected_accounts",
        verbose_name=_("user"),
    )
    gateway = models.CharField(_("gateway"), max_length=32)
    reference = models.CharField(_("gateway's reference"), max_length=128, blank=True)
    country = models.CharField(_("country"), max_length=2)
    details_submitted = models.BooleanField(_("identified"), default=False)
    charges_enabled = models.BooleanField(_("may charge"), default=False)
    payouts_enabled = models.BooleanField(_("may be paid out"), default=False)
    created_at = models.DateTimeField(_("opened"), default=timezone.now, editable=False)
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True
        verbose_name = _("connected account")
        verbose_name_plural = _("connected accounts")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "gateway"], name="%(app_label)s_%(class)s_one_each"),
            models.UniqueConstraint(
                fields=["gateway", "reference"],
                condition=~Q(reference=""),
                name="%(app_label)s_%(class)s_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"
