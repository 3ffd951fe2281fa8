from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_marketplace.abstract_models.states import ProtectedStateMixin


class AbstractReturn(ProtectedStateMixin):
    """Goods of an order that its buyer sends back. ``status`` changes only through the services.

    ``amount`` is what the buyer gets for them: known once the seller has them. ``note`` is the buyer's word,
    ``answer`` the seller's.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("requested")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        RECEIVED = "received", _("received")
        CANCELLED = "cancelled", _("cancelled")

    class Reason(models.TextChoices):
        DAMAGED = "damaged", _("damaged or broken")
        NOT_AS_DESCRIBED = "not_as_described", _("not as described")
        WRONG_ITEM = "wrong_item", _("something else was sent")
        UNWANTED = "unwanted", _("no longer wanted")
        OTHER = "other", _("another reason")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(
        model_label("chowk_marketplace.Order"),
        on_delete=models.PROTECT,
        related_name="returns",
        verbose_name=_("order"),
    )
    status = FSMField(_("status"), max_length=16, choices=Status, default=Status.REQUESTED, protected=True)
    reason = models.CharField(_("reason"), max_length=24, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    amount = MoneyField(_("amount"), null=True, blank=True)
    restocked = models.BooleanField(_("back in stock"), default=False)
    created_at = models.DateTimeField(_("requested"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="received", amount__isnull=False, amount__gte=0)
                | ~Q(status="received") & Q(amount__isnull=True, restocked=False),
                name="%(app_label)s_%(class)s_amount",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "approved"], closed_at__isnull=True)
                | Q(status__in=["refused", "received", "cancelled"], closed_at__isnull=False),
                name="%(app_label)s_%(class)s_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.get_status_display()})"

    @transition(field=status, source=Status.REQUESTED, target=Status.APPROVED)
    def approve(self) -> None:
        """The buyer may send it."""

    @transition(field=status, source=Status.REQUESTED, target=Status.REFUSED)
    def refuse(self) -> None:
        """The buyer keeps it."""

    @transition(field=status, source=Status.APPROVED, target=Status.RECEIVED)
    def receive(self) -> None:
        """The seller has it."""

    @transition(field=status, source=[Status.REQUESTED, Status.APPROVED], target=Status.CANCELLED)
    def cancel(self) -> None:
        """The buyer changed their mind."""


class AbstractReturnLine(models.Model):
    """How many of an order line come back in one return."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    goods_return = models.ForeignKey(
        model_label("chowk_marketplace.Return"),
        on_delete=models.CASCADE,
        related_name="lines",
        db_index=False,
        verbose_name=_("return"),
    )
    order_line = models.ForeignKey(
        model_label("chowk_marketplace.OrderLine"),
        on_delete=models.PROTECT,
        related_name="return_lines",
        verbose_name=_("order line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["goods_return", "pk"]
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [
            models.UniqueConstraint(
                fields=["goods_return", "order_line"], name="%(app_label)s_%(class)s_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="%(app_label)s_%(class)s_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.order_line}"
