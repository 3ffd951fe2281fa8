"""Discounts by code, and the uses that are made of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.swapping import model_label


class DiscountKind(models.TextChoices):
    """What is taken off."""

    PERCENT = "percent", _("per cent")
    FIXED = "fixed", _("fixed amount")
    FREE_SHIPPING = "free_shipping", _("free shipping")


class UseState(models.TextChoices):
    """A use is held at checkout, redeemed when its orders are paid, released when none of them will be."""

    HELD = "held", _("held")
    REDEEMED = "redeemed", _("redeemed")
    RELEASED = "released", _("released")


class AbstractDiscount(models.Model):
    """A code that lowers what is owed. Amounts are in minor units of ``currency`` (needed only for them).

    Empty scopes mean everybody and everything: ``user`` may use it, for goods of ``seller``, in one of
    ``category_ids`` (keys as text). ``used`` counts held and redeemed uses.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True, help_text=_("In capitals."))
    label = models.CharField(_("label"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=DiscountKind)
    percent = models.DecimalField(
        _("per cent"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    amount = models.BigIntegerField(_("amount"), default=0, help_text=_("In minor units."))
    minimum = models.BigIntegerField(
        _("minimum"), default=0, help_text=_("What the goods it is for must come to, in minor units.")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="discounts_given",
        verbose_name=_("seller"),
        null=True,
        blank=True,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="discounts",
        verbose_name=_("for user"),
        null=True,
        blank=True,
    )
    category_ids: models.JSONField[Any, Any] = models.JSONField(_("categories"), default=list, blank=True)
    first_order = models.BooleanField(_("first order only"), default=False)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    limit = models.PositiveIntegerField(_("uses in all"), null=True, blank=True)
    limit_per_user = models.PositiveIntegerField(_("uses per user"), null=True, blank=True)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    public = models.BooleanField(_("shown to everybody"), default=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(used__lte=F("limit")),
                name="%(app_label)s_%(class)s_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(kind="percent", percent__gt=0, percent__lte=100)
                | Q(kind="fixed", amount__gt=0) & ~Q(currency="")
                | Q(kind="free_shipping"),
                name="%(app_label)s_%(class)s_takes_something",
            ),
            models.CheckConstraint(
                condition=Q(minimum=0) | Q(minimum__gt=0) & ~Q(currency=""),
                name="%(app_label)s_%(class)s_minimum_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AbstractDiscountUse(models.Model):
    """One use of a discount, under the ``key`` of what it is for (a group of orders). ``amount`` is what it
    took off, in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    discount = models.ForeignKey(
        model_label("chowk_payments.Discount"),
        on_delete=models.PROTECT,
        related_name="uses",
        verbose_name=_("discount"),
    )
    key = models.CharField(_("key"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="discount_uses",
        verbose_name=_("user"),
        null=True,
        blank=True,
    )
    state = models.CharField(_("state"), max_length=16, choices=UseState, default=UseState.HELD)
    amount = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(
        _("expires"),
        null=True,
        blank=True,
        help_text=_("A reservation: without a checkout by then it is free."),
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = _("use of a discount")
        verbose_name_plural = _("uses of discounts")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state=UseState.HELD, expires_at__isnull=False),
                name="%(class)s_to_expire",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=[UseState.HELD, UseState.REDEEMED]),
                name="%(app_label)s_%(class)s_key_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UseState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"
