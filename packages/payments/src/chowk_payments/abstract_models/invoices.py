"""Invoices and credit notes, numbered without gaps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import amount_text
from chowk_core.swapping import model_label
from chowk_payments.encryption import EncryptedTextField


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("invoice")
    CREDIT_NOTE = "credit_note", _("credit note")


class AbstractNumberSeries(models.Model):
    """The last number given in a series. Its row stays locked until the transaction that took a number ends,
    so a rollback leaves no gap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("series"), max_length=160, unique=True)
    last = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        abstract = True
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class AbstractInvoice(models.Model):
    """An invoice of a captured part, or a credit note of a refund, as it was issued. Never changed, but for
    ``sent_at``.

    ``data`` is what it says: names, addresses, lines and sums, in minor units of ``currency``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=InvoiceKind, default=InvoiceKind.INVOICE)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="invoices_issued",
        verbose_name=_("seller"),
    )
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("buyer"),
    )
    part = models.ForeignKey(
        model_label("chowk_payments.PaymentPart"),
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("part"),
    )
    refund_key = models.CharField(_("refund"), max_length=64, blank=True)
    corrects = models.CharField(_("number of the invoice it corrects"), max_length=64, blank=True)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveBigIntegerField(_("sequence"))
    number = models.CharField(_("number"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total"), help_text=_("In minor units."))
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("what it says"))
    seller_tax_number = EncryptedTextField(_("seller's tax number"), blank=True, default="")
    language = models.CharField(_("language"), max_length=16, blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering: ClassVar[list[str]] = ["-issued_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["seller", "kind", "year", "sequence"], name="%(app_label)s_%(class)s_number_once"
            ),
            models.UniqueConstraint(
                fields=["part"],
                condition=Q(kind=InvoiceKind.INVOICE),
                name="%(app_label)s_%(class)s_one_per_part",
            ),
            models.UniqueConstraint(
                fields=["refund_key"],
                condition=Q(kind=InvoiceKind.CREDIT_NOTE),
                name="%(app_label)s_%(class)s_one_per_refund",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({amount_text(self.total, self.currency)} {self.currency})"
