"""The fields and invariants of second-chance offers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.swapping import model_label


class OfferStatus(models.TextChoices):
    """pending -> accepted | declined | expired."""

    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")


class AbstractSecondChanceOffer(models.Model):
    """What nobody paid for, offered to one of the other bidders until ``expires_at``.

    ``amount`` is in minor units of the auction's currency. It may be the bidder's own maximum, so it is a
    secret of that bidder until it is accepted. ``number`` counts an auction's offers from 1.
    """

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    auction = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.PROTECT,
        related_name="second_chance_offers",
        db_index=False,
        verbose_name=_("auction"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    bidder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("bidder")
    )
    amount = models.BigIntegerField(editable=False)
    status = models.CharField(_("status"), max_length=10, choices=OfferStatus, default=OfferStatus.PENDING)
    offered_at = models.DateTimeField(_("offered at"))
    expires_at = models.DateTimeField(_("expires at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("second-chance offer")
        verbose_name_plural = _("second-chance offers")
        ordering = ["auction", "number"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "number"], name="%(app_label)s_%(class)s_number"),
            models.UniqueConstraint(fields=["auction", "bidder"], name="%(app_label)s_%(class)s_bidder"),
            models.UniqueConstraint(
                fields=["auction"],
                condition=Q(status=OfferStatus.PENDING),
                name="%(app_label)s_%(class)s_one_pending",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=1) & Q(number__gte=1) & Q(expires_at__gt=models.F("offered_at")),
                name="%(app_label)s_%(class)s_terms",
            ),
            models.CheckConstraint(
                condition=Q(status=OfferStatus.PENDING, answered_at__isnull=True)
                | ~Q(status=OfferStatus.PENDING) & Q(answered_at__isnull=False),
                name="%(app_label)s_%(class)s_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"
