"""A payment's parts: what of it is for which target and payee, and what became of it."""

from __future__ import annotations

from typing import ClassVar

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
from chowk_payments.querysets import PartQuerySet


class AbstractPaymentPart(TargetMixin):
    """A purchase's share for one payee: an order of a group, or the whole payment. Amounts in minor units.

    ``fee`` is what the platform keeps of ``amount``: fixed by who charged, else asked of the FEE policy at
    the release, and ``fee_returned`` what of it went back with refunds. ``claimed`` is the sum of the refunds
    that nobody refused, ``refunded`` of those completed. ``live`` while its payment has, or may yet take, the
    money: one such part per target.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(
        model_label("chowk_payments.Payment"),
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("payment"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    payee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="payment_parts",
        verbose_name=_("payee"),
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    fee = models.BigIntegerField(_("fee"), null=True, blank=True, help_text=_("In minor units."))
    fee_returned = models.BigIntegerField(_("of the fee, returned"), default=0)
    claimed = models.BigIntegerField(_("refunds not refused"), default=0)
    refunded = models.BigIntegerField(_("refunded"), default=0)
    frozen = models.BooleanField(_("frozen"), default=False)
    frozen_for: models.JSONField[list[str], list[str]] = models.JSONField(
        _("frozen for"), default=list, blank=True, help_text=_("The disputes that freeze it.")
    )
    disputes_over: models.JSONField[list[str], list[str]] = models.JSONField(
        _("disputes that are over"),
        default=list,
        blank=True,
        help_text=_("They freeze nothing any more, in whatever order their beginning and end are heard of."),
    )
    freeze_key = models.CharField(
        _("key of the hold"),
        max_length=100,
        blank=True,
        help_text=_("Of what a dispute holds in the payee's wallet, where the part was released before."),
    )
    live = models.BooleanField(_("has or may take the money"), default=True)
    release_at = models.DateTimeField(_("to be released"), null=True, blank=True)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    tried_at = models.DateTimeField(
        _("tried"), null=True, blank=True, help_text=_("When the periodic work last took it up.")
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    objects = PartQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("part of a payment")
        verbose_name_plural = _("parts of payments")
        ordering: ClassVar[list[str]] = ["created_at", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["payment", "target_type", "target_id"], name="%(app_label)s_%(class)s_target_once"
            ),
            models.UniqueConstraint(
                fields=["target_type", "target_id"],
                condition=Q(live=True),
                name="%(app_label)s_%(class)s_one_live_per_target",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT),
                name="%(app_label)s_%(class)s_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("claimed"), claimed__lte=F("amount")),
                name="%(app_label)s_%(class)s_refunds_capped",
            ),
            models.CheckConstraint(
                condition=Q(fee__isnull=True, fee_returned=0)
                | Q(fee__gte=F("fee_returned"), fee__lte=F("amount"), fee_returned__gte=0),
                name="%(app_label)s_%(class)s_fee_in_range",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["target_type", "target_id"]),
            models.Index(fields=["payee", "created_at"]),
            models.Index(
                fields=["release_at"],
                condition=Q(released_at__isnull=True, release_at__isnull=False, frozen=False, live=True),
                name="%(class)s_to_release",
            ),
        ]

    def __str__(self) -> str:
        return f"{amount_text(self.amount, self.currency)} {self.currency}"

    @property
    def left(self) -> int:
        """What has not been given back."""
        return self.amount - self.refunded

    @property
    def unclaimed(self) -> int:
        """What a further refund may be of."""
        return self.amount - self.claimed
