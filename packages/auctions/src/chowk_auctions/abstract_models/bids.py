"""The fields and invariants of bids, open and sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chowk_auctions.engine import Kind
from chowk_core.ids import uuid7
from chowk_core.swapping import model_label


class BidKind(models.TextChoices):
    """A bid, the leader's raise of their own maximum, a purchase at the buy-now price, or a retraction."""

    BID = Kind.BID.value, _("bid")
    RAISE = Kind.RAISE.value, _("raise")
    BUY_NOW = Kind.BUY_NOW.value, _("buy now")
    RETRACTION = Kind.RETRACTION.value, _("retraction")


class AbstractBid(models.Model):
    """One accepted bid, or a retraction, and what it made of the price. Rejected bids leave no row.

    A step of the history: rows are only added. A bid that was retracted says when (``retracted_at``), and the
    row of the retraction, which has the newest retracted maximum, says what the remaining bids made of the
    price and, if any is left, of the leader.
    """

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    auction = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.PROTECT,
        related_name="bids",
        db_index=False,
        verbose_name=_("auction"),
    )
    sequence = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=BidKind, default=BidKind.BID)
    bidder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("bidder")
    )
    maximum = models.BigIntegerField(editable=False)
    price = models.BigIntegerField(_("price after it"))
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("leader after it"),
    )
    reserve_met = models.BooleanField(_("reserve met"))
    extended_to = models.DateTimeField(_("extended the end to"), null=True, blank=True)
    placed_at = models.DateTimeField(_("placed at"))
    retracted_at = models.DateTimeField(_("retracted at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("bid")
        verbose_name_plural = _("bids")
        ordering = ["auction", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "sequence"], name="%(app_label)s_%(class)s_sequence"),
            models.CheckConstraint(
                condition=Q(sequence__gte=1, maximum__gte=1, price__gte=1),
                name="%(app_label)s_%(class)s_amounts",
            ),
            models.CheckConstraint(
                condition=Q(kind=BidKind.RETRACTION, retracted_at__isnull=True, reserve_met=False)
                | Q(kind=BidKind.RETRACTION, retracted_at__isnull=True, leader__isnull=False)
                | ~Q(kind=BidKind.RETRACTION) & Q(leader__isnull=False),
                name="%(app_label)s_%(class)s_step",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"


class AbstractSealedBid(models.Model):
    """A sealed bid: nobody can read its amount before the reveal, from the database neither.

    ``ciphertext`` holds amount and nonce, of one length whatever the amount, under keys that are not in the
    database. ``commitment`` binds the bidder: a hash over auction, bidder, amount and nonce. A replaced bid
    is this row with a new number, hence later than those that came meanwhile. The reveal makes an
    ``AbstractBid`` of each and sets ``nonce``, with which anybody can check the commitment.
    """

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    auction = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.PROTECT,
        related_name="sealed_bids",
        db_index=False,
        verbose_name=_("auction"),
    )
    bidder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("bidder")
    )
    sequence = models.PositiveIntegerField(_("number"))
    ciphertext = models.TextField(editable=False)
    commitment = models.CharField(_("commitment"), max_length=64)
    nonce = models.CharField(_("nonce"), max_length=64, blank=True)
    placed_at = models.DateTimeField(_("placed at"))
    revealed_at = models.DateTimeField(_("revealed at"), null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("sealed bid")
        verbose_name_plural = _("sealed bids")
        ordering = ["auction", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "bidder"], name="%(app_label)s_%(class)s_bidder"),
            models.UniqueConstraint(fields=["auction", "sequence"], name="%(app_label)s_%(class)s_sequence"),
            models.CheckConstraint(
                condition=Q(revealed_at__isnull=True, nonce="") | Q(revealed_at__isnull=False) & ~Q(nonce=""),
                name="%(app_label)s_%(class)s_revealed",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence}"
