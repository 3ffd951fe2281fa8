"""What people want: wishes, price alerts, saved searches, and what they looked at."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7
from chowk_core.money import MoneyField
from chowk_core.swapping import model_label
from chowk_marketplace.querysets import PriceAlertQuerySet


class AbstractWish(models.Model):
    """A listing on somebody's wishlist."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="wishes",
        db_index=False,
        verbose_name=_("user"),
    )
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        related_name="wishes",
        verbose_name=_("listing"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [
            models.UniqueConstraint(fields=["user", "listing"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.listing}"


class AbstractPriceAlert(models.Model):
    """Somebody wants to know when a listing gets cheaper: at all, or down to ``target_price``.

    ``last_price`` is the price that the alert knows; a drop is told once, because it is then known.
    """

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="price_alerts",
        db_index=False,
        verbose_name=_("user"),
    )
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        related_name="price_alerts",
        verbose_name=_("listing"),
    )
    target_price = MoneyField(_("target price"), null=True, blank=True)
    last_price = MoneyField(_("last known price"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = PriceAlertQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("price alert")
        verbose_name_plural = _("price alerts")
        constraints = [
            models.UniqueConstraint(fields=["user", "listing"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(target_price__isnull=True) | Q(target_price__gt=0),
                name="%(app_label)s_%(class)s_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.listing}"


class AbstractSavedSearch(models.Model):
    """A search that somebody wants to be told of. ``query`` holds its filters by name, normalised.

    The filters stand once more as criteria, in rows, so that a listing finds its searches by one statement: a
    search matches when as many of its criteria hold as ``criteria_count`` says.
    """

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_searches",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=120)
    listing_type = models.CharField(_("listing type"), max_length=60, blank=True)
    query: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("query"), default=dict)
    criteria_count = models.PositiveSmallIntegerField(_("criteria"), default=0, editable=False)
    alerts = models.BooleanField(_("tell of new matches"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")

    def __str__(self) -> str:
        return self.name


class AbstractSavedSearchCriterion(models.Model):
    """One condition of a saved search: ``field`` is one of several values (a row each), or in a range."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    search = models.ForeignKey(
        model_label("chowk_marketplace.SavedSearch"), on_delete=models.CASCADE, related_name="criteria"
    )
    field = models.CharField(max_length=140)
    value = models.CharField(max_length=140, blank=True)
    low = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["field", "value"])]

    def __str__(self) -> str:
        return f"{self.field}: {self.value or f'{self.low} to {self.high}'}"


class AbstractSavedSearchMatch(models.Model):
    """That a saved search has found a listing: it is told of it once."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    search = models.ForeignKey(
        model_label("chowk_marketplace.SavedSearch"),
        on_delete=models.CASCADE,
        related_name="matches",
        db_index=False,
    )
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"), on_delete=models.CASCADE, related_name="search_matches"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["search", "listing"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return f"{self.search}: {self.listing}"


class AbstractView(models.Model):
    """When a user, or a visitor's session, last looked at a listing."""

    id: models.Field[Any, Any] = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="views",
        db_index=False,
        null=True,
        blank=True,
        verbose_name=_("user"),
    )
    visitor = models.CharField(
        _("visitor"), max_length=64, blank=True, help_text=_("A fingerprint of their session.")
    )
    listing = models.ForeignKey(
        model_label("chowk_marketplace.Listing"),
        on_delete=models.CASCADE,
        related_name="views",
        verbose_name=_("listing"),
    )
    viewed_at = models.DateTimeField(_("viewed"))

    class Meta:
        abstract = True
        ordering = ["-viewed_at", "-pk"]
        verbose_name = _("view")
        verbose_name_plural = _("views")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "listing"],
                condition=Q(user__isnull=False),
                name="%(app_label)s_%(class)s_by_user",
            ),
            models.UniqueConstraint(
                fields=["visitor", "listing"],
                condition=Q(user__isnull=True),
                name="%(app_label)s_%(class)s_by_session",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, visitor="") | Q(user__isnull=True) & ~Q(visitor=""),
                name="%(app_label)s_%(class)s_viewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.visitor}: {self.listing}"
