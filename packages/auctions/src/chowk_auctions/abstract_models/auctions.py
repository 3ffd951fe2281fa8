"""The fields and invariants of an auction."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chowk_auctions.querysets import AuctionQuerySet
from chowk_core.ids import uuid7
from chowk_core.swapping import model_label
from chowk_core.targets import TargetMixin


class Status(models.TextChoices):
    """scheduled -> open -> sold | unsold; scheduled and open ones may be cancelled.

    A sold one becomes unsold where nobody paid and nobody is left to offer it to.
    """

    SCHEDULED = "scheduled", _("scheduled")
    OPEN = "open", _("open")
    SOLD = "sold", _("sold")
    UNSOLD = "unsold", _("unsold")
    CANCELLED = "cancelled", _("cancelled")


RUNNING = (Status.SCHEDULED, Status.OPEN)
UNSETTLED = Q(status=Status.SOLD, settled_at__isnull=True, defaulted_at__isnull=True, voided_at__isnull=True)
UNFINISHED = Q(status__in=RUNNING) | UNSETTLED | Q(pursuing=True)
NEVER_SOLD = Q(
    sale_number=0,
    buyer__isnull=True,
    sale_price__isnull=True,
    settle_by__isnull=True,
    settled_at__isnull=True,
    defaulted_at__isnull=True,
    voided_at__isnull=True,
)
EVER_SOLD = Q(
    sale_number__gte=1, buyer__isnull=False, sale_price__gte=F("starting_price"), settle_by__isnull=False
)


class AbstractAuction(TargetMixin):
    """One sale of one object to the highest bidder.

    Without bids ``price`` is the starting price; ``reserve_met`` says whether it would sell. ``price`` and
    ``leader`` are the bidding's, ``sale_price`` and ``buyer`` those of the sale ``sale_number``: 1 to the
    leader, 2 and more to those who took a second-chance offer. A sale is due (``settle_by``), then settled or
    defaulted on; after a default ``pursuing`` says that the next bidders are being asked.

    ``bid_count`` bids stand; ``last_sequence`` numbers the history, in which retractions stand too. Sealed
    bids are counted in ``sealed_count`` until they are revealed. An open one whose closing failed is not due
    again before ``close_retry_at``. Every change happens in
    ``chowk_auctions.services`` under this row's lock.
    """

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    format = models.CharField(_("format"), max_length=20, default="english")
    title = models.CharField(_("title"), max_length=200)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    currency = models.CharField(_("currency"), max_length=3)
    starting_price = models.BigIntegerField(_("starting price"))
    reserve_price = models.BigIntegerField(_("reserve price"), null=True, blank=True)
    buy_now_price = models.BigIntegerField(_("buy-now price"), null=True, blank=True)
    price = models.BigIntegerField(_("price"))
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("leader"),
    )
    leader_maximum = models.BigIntegerField(null=True, blank=True, editable=False)
    reserve_met = models.BooleanField(_("reserve met"), default=False)
    bid_count = models.PositiveIntegerField(_("bids"), default=0)
    last_sequence = models.PositiveIntegerField(default=0, editable=False)
    sealed_count = models.PositiveIntegerField(_("sealed bids"), default=0)
    watcher_count = models.PositiveIntegerField(_("watchers"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCHEDULED)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    hard_ends_at = models.DateTimeField(_("ends at the latest at"))
    extension_window = models.DurationField(_("extension window"))
    extension = models.DurationField(_("extension"))
    length = models.DurationField(_("planned length"), null=True, editable=False)
    ending_soon_lead = models.DurationField(null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_failures = models.PositiveIntegerField(_("failed attempts to close it"), default=0, editable=False)
    close_retry_at = models.DateTimeField(_("next attempt to close it"), null=True, editable=False)
    close_error = models.CharField(_("why it could not be closed"), max_length=200, editable=False)
    cancel_reason = models.CharField(_("reason of the cancellation"), max_length=500, blank=True)
    sale_number = models.PositiveSmallIntegerField(_("number of the sale"), default=0)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("buyer"),
    )
    sale_price = models.BigIntegerField(_("price of the sale"), null=True, blank=True)
    settle_by = models.DateTimeField(_("to be settled by"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    defaulted_at = models.DateTimeField(_("defaulted at"), null=True, blank=True)
    voided_at = models.DateTimeField(_("sale undone at"), null=True, blank=True)
    reminder_lead = models.DurationField(null=True, editable=False)
    second_chance = models.BooleanField(
        _("second chance"),
        default=False,
        help_text=_("Offer it to the next bidder if the winner does not pay."),
    )
    below_reserve = models.BooleanField(
        _("second chance below the reserve"),
        default=False,
        help_text=_("Offer it to bidders who did not reach the reserve, too."),
    )
    pursuing = models.BooleanField(_("asking the next bidders"), default=False)
    unsold_at = models.DateTimeField(_("unsold since"), null=True, blank=True)
    relists_left = models.PositiveSmallIntegerField(_("relistings left"), default=0)
    relist_price = models.BigIntegerField(_("starting price of relistings"), null=True, blank=True)
    relisted_from = models.ForeignKey(
        model_label("chowk_auctions.Auction"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("relisted from"),
    )
    relisted_at = models.DateTimeField(_("relisted at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = AuctionQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("auction")
        verbose_name_plural = _("auctions")
        ordering = ["ends_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starting_price__gte=1)
                & (Q(reserve_price__isnull=True) | Q(reserve_price__gte=F("starting_price")))
                & (Q(buy_now_price__isnull=True) | Q(buy_now_price__gte=F("starting_price")))
                & (
                    Q(buy_now_price__isnull=True)
                    | Q(reserve_price__isnull=True)
                    | Q(buy_now_price__gte=F("reserve_price"))
                ),
                name="%(app_label)s_%(class)s_prices",
            ),
            models.CheckConstraint(
                condition=Q(
                    leader__isnull=True, leader_maximum__isnull=True, bid_count=0, price=F("starting_price")
                )
                | Q(
                    leader__isnull=False,
                    leader_maximum__gte=F("price"),
                    bid_count__gte=1,
                    price__gte=F("starting_price"),
                ),
                name="%(app_label)s_%(class)s_standing",
            ),
            models.CheckConstraint(
                condition=Q(reserve_met=True, leader_maximum__isnull=False)
                & (Q(reserve_price__isnull=True) | Q(leader_maximum__gte=F("reserve_price")))
                | Q(reserve_met=False)
                & (Q(leader_maximum__isnull=True) | Q(leader_maximum__lt=F("reserve_price"))),
                name="%(app_label)s_%(class)s_reserve",
            ),
            models.CheckConstraint(
                condition=Q(leader__isnull=True) | ~Q(leader=F("seller")),
                name="%(app_label)s_%(class)s_own",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(hard_ends_at__gte=F("ends_at")),
                name="%(app_label)s_%(class)s_times",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RUNNING, closed_at__isnull=True)
                | Q(status__in=(Status.UNSOLD, Status.CANCELLED, Status.SOLD), closed_at__isnull=False),
                name="%(app_label)s_%(class)s_closed",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.SOLD)
                & EVER_SOLD
                & (Q(defaulted_at__isnull=True) | Q(settled_at__isnull=True, voided_at__isnull=True))
                | Q(status=Status.UNSOLD)
                & EVER_SOLD
                & Q(defaulted_at__isnull=False, settled_at__isnull=True, voided_at__isnull=True)
                | ~Q(status=Status.SOLD) & NEVER_SOLD,
                name="%(app_label)s_%(class)s_settlement",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.UNSOLD, unsold_at__isnull=False)
                | ~Q(status=Status.UNSOLD) & Q(unsold_at__isnull=True),
                name="%(app_label)s_%(class)s_unsold",
            ),
            models.CheckConstraint(
                condition=Q(pursuing=False) | Q(status=Status.SOLD, defaulted_at__isnull=False),
                name="%(app_label)s_%(class)s_pursuing",
            ),
            models.CheckConstraint(
                condition=Q(relist_price__isnull=True)
                | Q(relist_price__gte=1, relist_price__lte=F("starting_price")),
                name="%(app_label)s_%(class)s_relist_price",
            ),
            models.CheckConstraint(
                condition=Q(buyer__isnull=True) | ~Q(buyer=F("seller")),
                name="%(app_label)s_%(class)s_own_buyer",
            ),
            models.UniqueConstraint(
                fields=["relisted_from"],
                condition=Q(relisted_from__isnull=False),
                name="%(app_label)s_%(class)s_relisted_once",
            ),
            models.UniqueConstraint(
                fields=["target_type", "target_id"],
                condition=UNFINISHED,
                name="%(app_label)s_%(class)s_one_unfinished",
            ),
        ]
        indexes = [
            models.Index(fields=["target_type", "target_id"], name="chowk_%(class)s_target"),
            models.Index(fields=["status", "ends_at"], name="chowk_%(class)s_ends"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status=Status.SCHEDULED),
                name="chowk_%(class)s_starts",
            ),
            models.Index(
                fields=["settle_by"],
                condition=UNSETTLED,
                name="chowk_%(class)s_due",
            ),
            models.Index(
                fields=["settle_by"],
                condition=Q(pursuing=True),
                name="chowk_%(class)s_pursued",
            ),
            models.Index(
                fields=["unsold_at"],
                condition=Q(status=Status.UNSOLD, relists_left__gt=0, relisted_at__isnull=True),
                name="chowk_%(class)s_relist",
            ),
        ]

    def __str__(self) -> str:
        return self.title
