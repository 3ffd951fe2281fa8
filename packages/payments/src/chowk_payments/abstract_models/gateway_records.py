"""The books of the gateways that are no remote party, kept as a remote party would keep them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7


class AbstractGatewayRecord(models.Model):
    """A charge, refund or payout at the gateway ``dummy``, ``manual`` or ``wallet``. No key to any other
    table, and only ``gateways.books`` reads or writes it. Of a card it has the brand and the last four
    digits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(_("gateway"), max_length=32)
    key = models.CharField(_("idempotency key"), max_length=128)
    reference = models.CharField(_("reference"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16)
    charge_reference = models.CharField(_("charge"), max_length=64, blank=True, db_index=True)
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=16)
    code = models.CharField(_("code"), max_length=64, blank=True)
    brand = models.CharField(_("brand"), max_length=16, blank=True)
    last_four = models.CharField(_("last four digits"), max_length=4, blank=True)
    captures = models.BooleanField(_("captures at once"), default=True)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        abstract = True
        verbose_name = _("gateway record")
        verbose_name_plural = _("gateway records")
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["gateway", "key"], name="%(app_label)s_%(class)s_key_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["gateway", "created_at"])]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"
