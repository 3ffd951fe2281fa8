from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_marketplace.abstract_models.states import ProtectedStateMixin
from chowk_marketplace.evidence import evidence_storage, upload_path


class AbstractComplaint(ProtectedStateMixin):
    """What one side of an order has against it; staff decide. ``status`` changes through the services."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        UNDER_REVIEW = "under_review", _("under review")
        RESOLVED = "resolved", _("resolved")
        DISMISSED = "dismissed", _("dismissed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Kind(models.TextChoices):
        NOT_RECEIVED = "not_received", _("not received")
        NOT_AS_DESCRIBED = "not_as_described", _("not as described")
        DAMAGED = "damaged", _("damaged or broken")
        COUNTERFEIT = "counterfeit", _("counterfeit")
        RETURN = "return", _("about a return")
        OTHER = "other", _("something else")

    class Resolution(models.TextChoices):
        REFUND = "refund", _("all that is left goes back")
        PARTIAL_REFUND = "partial_refund", _("some goes back")
        DISMISSED = "dismissed", _("nothing goes back")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(
        model_label("chowk_marketplace.Order"),
        on_delete=models.PROTECT,
        related_name="complaints",
        verbose_name=_("order"),
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    status = FSMField(_("status"), max_length=16, choices=Status, default=Status.OPEN, protected=True)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    text = models.TextField(_("text"), max_length=4000)
    resolution = models.CharField(_("resolution"), max_length=16, choices=Resolution, blank=True)
    refund_amount = MoneyField(_("refund"), null=True, blank=True)
    created_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["open", "under_review"]),
                name="%(app_label)s_%(class)s_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "under_review"], closed_at__isnull=True, resolution="")
                | Q(
                    status="resolved",
                    closed_at__isnull=False,
                    resolution__in=["refund", "partial_refund"],
                )
                | Q(status="dismissed", closed_at__isnull=False, resolution="dismissed")
                | Q(status="withdrawn", closed_at__isnull=False, resolution=""),
                name="%(app_label)s_%(class)s_closed",
            ),
            models.CheckConstraint(
                condition=Q(status="resolved", refund_amount__isnull=False, refund_amount__gt=0)
                | ~Q(status="resolved") & Q(refund_amount__isnull=True),
                name="%(app_label)s_%(class)s_refund",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"

    @property
    def is_closed(self) -> bool:
        """Whether it has been decided or withdrawn."""
        return self.closed_at is not None

    @transition(field=status, source=Status.OPEN, target=Status.UNDER_REVIEW)
    def review(self) -> None:
        """Staff look into it."""

    @transition(field=status, source=[Status.OPEN, Status.UNDER_REVIEW], target=Status.RESOLVED)
    def resolve(self) -> None:
        """The buyer gets money back."""

    @transition(field=status, source=[Status.OPEN, Status.UNDER_REVIEW], target=Status.DISMISSED)
    def dismiss(self) -> None:
        """The buyer gets nothing back."""

    @transition(field=status, source=[Status.OPEN, Status.UNDER_REVIEW], target=Status.WITHDRAWN)
    def withdraw(self) -> None:
        """Who opened it takes it back."""


class AbstractComplaintMessage(models.Model):
    """A word in a complaint, or with ``to_status`` a step of it. Never changed."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    complaint = models.ForeignKey(
        model_label("chowk_marketplace.Complaint"),
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,
        verbose_name=_("complaint"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    text = models.TextField(_("text"), max_length=4000, blank=True)
    to_status = models.CharField(_("to"), max_length=16, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ["complaint", "at", "pk"]
        verbose_name = _("complaint message")
        verbose_name_plural = _("complaint messages")
        indexes = [models.Index(fields=["complaint", "at"])]

    def __str__(self) -> str:
        return self.text[:60] or self.to_status


class AbstractEvidence(models.Model):
    """A file that shows what a complaint says, handed to the sides and staff only."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    complaint = models.ForeignKey(
        model_label("chowk_marketplace.Complaint"),
        on_delete=models.CASCADE,
        related_name="evidence",
        verbose_name=_("complaint"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    file = models.FileField(_("file"), upload_to=upload_path, storage=evidence_storage, max_length=255)
    content_type = models.CharField(_("content type"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("size"), editable=False, help_text=_("In bytes."))
    created_at = models.DateTimeField(_("added"))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["complaint", "created_at", "pk"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="%(app_label)s_%(class)s_size"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type}, {self.size}"
