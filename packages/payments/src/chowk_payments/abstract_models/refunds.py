"""Refunds: asked for, approved, completed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import amount_text
from chowk_core.swapping import model_label
from chowk_payments.abstract_models.ledger import MAX_AMOUNT
from chowk_payments.querysets import RefundQuerySet


class RefundState(models.TextChoices):
    """requested → approved → (processing →) completed; requested or approved → refused.

    processing or completed → failed, when the gateway declines it, or says so later: its money waits in
    escrow until somebody decides: failed → processing (tried again), completed (into the payer's wallet) or
    refused (the payee keeps it)."""

    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    PROCESSING = "processing", _("at the gateway")
    COMPLETED = "completed", _("completed")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


class AbstractRefund(models.Model):
    """``amount`` minor units of a part, to go back to where they came from.

    ``fee_returned`` is what of them comes out of the platform's fee, once it is known. ``reference`` names
    what caused it, such as "return:42", and is used once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    part = models.ForeignKey(
        model_label("chowk_payments.PaymentPart"),
        on_delete=models.PROTECT,
        related_name="refunds",
        verbose_name=_("part"),
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=16, choices=RefundState, default=RefundState.REQUESTED)
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="refunds_requested",
        verbose_name=_("requested by"),
        null=True,
        blank=True,
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
        null=True,
        blank=True,
    )
    key = models.CharField(_("idempotency key"), max_length=255, blank=True)
    reference = models.CharField(_("reference"), max_length=160, blank=True)
    fee_returned = models.BigIntegerField(_("of the fee"), default=0)
    failure_code = models.CharField(_("failure"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("requested"), default=timezone.now, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["requested_by", "key"], condition=~Q(key=""), name="%(app_label)s_%(class)s_key_once"
            ),
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="%(app_label)s_%(class)s_cause_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT),
                name="%(app_label)s_%(class)s_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RefundState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{amount_text(self.amount, self.currency)} {self.currency} ({self.state})"
