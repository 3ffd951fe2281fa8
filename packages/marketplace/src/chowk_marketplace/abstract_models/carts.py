from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label


class AbstractCart(models.Model):
    """What somebody is about to buy: a user's, or a guest's by a random token kept in their session, of
    which ``token`` is the fingerprint.

    Each has at most one open cart; one that was ordered stays, for its order group.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ORDERED = "ordered", _("ordered")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="carts",
        verbose_name=_("user"),
    )
    token = models.CharField(_("guest"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["-updated_at", "pk"]
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="open"), name="%(app_label)s_%(class)s_one_a_user"
            ),
            models.UniqueConstraint(
                fields=["token"],
                condition=Q(status="open") & ~Q(token=""),
                name="%(app_label)s_%(class)s_one_a_guest",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, token="") | Q(user__isnull=True) & ~Q(token=""),
                name="%(app_label)s_%(class)s_owner",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AbstractCartItem(models.Model):
    """So many of a variant in a cart. ``price`` is what it cost when it was put there."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(
        model_label("chowk_marketplace.Cart"),
        on_delete=models.CASCADE,
        related_name="items",
        db_index=False,
        verbose_name=_("cart"),
    )
    variant = models.ForeignKey(
        model_label("chowk_marketplace.Variant"),
        on_delete=models.CASCADE,
        related_name="cart_items",
        verbose_name=_("variant"),
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price = MoneyField(_("price when added"))
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["cart", "created_at", "pk"]
        verbose_name = _("cart item")
        verbose_name_plural = _("cart items")
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="%(app_label)s_%(class)s_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant}"


class AbstractStockHold(models.Model):
    """Stock promised to a checkout under way, until ``expires_at``. The stock's ``held`` is the sum of
    these."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(
        model_label("chowk_marketplace.Cart"),
        on_delete=models.PROTECT,
        related_name="holds",
        db_index=False,
        verbose_name=_("cart"),
    )
    variant = models.ForeignKey(
        model_label("chowk_marketplace.Variant"),
        on_delete=models.PROTECT,
        related_name="holds",
        verbose_name=_("variant"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["expires_at", "pk"]
        verbose_name = _("stock hold")
        verbose_name_plural = _("stock holds")
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="%(app_label)s_%(class)s_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant}"
