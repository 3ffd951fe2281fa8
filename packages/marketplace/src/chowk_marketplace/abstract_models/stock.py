from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label


class AbstractVariant(models.Model):
    """One way in which a listing is sold: its size, its colour, or just the thing itself.

    Every listing has at least one, made with it. ``options`` names what tells it from its siblings, such as
    ``{"Colour": "red", "Size": "M"}``. ``price`` is None where it costs what the listing
    costs. ``seller`` is the listing's, so that a ``sku`` is unique per seller.
    """

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        related_name="variants",
        db_index=False,
        verbose_name=_("listing"),
    )
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller")
    )
    sku = models.CharField(
        _("SKU"), max_length=64, blank=True, help_text=_("The seller's own name for it, unique among theirs.")
    )
    options: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        _("options"), default=dict, blank=True
    )
    price = MoneyField(_("price"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)
    low_stock_at = models.PositiveIntegerField(
        _("low stock at"), null=True, blank=True, help_text=_("Empty: the site's threshold.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["listing", "position", "pk"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "sku"], condition=~Q(sku=""), name="%(app_label)s_%(class)s_sku"
            ),
            models.UniqueConstraint(fields=["listing", "options"], name="%(app_label)s_%(class)s_options"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gt=0), name="%(app_label)s_%(class)s_price"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.sku or str(self.pk)

    @property
    def label(self) -> str:
        """Its options as a reader writes them; empty for the only variant of a listing."""
        return ", ".join(f"{name}: {value}" for name, value in self.sorted_options)

    @property
    def sorted_options(self) -> list[tuple[str, str]]:
        """Its options by name: PostgreSQL keeps them in an order of its own."""
        return sorted(self.options.items())

    def price_on(self, listing: Any) -> Any:
        """What it costs, on its ``listing`` (handed in, since it is at hand); None in an auction."""
        return self.price if self.price is not None else listing.price


class AbstractStock(models.Model):
    """How much of a variant there is: one row each, changed by conditional updates under its lock.

    ``on_hand`` is in the seller's hands; of that ``held`` is promised to checkouts under way, for a while,
    and ``allocated`` to orders that have not been sent. The rest is available. The check lets nobody promise
    more.
    """

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    variant = models.OneToOneField(
        model_label("chowk_marketplace.Variant"),
        on_delete=models.CASCADE,
        related_name="stock",
        verbose_name=_("variant"),
    )
    on_hand = models.IntegerField(_("on hand"), default=0)
    held = models.IntegerField(_("held"), default=0)
    allocated = models.IntegerField(_("allocated"), default=0)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        verbose_name = _("stock")
        verbose_name_plural = _("stocks")
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, held__gte=0, allocated__gte=0),
                name="%(app_label)s_%(class)s_none_negative",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("held") + F("allocated")),
                name="%(app_label)s_%(class)s_not_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.available} / {self.on_hand}"

    @property
    def available(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved

    @property
    def reserved(self) -> int:
        """What checkouts under way and orders not yet sent are to get."""
        return self.held + self.allocated


class AbstractStockChange(models.Model):
    """One change of a stock. Never changed itself: the sums of a stock's changes are its columns."""

    class Reason(models.TextChoices):
        COUNTED = "counted", _("set by the seller")
        RECEIVED = "received", _("new goods came in")
        DAMAGED = "damaged", _("damaged or lost")
        HELD = "held", _("held for a checkout")
        RELEASED = "released", _("hold released")
        EXPIRED = "expired", _("hold expired")
        ORDERED = "ordered", _("ordered")
        CANCELLED = "cancelled", _("order cancelled")
        SHIPPED = "shipped", _("shipped")
        RETURNED = "returned", _("came back")
        CORRECTED = "corrected", _("corrected by a check")

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stock = models.ForeignKey(
        model_label("chowk_marketplace.Stock"),
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        verbose_name=_("stock"),
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    on_hand = models.IntegerField(_("on hand"), default=0, help_text=_("By how much it changed."))
    held = models.IntegerField(_("held"), default=0, help_text=_("By how much it changed."))
    allocated = models.IntegerField(_("allocated"), default=0, help_text=_("By how much it changed."))
    reference = models.CharField(
        _("reference"), max_length=120, blank=True, help_text=_("What it was for, such as an order.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("In the seller's words."))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ["stock", "at", "pk"]
        verbose_name = _("stock change")
        verbose_name_plural = _("stock changes")
        indexes = [models.Index(fields=["stock", "at"])]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.on_hand - self.held - self.allocated:+d}"

    @property
    def reserved(self) -> int:
        """By how much what is promised changed."""
        return self.held + self.allocated
