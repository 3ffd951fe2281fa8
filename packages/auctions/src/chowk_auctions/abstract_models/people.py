"""Who watches which auction, and whom a seller does not sell to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.swapping import model_label


class AbstractWatch(models.Model):
    """Somebody keeps an eye on an auction. The auction counts its watchers."""

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    auction = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.CASCADE,
        related_name="watches",
        db_index=False,
        verbose_name=_("auction"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        abstract = True
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "user"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.auction_id}"


class AbstractBlockedBidder(models.Model):
    """Somebody that a seller takes no bids from. Bids that stand already stay.

    With an ``auction`` the seller knows them only by the name they have there: what the seller is told must
    not link the row to a user, nor to another row. Hence a row for each way the seller came to block them.
    """

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("seller"),
    )
    bidder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("bidder")
    )
    auction = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("known from the auction"),
    )
    note = models.CharField(_("note to oneself"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        abstract = True
        verbose_name = _("blocked bidder")
        verbose_name_plural = _("blocked bidders")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "bidder"],
                condition=Q(auction__isnull=True),
                name="%(app_label)s_%(class)s_once",
            ),
            models.UniqueConstraint(
                fields=["seller", "bidder", "auction"],
                condition=Q(auction__isnull=False),
                name="%(app_label)s_%(class)s_once_named",
            ),
            models.CheckConstraint(
                condition=~Q(seller=F("bidder")), name="%(app_label)s_%(class)s_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return str(self.bidder_id)
