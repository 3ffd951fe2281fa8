"""Payouts: money that leaves wallets for bank accounts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import amount_text
from chowk_payments.abstract_models.ledger import MAX_AMOUNT
from chowk_payments.encryption import EncryptedTextField, masked


class PayoutState(models.TextChoices):
    """held → processing → paid | returned; held → returned."""

    HELD = "held", _("set aside")
    PROCESSING = "processing", _("at the gateway")
    PAID = "paid", _("paid")
    RETURNED = "returned", _("returned")


class PayoutOrigin(models.TextChoices):
    WITHDRAWAL = "withdrawal", _("withdrawal")
    SCHEDULE = "schedule", _("schedule")


class AbstractBankDetails(models.Model):
    """Where a user's money is to be paid out, and their tax number. Numbers are encrypted at rest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="bank_details",
        verbose_name=_("user"),
    )
    holder = models.CharField(_("account holder"), max_length=120)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1 alpha-2."))
    account_number = EncryptedTextField(_("account number or IBAN"))
    routing_code = EncryptedTextField(_("BIC, sort or routing code"), blank=True, default="")
    tax_number = EncryptedTextField(_("tax number"), blank=True, default="")
    automatic = models.BooleanField(
        _("pay out by schedule"), default=True, help_text=_("Every PAYOUT_EVERY, from PAYOUT_MINIMUM on.")
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True
        verbose_name = _("bank details")
        verbose_name_plural = _("bank details")

    def __str__(self) -> str:
        return f"{self.holder} {self.masked_account}"

    @property
    def masked_account(self) -> str:
        return masked(self.account_number)

    @property
    def masked_tax_number(self) -> str:
        return masked(self.tax_number)


class AbstractPayout(models.Model):
    """``amount`` minor units from a user's wallet to their bank: held in the wallet until it is known to be
    paid. ``destination`` is where to, as it was when it was asked for, encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payouts",
        verbose_name=_("user"),
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    origin = models.CharField(
        _("origin"), max_length=16, choices=PayoutOrigin, default=PayoutOrigin.WITHDRAWAL
    )
    state = models.CharField(_("state"), max_length=16, choices=PayoutState, default=PayoutState.HELD)
    destination = EncryptedTextField(_("destination"))
    gateway = models.CharField(_("gateway"), max_length=32, blank=True)
    gateway_reference = models.CharField(_("gateway's reference"), max_length=128, blank=True)
    failure_code = models.CharField(_("failure"), max_length=64, blank=True)
    key = models.CharField(_("idempotency key"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    tried_at = models.DateTimeField(
        _("tried"), null=True, blank=True, help_text=_("When the gateway was last asked to pay it out.")
    )

    class Meta:
        abstract = True
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "key"], condition=~Q(key=""), name="%(app_label)s_%(class)s_key_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT),
                name="%(app_label)s_%(class)s_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PayoutState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{amount_text(self.amount, self.currency)} {self.currency} ({self.state})"
