"""Payments and the attempts to move their money at a gateway."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import amount_text
from chowk_core.swapping import model_label
from chowk_core.targets import TargetMixin
from chowk_payments.abstract_models.ledger import MAX_AMOUNT
from chowk_payments.querysets import AttemptQuerySet, PaymentQuerySet


class Purpose(models.TextChoices):
    """What a payment buys: something of another user's, through escrow, or money in one's own wallet."""

    PURCHASE = "purchase", _("purchase")
    TOP_UP = "top_up", _("top-up")


class Method(models.TextChoices):
    """Where the money comes from."""

    WALLET = "wallet", _("wallet")
    CARD = "card", _("card")
    PAYPAL = "paypal", _("PayPal")
    CASH = "cash", _("cash on delivery")
    BANK_TRANSFER = "bank_transfer", _("bank transfer")


class PaymentState(models.TextChoices):
    """created → processing ⇄ requires_action → captured | failed | cancelled. Failed may be retried.

    What follows is of all parts together: released once each is released or given back, refunding while the
    gateway is giving all the rest back, refunded once all is back; captured before that."""

    CREATED = "created", _("created")
    REQUIRES_ACTION = "requires_action", _("waits for the payer")
    PROCESSING = "processing", _("processing")
    CAPTURED = "captured", _("paid")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    RELEASED = "released", _("paid out")
    REFUNDING = "refunding", _("being refunded")
    REFUNDED = "refunded", _("refunded")


LIVE_STATES = (
    PaymentState.CREATED,
    PaymentState.REQUIRES_ACTION,
    PaymentState.PROCESSING,
    PaymentState.CAPTURED,
    PaymentState.RELEASED,
    PaymentState.REFUNDING,
)
"""States in which a payment has, or may yet take, the money for its target: one such per target."""


class AttemptKind(models.TextChoices):
    """Which way the money is to go."""

    CHARGE = "charge", _("charge")
    REFUND = "refund", _("refund")


class AttemptState(models.TextChoices):
    """What is known of the gateway's answer. "uncertain": it was asked and nobody heard the answer."""

    CREATED = "created", _("created")
    REQUIRES_ACTION = "requires_action", _("waits for the payer")
    UNCERTAIN = "uncertain", _("uncertain")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class AbstractPayment(TargetMixin):
    """Money for a target, from its payer to the payees of its parts. At most one payment per target takes
    money."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose, default=Purpose.PURCHASE)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payments_made",
        verbose_name=_("payer"),
    )
    payee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payments_received",
        verbose_name=_("payee"),
        null=True,
        blank=True,
        help_text=_("Empty where its parts are for several."),
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("description"), max_length=200, blank=True)
    method = models.CharField(_("method"), max_length=16, choices=Method)
    state = models.CharField(_("state"), max_length=16, choices=PaymentState, default=PaymentState.CREATED)
    failure_code = models.CharField(_("failure"), max_length=64, blank=True)
    key = models.CharField(_("idempotency key"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["target_type", "target_id"],
                condition=Q(purpose=Purpose.PURCHASE, state__in=LIVE_STATES),
                name="%(app_label)s_%(class)s_one_live_per_target",
            ),
            models.UniqueConstraint(
                fields=["payer", "key"], condition=~Q(key=""), name="%(app_label)s_%(class)s_key_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT),
                name="%(app_label)s_%(class)s_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PaymentState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.TOP_UP, payer=F("payee")) & ~Q(method=Method.WALLET)
                | Q(purpose=Purpose.PURCHASE) & (Q(payee__isnull=True) | ~Q(payer=F("payee"))),
                name="%(app_label)s_%(class)s_parties",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["target_type", "target_id"]),
            models.Index(fields=["payer", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{amount_text(self.amount, self.currency)} {self.currency} ({self.state})"


class AbstractPaymentAttempt(models.Model):
    """One attempt to charge or refund at a gateway. Its key is the gateway's idempotency key.

    Of a card it keeps the brand and the last four digits, nothing else, ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(
        model_label("chowk_payments.Payment"),
        on_delete=models.PROTECT,
        related_name="attempts",
        verbose_name=_("payment"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AttemptKind, default=AttemptKind.CHARGE)
    gateway = models.CharField(_("gateway"), max_length=32)
    gateway_reference = models.CharField(_("gateway's reference"), max_length=128, blank=True)
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=16, choices=AttemptState, default=AttemptState.CREATED)
    failure_code = models.CharField(_("failure"), max_length=64, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=200, blank=True)
    action: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("what the payer must do"), default=dict, blank=True
    )
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    card_brand = models.CharField(_("card brand"), max_length=16, blank=True)
    card_last_four = models.CharField(_("last four digits"), max_length=4, blank=True)
    hold = models.ForeignKey(
        model_label("chowk_payments.Hold"),
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("hold"),
        null=True,
        blank=True,
        db_index=False,
    )
    refund = models.ForeignKey(
        model_label("chowk_payments.Refund"),
        on_delete=models.PROTECT,
        related_name="attempts",
        verbose_name=_("refund"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    tried_at = models.DateTimeField(
        _("tried"), null=True, blank=True, help_text=_("When the periodic work last took it up.")
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(
                    kind=AttemptKind.CHARGE,
                    state__in=[AttemptState.CREATED, AttemptState.REQUIRES_ACTION, AttemptState.UNCERTAIN],
                ),
                name="%(app_label)s_%(class)s_one_open",
            ),
            models.UniqueConstraint(
                fields=["refund"],
                condition=Q(refund__isnull=False) & ~Q(state=AttemptState.FAILED),
                name="%(app_label)s_%(class)s_refunded_once",
            ),
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(state=AttemptState.SUCCEEDED, kind=AttemptKind.CHARGE),
                name="%(app_label)s_%(class)s_one_charge",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT),
                name="%(app_label)s_%(class)s_amount_in_range",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"],
                condition=Q(
                    state__in=[AttemptState.CREATED, AttemptState.REQUIRES_ACTION, AttemptState.UNCERTAIN]
                ),
                name="%(class)s_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {amount_text(self.amount, self.currency)} {self.currency} ({self.state})"
